#include "services/oracle/watch.hpp"

#include <array>
#include <iterator>

#include "ledger/accounts.hpp"

namespace dz::oracle {

namespace {

/// Accounts of one reservation: deposit, seat, and the user of either type.
constexpr std::size_t kAccounts = 4;
constexpr std::size_t kAtATime = ledger::Rpc::kMaxMultipleAccounts / kAccounts;

std::array<PublicKey, kAccounts> accounts_of(const Reservation& r, const ledger::Addresses& addresses) {
    return {r.deposit, addresses.seat_reservation(r.device, r.client_ip),
            addresses.user(r.client_ip, ledger::UserType::Ibrl),
            addresses.user(r.client_ip, ledger::UserType::IbrlWithAllocatedIp)};
}

}  // namespace

bool is_user_of(const std::optional<ledger::AccountInfo>& account, const Reservation& reservation) {
    if (!account) return false;
    const auto user = ledger::decode<ledger::User>(account->data);
    return user && user->owner == reservation.user_payer && user->device_pk == reservation.device;
}

Watch::Watch(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Books& books, Clerk& clerk,
             const ledger::Addresses& addresses, const PublicKey& authority, Metrics& metrics, Log log,
             const Config& config)
    : clock_(clock),
      rpc_(rpc),
      books_(books),
      clerk_(clerk),
      addresses_(addresses),
      authority_(authority),
      metrics_(metrics),
      log_(std::move(log)),
      config_(config),
      soon_(loop, clock) {}

Task<Result<>> Watch::close_unknown_seats() {
    ledger::Filters filters;
    filters.data_size = ledger::SeatReservation::kSize;
    filters.memcmp.push_back({0, {static_cast<std::uint8_t>(ledger::AccountType::Reservation)}});
    filters.memcmp.push_back({1, Bytes(authority_.bytes.begin(), authority_.bytes.end())});
    CO_TRY(const auto found,
           co_await rpc_.program_accounts(addresses_.program(), filters, ledger::Commitment::Confirmed));
    for (const ledger::KeyedAccount& one : found.value) {
        const auto seat = ledger::decode<ledger::SeatReservation>(one.account.data);
        if (seat && !books_.live_at(seat->device_pk, seat->client_ip))
            clerk_.close_unknown(one.key, seat->device_pk);
    }
    co_return Result<>{};
}

/// All that are live, and the next ones of those that are over.
std::vector<EntryPointer> Watch::next_entries() {
    std::vector<EntryPointer> live, over;
    const auto& all = books_.all();
    for (const auto& [id, entry] : all)
        if (!entry->record.is_over()) live.push_back(entry);
    auto at = all.upper_bound(round_);
    for (std::size_t seen = 0; seen < all.size() && over.size() < config_.over_at_a_time; ++seen, ++at) {
        if (at == all.end()) at = all.begin();
        round_ = at->first;
        if (at->second->record.is_over()) over.push_back(at->second);
    }
    live.insert(live.end(), over.begin(), over.end());
    return live;
}

Task<Result<>> Watch::look() {
    const std::vector<EntryPointer> entries = next_entries();
    for (std::size_t first = 0; first < entries.size(); first += kAtATime) {
        const auto from = entries.begin() + static_cast<std::ptrdiff_t>(first);
        const auto count = static_cast<std::ptrdiff_t>(std::min(kAtATime, entries.size() - first));
        CO_TRY_OK(co_await look_at({from, from + count}));
    }
    metrics_.last_look.Set(std::chrono::duration<double>(clock_.wall().time_since_epoch()).count());
    co_return Result<>{};
}

Task<Result<>> Watch::look_at(std::vector<EntryPointer> some) {
    std::vector<PublicKey> keys;
    for (const EntryPointer& entry : some) {
        const auto accounts = accounts_of(entry->record, addresses_);
        keys.insert(keys.end(), accounts.begin(), accounts.end());
    }
    CO_TRY(const auto seen, co_await rpc_.multiple_accounts(std::move(keys), config_.commitment));
    for (std::size_t i = 0; i < some.size(); ++i) {
        const Reservation& record = some[i]->record;
        const auto* const accounts = &seen.value[i * kAccounts];
        const Sight sight{.slot = seen.slot.value,
                          .deposit = accounts[0] ? accounts[0]->lamports : Lamports{},
                          .seat = accounts[1].has_value(),
                          .user = is_user_of(accounts[2], record) || is_user_of(accounts[3], record)};
        if (!some[i]->gone) clerk_.attend(some[i], sight);
    }
    last_ = Look{seen.slot.value, clock_.now()};
    co_return Result<>{};
}

Task<> Watch::run() {
    bool failing = false;
    TimePoint next_count = clock_.now() + config_.count_seats;
    for (;;) {
        auto done = co_await look();
        if (done && clock_.now() >= next_count) {
            next_count = clock_.now() + config_.count_seats;
            done = co_await close_unknown_seats();
        }
        if (!done && !failing)
            log_.warn("the ledger cannot be read, looking again", {{"error", done.error()}});
        failing = !done;
        co_await soon_.wait_until(clock_.now() + config_.poll);
    }
}

}  // namespace dz::oracle
