#include "cli/pass_funds.hpp"

#include <algorithm>
#include <map>

#include "ledger/limits.hpp"

namespace dz::cli {

namespace {

/// What the program reckons that a payer keeps alive for one user.
constexpr std::size_t kUserPayerBytes = 906;

std::uint64_t open_users(const ledger::AccessPass& pass) {
    const std::uint64_t admitted =
        pass.allow_multiple_ip() ? std::uint64_t{pass.max_unicast_users} + pass.max_multicast_users : 1;
    return admitted - std::min<std::uint64_t>(admitted, pass.connection_count);
}

}  // namespace

std::vector<PassHolder> pass_holders(const ledger::Snapshot& all, Lamports user_airdrop) {
    const std::uint64_t each = ledger::rent_exempt_lamports(kUserPayerBytes) + user_airdrop.value;
    std::map<ledger::PublicKey, PassHolder> holders;
    for (const auto& entry : all.access_passes()) {
        const ledger::AccessPass& pass = entry.value;
        PassHolder& holder = holders[pass.user_payer];
        holder.user_payer = pass.user_payer;
        ++holder.passes;
        holder.required.value += open_users(pass) * each;
    }
    for (const auto& entry : all.users()) {
        const auto holder = holders.find(entry.value.owner);
        if (holder == holders.end()) continue;
        ++(entry.value.user_type == ledger::UserType::Multicast ? holder->second.multicast
                                                                : holder->second.unicast);
    }
    std::vector<PassHolder> out;
    out.reserve(holders.size());
    for (const auto& [key, holder] : holders) out.push_back(holder);
    return out;
}

}  // namespace dz::cli
