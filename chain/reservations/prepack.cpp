#include "chain/reservations/prepack.hpp"

namespace dz::reservations {

namespace {

/// Head of the plan's array, at its longest.
constexpr std::size_t kPlanHead = 5;

}  // namespace

PlanLimits share_of(const PlanLimits& network, std::size_t max_blocks) {
    return {network.max_senders / max_blocks, network.max_bytes / max_blocks};
}

PrePack::Sender* PrePack::look_up(const Address& address) {
    if (const auto found = senders_.find(address); found != senders_.end()) return &found->second;
    const auto balance = balances_(address);
    if (!balance) {
        journal_.prepack_off(address, balance.error());
        off_ = true;
        senders_.clear();
        return nullptr;
    }
    return &senders_.emplace(address, Sender{balance->value_or(0), 0, balance->has_value(), false})
                .first->second;
}

bool PrePack::fits(const Address& sender, std::optional<Amount> additional) {
    if (off_) return true;
    const Sender* const known = look_up(sender);
    if (known == nullptr) return true;
    if (!known->known) return false;
    if (!known->planned) {
        // The longest that the entry may become.
        const std::size_t entry = encoded_entry_size(sender, kMaxAmount);
        if (planned_ >= limits_.max_senders || kPlanHead + bytes_ + entry > limits_.max_bytes) return false;
    }
    const auto total = additional ? add(known->reserved, *additional) : std::nullopt;
    return total && *total <= known->balance;
}

void PrePack::commit(const Address& sender, Amount additional) {
    if (off_) return;
    Sender* const known = look_up(sender);
    if (known == nullptr) return;
    known->reserved += additional;
    if (std::exchange(known->planned, true)) return;
    ++planned_;
    bytes_ += encoded_entry_size(sender, kMaxAmount);
}

bool PrePack::admit(const Address& sender, std::optional<Amount> additional) {
    if (!fits(sender, additional)) return false;
    commit(sender, additional.value_or(0));
    return true;
}

Amount PrePack::reserved(const Address& sender) const {
    const auto found = senders_.find(sender);
    return found == senders_.end() ? 0 : found->second.reserved;
}

std::size_t admit_chains(PrePack& pass, const Address& sender,
                         std::span<const std::optional<Amount>> chains) {
    std::size_t admitted = 0;
    while (admitted < chains.size() && pass.admit(sender, chains[admitted])) ++admitted;
    return admitted;
}

}  // namespace dz::reservations
