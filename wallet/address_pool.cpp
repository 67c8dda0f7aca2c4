#include "wallet/address_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>

namespace dz::wallet {

namespace {

/// Of the process, not of a pool: a token must not name one hand-out here and another there.
std::atomic<std::uint64_t>& token_counter() {
    static std::atomic<std::uint64_t> counter = 0;
    return counter;
}

/// Tokens made from now on are larger than `token`, which comes from an earlier process.
void step_over(Token token) {
    auto& counter = token_counter();
    std::uint64_t seen = counter.load(std::memory_order_relaxed);
    while (seen < token.value &&
           !counter.compare_exchange_weak(seen, token.value, std::memory_order_relaxed)) {
    }
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
    return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                             : a + b;
}

}  // namespace

AddressPool::AddressPool(PoolConfig config, PoolOptions options)
    : config_(std::move(config)), options_(std::move(options)) {
    config_.gap_limit = std::clamp<std::uint32_t>(config_.gap_limit, 1, kMaxGapLimit);
    options_.last_index = std::min(options_.last_index, kLastIndex);
}

Result<AddressPool> AddressPool::make_empty(PoolConfig config, PoolOptions options) {
    if (config.base_path.empty())
        return fail(Fault::InvalidParameter, "a pool needs the path of its chain, such as m/44'/501'");
    return AddressPool(std::move(config), std::move(options));
}

Result<AddressPool> AddressPool::make(PoolConfig config, PoolOptions options, const KeySource& source) {
    TRY(AddressPool pool, make_empty(std::move(config), std::move(options)));
    if (source.can_derive()) TRY_OK(pool.store_up_to(pool.config_.gap_limit - 1, source));
    return pool;
}

Token AddressPool::new_token() {
    return {token_counter().fetch_add(1, std::memory_order_relaxed) + 1};
}

// ---- Handing out

bool AddressPool::is_taken(std::uint32_t index) const {
    return holds_.contains(index) || quarantined_.contains(index);
}

std::uint32_t AddressPool::pick() const {
    if (!available_.empty()) return *available_.begin();
    std::uint32_t index = std::max(first_unstored(), unstored_hint_);
    while (is_taken(index)) ++index;
    return index;
}

Result<AddressInfo> AddressPool::obtain(std::uint32_t index, const KeySource& source, bool add_to_state) {
    if (index < first_unstored()) return entries_[index];
    if (!add_to_state) {
        TRY(AddressInfo info, derive(index, source));
        adopt(source);
        return info;
    }
    TRY_OK(store_up_to(index, source));
    return entries_[index];
}

Result<AddressInfo> AddressPool::next_unused_with_info(const KeySource& source, bool add_to_state) {
    TRY_OK(check(source));
    return obtain(pick(), source, add_to_state);
}

Result<std::string> AddressPool::next_unused(const KeySource& source, bool add_to_state) {
    TRY(AddressInfo info, next_unused_with_info(source, add_to_state));
    return std::move(info.address);
}

std::vector<std::uint32_t> AddressPool::pick_several(std::size_t count) const {
    std::vector<std::uint32_t> out;
    for (auto at = available_.begin(); at != available_.end() && out.size() < count; ++at) out.push_back(*at);
    for (std::uint32_t index = first_unstored(); out.size() < count && index <= options_.last_index;
         ++index) {
        if (!is_taken(index)) out.push_back(index);
    }
    return out;
}

std::vector<AddressInfo> AddressPool::next_unused_multiple(const KeySource& source, std::size_t count,
                                                           bool add_to_state) {
    std::vector<AddressInfo> out;
    for (const std::uint32_t index : pick_several(count)) {
        if (index >= first_unstored() && !check(source)) break;
        auto info = obtain(index, source, add_to_state);
        if (!info) break;
        out.push_back(*std::move(info));
    }
    return out;
}

Result<std::vector<AddressInfo>> AddressPool::unused_addresses_count(const KeySource& source,
                                                                     std::size_t count, bool add_to_state) {
    TRY_OK(check(source));
    const auto picks = pick_several(count);
    if (picks.size() < count)
        return fail(
            Fault::InvalidChildNumber,
            fmt::format("{} addresses are wanted, and the pool ends after {} more", count, picks.size()));
    // All are stored at once, so that an error leaves none behind.
    if (add_to_state && count > 0 && picks.back() >= first_unstored())
        TRY_OK(store_up_to(picks.back(), source));
    std::vector<AddressInfo> out;
    for (const std::uint32_t index : picks) {
        TRY(AddressInfo info, obtain(index, source, add_to_state));
        out.push_back(std::move(info));
    }
    return out;
}

UnixTime AddressPool::time_of(const Handout& handout) const {
    if (handout.now) return *handout.now;
    return options_.clock ? options_.clock() : UnixTime{};
}

Result<> AddressPool::check_room(std::size_t more) const {
    const std::size_t limit = options_.max_reservations;
    if (limit == 0 || holds_.size() + more <= limit) return {};
    return fail(Fault::ReservationLimit,
                fmt::format("{} of {} reservations are taken; wait until one ends", holds_.size(), limit));
}

Reservation AddressPool::hold(const AddressInfo& info, const Handout& handout, Token token) {
    const UnixTime at = time_of(handout);
    const std::uint32_t index = info.index;
    holds_.insert_or_assign(index, Hold{info.address, token, at, handout.holder});
    if (index < first_unstored()) {
        available_.erase(index);
        entries_[index].state = AddressState::Reserved;
        entries_[index].reserved_at = at;
    } else if (index == std::max(first_unstored(), unstored_hint_)) {
        unstored_hint_ = index + 1;
    }
    ++counters_.reserved;
    ++counters_.revision;
    return {.address = info.address, .index = index, .token = token, .at = at, .holder = handout.holder};
}

Result<Reservation> AddressPool::next_unused_and_reserve(const KeySource& source, const Handout& handout) {
    TRY_OK(check(source));
    TRY_OK(check_room(1));
    const auto info = obtain(pick(), source, handout.add_to_state);
    if (!info) {
        if (fault_of(info.error()) == Fault::NoKeySource) ++counters_.no_key_source;
        return std::unexpected(info.error());
    }
    Reservation out = hold(*info, handout, new_token());
    // The address is the caller's already: a gap that cannot be refilled now is refilled by the next pass.
    if (options_.auto_maintain && source.can_derive()) static_cast<void>(maintain_gap_limit(source));
    return out;
}

Result<Reservation> AddressPool::next_unused_and_reserve(const KeySource& source, bool add_to_state) {
    return next_unused_and_reserve(source, Handout{.add_to_state = add_to_state, .now = {}, .holder = {}});
}

Result<std::vector<Reservation>> AddressPool::next_unused_multiple_and_reserve(const KeySource& source,
                                                                               std::size_t count,
                                                                               const Handout& handout) {
    TRY_OK(check_room(count));
    TRY(const auto infos, unused_addresses_count(source, count, handout.add_to_state));
    std::vector<Reservation> out;
    for (const AddressInfo& info : infos) out.push_back(hold(info, handout, new_token()));
    return out;
}

Result<Reservation> AddressPool::reserve_index(std::uint32_t index, const KeySource& source,
                                               const Handout& handout, std::optional<Token> token) {
    TRY_OK(check(source));
    if (const auto held = holds_.find(index); held != holds_.end()) {
        const Hold& hold = held->second;
        if (token && hold.token == *token)
            return Reservation{.address = hold.address,
                               .index = index,
                               .token = hold.token,
                               .at = hold.at,
                               .holder = hold.holder};
        return fail(Fault::InvalidState, fmt::format("address {} is reserved by somebody else", index));
    }
    if (used_.contains(index)) return fail(Fault::InvalidState, fmt::format("address {} is used", index));
    TRY_OK(check_room(1));
    TRY(const AddressInfo info, obtain(index, source, handout.add_to_state));
    if (token) step_over(*token);
    return hold(info, handout, token ? *token : new_token());
}

// ---- Giving back

void AddressPool::make_available(AddressInfo& info) {
    info.state = AddressState::Available;
    info.reserved_at = {};
    if (!quarantined_.contains(info.index)) available_.insert(info.index);
}

AddressPool::Holds::iterator AddressPool::give_back(Holds::iterator hold) {
    const std::uint32_t index = hold->first;
    const auto next = holds_.erase(hold);
    given_back_.insert(index);
    if (options_.reuse == Reuse::Never) quarantined_.insert(index);
    if (index < first_unstored())
        make_available(entries_[index]);
    else
        unstored_hint_ = std::min(unstored_hint_, index);
    return next;
}

bool AddressPool::release_reservation(std::uint32_t index) {
    const auto hold = holds_.find(index);
    if (hold == holds_.end()) return false;
    give_back(hold);
    ++counters_.released;
    ++counters_.revision;
    return true;
}

bool AddressPool::release_reservation(std::uint32_t index, Token token) {
    const auto hold = holds_.find(index);
    if (hold == holds_.end()) return false;
    if (hold->second.token == token) return release_reservation(index);
    ++counters_.released_by_stranger;
    return false;
}

std::size_t AddressPool::release_all_reservations() {
    const std::size_t count = holds_.size();
    for (auto hold = holds_.begin(); hold != holds_.end();) hold = give_back(hold);
    counters_.released += count;
    if (count > 0) ++counters_.revision;
    return count;
}

std::vector<Reservation> AddressPool::take_expired_reservations(UnixTime now, std::chrono::seconds ttl) {
    std::vector<Reservation> out;
    if (now <= UnixTime{} || ttl <= std::chrono::seconds::zero()) return out;
    for (auto hold = holds_.begin(); hold != holds_.end();) {
        const Hold& value = hold->second;
        if (value.at <= UnixTime{} || value.at > now || now - value.at < ttl) {
            ++hold;
            continue;
        }
        out.push_back({.address = value.address,
                       .index = hold->first,
                       .token = value.token,
                       .at = value.at,
                       .holder = value.holder});
        hold = give_back(hold);
    }
    counters_.swept += out.size();
    if (!out.empty()) ++counters_.revision;
    return out;
}

std::size_t AddressPool::sweep_expired_reservations(UnixTime now, std::chrono::seconds ttl) {
    return take_expired_reservations(now, ttl).size();
}

std::size_t AddressPool::sweep_expired_reservations(std::chrono::seconds ttl) {
    return sweep_expired_reservations(options_.clock ? options_.clock() : UnixTime{}, ttl);
}

void AddressPool::quarantine(std::uint32_t index) {
    given_back_.insert(index);
    quarantined_.insert(index);
    available_.erase(index);
}

// ---- Payments

bool AddressPool::mark(AddressInfo& info) {
    if (info.state == AddressState::Used) return false;
    holds_.erase(info.index);
    available_.erase(info.index);
    used_.insert(info.index);
    info.state = AddressState::Used;
    info.reserved_at = {};
    if (given_back_.contains(info.index)) ++counters_.late_payments;
    return true;
}

bool AddressPool::mark_index_used(std::uint32_t index) {
    return index < first_unstored() && mark(entries_[index]);
}

bool AddressPool::mark_used(std::string_view address) {
    AddressInfo* const info = find(address);
    return info != nullptr && mark(*info);
}

std::vector<std::string> AddressPool::scan_for_usage(const std::function<bool(const AddressInfo&)>& paid) {
    std::vector<std::string> found;
    for (AddressInfo& info : entries_) {
        if (info.state == AddressState::Used || !paid(info)) continue;
        mark(info);
        found.push_back(info.address);
    }
    return found;
}

bool AddressPool::record_transaction(std::string_view address, std::uint64_t received, std::uint64_t sent) {
    AddressInfo* const info = find(address);
    if (info == nullptr) return false;
    info->total_received = saturating_add(info->total_received, received);
    info->total_sent = saturating_add(info->total_sent, sent);
    if (info->tx_count < std::numeric_limits<std::uint32_t>::max()) ++info->tx_count;
    return true;
}

Result<std::vector<AddressInfo>> AddressPool::record_balance(std::string_view address, std::uint64_t balance,
                                                             const KeySource& source) {
    TRY_OK(check(source));
    AddressInfo* const info = find(address);
    if (info == nullptr) return fail(Fault::InvalidAddress, fmt::format("{} is not of this pool", address));
    const bool first = info->balance == 0 && balance > 0;
    info->balance = balance;
    if (first) mark(*info);
    if (!first || !source.can_derive()) return std::vector<AddressInfo>{};
    return maintain_gap_limit(source);
}

void AddressPool::reset_usage(bool keep_reservations) {
    if (!keep_reservations) {
        for (auto hold = holds_.begin(); hold != holds_.end();) hold = give_back(hold);
    }
    // A rescan does not call back what payers were given.
    if (options_.reuse == Reuse::Never) quarantined_.insert(used_.begin(), used_.end());
    used_.clear();
    for (AddressInfo& info : entries_) {
        info.tx_count = 0;
        info.total_received = info.total_sent = info.balance = 0;
        if (info.state == AddressState::Used) make_available(info);
    }
}

}  // namespace dz::wallet
