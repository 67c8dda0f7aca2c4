#include "chain/reservations/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace dz::reservations {

Expected<> Session::begin(const Plan& plan, const AccountSource& accounts) {
    if (plan.empty()) return {};
    auto opened = open(plan, accounts);
    if (!opened) ++telemetry_.begin_failed;
    return opened;
}

Expected<> Session::begin(ByteView encoded, const AccountSource& accounts) {
    if (encoded.empty()) return {};
    // Asked first: an open session is a fault of the host, whatever it sends.
    const bool was_open = is_open();
    auto plan = was_open ? failed(Kind::SessionOpen) : decode_plan(encoded, limits_);
    if (plan) return begin(*plan, accounts);
    ++telemetry_.begin_failed;
    return std::unexpected(std::move(plan).error());
}

Expected<> Session::open(const Plan& plan, const AccountSource& accounts) {
    if (is_open()) return failed(Kind::SessionOpen);
    TRY_OK(plan.check(limits_));
    TRY(auto entries, resolve(plan, accounts));
    entries_ = std::move(entries);
    remaining_ = entries_.size();
    index();
    telemetry_.open = true;
    return {};
}

Expected<std::vector<Session::Entry>> Session::resolve(const Plan& plan,
                                                       const AccountSource& accounts) const {
    struct Owed {
        Account account;
        Amount amount;
    };
    std::vector<Owed> owed;
    owed.reserve(plan.senders());
    for (const Plan::Entry& entry : plan.entries()) {
        const auto account = accounts(entry.sender);
        if (!account) {
            return failed(Kind::InvariantViolation, entry.sender,
                          fmt::format("no account at {}", entry.sender.to_hex()));
        }
        if (entry.amount > 0) owed.push_back({*account, entry.amount});
    }
    // Already so where an address is the account's id.
    const auto id = [](const Owed& one) -> const Address& { return one.account.id; };
    if (!std::ranges::is_sorted(owed, {}, id)) std::ranges::sort(owed, {}, id);
    std::vector<Entry> entries;
    entries.reserve(owed.size());
    for (auto one = owed.begin(); one != owed.end();) {
        const Account& account = one->account;
        std::optional<Amount> sum = 0;
        for (; one != owed.end() && one->account.id == account.id; ++one)
            sum = sum ? add(*sum, one->amount) : sum;
        if (!sum || *sum > account.balance) {
            return failed(Kind::InsufficientFunds, account.id,
                          fmt::format("{} has {} and owes up to {}", account.id.to_hex(),
                                      dz::to_string(account.balance), sum ? dz::to_string(*sum) : "2^128"));
        }
        entries.push_back({account.id, *sum, *sum});
    }
    return entries;
}

void Session::index() {
    // At most half full, so that probes stay short.
    table_.assign(std::bit_ceil(2 * entries_.size() + 1), 0);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        std::size_t place = AddressHash()(entries_[i].account);
        while (table_[place & (table_.size() - 1)] != 0) ++place;
        table_[place & (table_.size() - 1)] = i + 1;
    }
}

std::size_t Session::find(const Address& account) const {
    if (entries_.empty()) return 0;
    for (std::size_t place = AddressHash()(account);; ++place) {
        const std::uint32_t at = table_[place & (table_.size() - 1)];
        if (at == 0) return entries_.size();
        if (entries_[at - 1].account == account) return at - 1;
    }
}

Expected<> Session::end() {
    if (!is_open()) return failed(Kind::SessionClosed);
    if (remaining_ > 0) {
        const auto first = std::ranges::find_if(entries_, [](const Entry& entry) { return entry.left > 0; });
        return failed(Kind::NonZeroRemainder, first->account,
                      fmt::format("{} still has {} reserved, as have {} others", first->account.to_hex(),
                                  dz::to_string(first->left), remaining_ - 1));
    }
    abort();
    return {};
}

void Session::abort() {
    entries_.clear();
    table_.clear();
    remaining_ = 0;
    telemetry_.open = false;
}

Amount Session::reserved(const Address& account) const {
    const std::size_t at = find(account);
    return at == entries_.size() ? 0 : entries_[at].left;
}

bool Session::allows(const Address& account, Amount balance, Amount value) const {
    // The sum cannot wrap: what is reserved never exceeds a balance.
    const auto needed = add(value, reserved(account));
    return needed && *needed <= balance;
}

Expected<> Session::cover(const Address& account, Amount cost) const {
    const Amount left = reserved(account);
    if (left >= cost) return {};
    return failed(Kind::InvariantViolation, account,
                  fmt::format("{} has {} reserved, its message may cost {}", account.to_hex(),
                              dz::to_string(left), dz::to_string(cost)));
}

Expected<> Session::release(const Address& account, Amount cost) {
    if (cost == 0) return {};
    const std::size_t at = find(account);
    if (at == entries_.size() || entries_[at].left == 0) {
        return failed(Kind::InvariantViolation, account,
                      fmt::format("{} has nothing reserved, its message cost up to {}", account.to_hex(),
                                  dz::to_string(cost)));
    }
    Entry& entry = entries_[at];
    if (entry.left < cost) {
        return failed(Kind::Overflow, account,
                      fmt::format("{} has {} reserved, its message cost up to {}", account.to_hex(),
                                  dz::to_string(entry.left), dz::to_string(cost)));
    }
    entry.left -= cost;
    if (entry.left == 0) --remaining_;
    return {};
}

void Session::count(const GasOutputs& settled) {
    telemetry_.base_fee_burn += settled.base_fee_burn;
    telemetry_.tip += settled.miner_tip;
    telemetry_.over_burn += settled.over_estimation_burn;
    if (is_open()) telemetry_.refund += settled.refund;
}

}  // namespace dz::reservations
