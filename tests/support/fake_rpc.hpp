// support/fake_rpc.hpp: a ledger in memory behind the port `Rpc`: accounts, slots, faults.
//
//     FakeRpc rpc(clock);
//     rpc.put(key, user);            // a new slot
//     rpc.fail_next(1, Errc::Timeout);
//
// Only the reading verbs that followers use; the others answer Unsupported.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ledger/accounts.hpp"
#include "ledger/rpc.hpp"

namespace dz::test {

class FakeRpc final : public ledger::Rpc {
  public:
    explicit FakeRpc(Clock& clock) : clock_(clock) {}

    // What is on the ledger. Each change makes a new slot.
    template <class T>
    void put(const ledger::PublicKey& key, const T& account) {
        put_bytes(key, ledger::encode(account));
    }
    void put_bytes(const ledger::PublicKey& key, Bytes data) {
        accounts_[key] = std::move(data);
        ++slot_.value;
        if (on_change) on_change(key);
    }
    void remove(const ledger::PublicKey& key) {
        accounts_.erase(key);
        ++slot_.value;
        if (on_change) on_change(key);
    }
    void clear() {
        accounts_.clear();
        ++slot_.value;
    }
    void set_slot(std::uint64_t slot) { slot_ = {slot}; }
    Slot now() const { return slot_; }
    /// Null: there is no such account.
    const Bytes* find(const ledger::PublicKey& key) const {
        const auto at = accounts_.find(key);
        return at == accounts_.end() ? nullptr : &at->second;
    }
    /// Told of each account that is put or removed.
    std::function<void(const ledger::PublicKey&)> on_change;

    // What is wrong with it.
    void fail_next(int times, Errc code = Errc::Unavailable) {
        failures_ = times;
        failure_ = code;
    }
    void fail_always(Errc code = Errc::Unavailable) { fail_next(1'000'000, code); }
    void heal() {
        failures_ = 0;
        latency = {};
    }
    /// Every answer takes this long; an hour is a hung server.
    Duration latency{};

    /// Every question: "program 2" (number of filters), "keys 3" (number of keys).
    std::vector<std::string> calls;
    /// What the last question demanded.
    ledger::ReadAt asked_for{ledger::Commitment::Processed};
    int program_calls() const { return count("program"); }
    int key_calls() const { return count("keys"); }

    Task<Result<ledger::At<std::vector<ledger::KeyedAccount>>>> program_accounts(
        ledger::PublicKey /*program*/, ledger::Filters filters, ledger::ReadAt at) override {
        calls.push_back("program " + std::to_string(filters.memcmp.size()));
        CO_TRY_OK(co_await answer(at));
        std::vector<ledger::KeyedAccount> found;
        for (const auto& [key, data] : accounts_) {
            if (matches(filters, data)) found.push_back({key, info(data)});
        }
        co_return ledger::At<std::vector<ledger::KeyedAccount>>{slot_, std::move(found)};
    }

    Task<Result<ledger::At<std::vector<std::optional<ledger::AccountInfo>>>>> multiple_accounts(
        std::vector<ledger::PublicKey> keys, ledger::ReadAt at) override {
        calls.push_back("keys " + std::to_string(keys.size()));
        if (keys.size() > kMaxMultipleAccounts) co_return fail(Errc::LimitExceeded, "too many keys");
        CO_TRY_OK(co_await answer(at));
        std::vector<std::optional<ledger::AccountInfo>> found;
        for (const auto& key : keys) {
            const auto found_at = accounts_.find(key);
            found.push_back(found_at == accounts_.end() ? std::nullopt
                                                        : std::optional(info(found_at->second)));
        }
        co_return ledger::At<std::vector<std::optional<ledger::AccountInfo>>>{slot_, std::move(found)};
    }

    Task<Result<ledger::At<std::optional<ledger::AccountInfo>>>> account(ledger::PublicKey,
                                                                         ledger::Commitment) override {
        co_return unsupported();
    }
    Task<Result<ledger::At<ledger::LatestBlockhash>>> latest_blockhash(ledger::Commitment) override {
        co_return unsupported();
    }
    Task<Result<ledger::Signature>> send_transaction(Bytes, ledger::SendOptions) override {
        co_return unsupported();
    }
    Task<Result<ledger::At<ledger::Simulation>>> simulate_transaction(Bytes, ledger::Commitment) override {
        co_return unsupported();
    }
    Task<Result<ledger::At<std::vector<std::optional<ledger::SignatureStatus>>>>> signature_statuses(
        std::vector<ledger::Signature>) override {
        co_return unsupported();
    }
    Task<Result<std::optional<ledger::TransactionRecord>>> transaction(ledger::Signature,
                                                                       ledger::Commitment) override {
        co_return unsupported();
    }
    Task<Result<std::vector<ledger::SignatureRecord>>> signatures_for_address(ledger::PublicKey,
                                                                              ledger::HistoryRange) override {
        co_return unsupported();
    }
    Task<Result<ledger::At<Lamports>>> balance(ledger::PublicKey, ledger::Commitment) override {
        co_return unsupported();
    }
    Task<Result<Lamports>> rent_minimum(std::size_t) override { co_return unsupported(); }
    Task<Result<ledger::EpochInfo>> epoch_info(ledger::Commitment) override { co_return unsupported(); }
    Task<Result<Slot>> slot(ledger::Commitment) override { co_return slot_; }
    Task<Result<std::optional<std::int64_t>>> block_time(Slot) override { co_return unsupported(); }
    Task<Result<std::string>> version() override { co_return unsupported(); }
    Task<Result<>> health() override { co_return Result<>{}; }
    Task<Result<ledger::Signature>> airdrop(ledger::PublicKey, Lamports) override { co_return unsupported(); }

  private:
    static std::unexpected<Error> unsupported() { return fail(Errc::Unsupported, "not in this fake"); }

    Task<Result<>> answer(ledger::ReadAt at) {
        if (latency > Duration{}) co_await clock_.sleep_for(latency);
        if (failures_ > 0) {
            --failures_;
            co_return fail(failure_, "the ledger is down");
        }
        asked_for = at;
        if (slot_ < at.not_before)
            co_return fail(Errc::Unavailable, "Minimum context slot has not been reached",
                           ledger::kMinContextSlotNotReached);
        co_return Result<>{};
    }
    static ledger::AccountInfo info(const Bytes& data) {
        ledger::AccountInfo info;
        info.data = data;
        return info;
    }
    static bool matches(const ledger::Filters& filters, const Bytes& data) {
        return std::ranges::all_of(filters.memcmp, [&](const ledger::Memcmp& filter) {
            return filter.offset + filter.bytes.size() <= data.size() &&
                   std::equal(filter.bytes.begin(), filter.bytes.end(),
                              data.begin() + static_cast<std::ptrdiff_t>(filter.offset));
        });
    }
    int count(std::string_view kind) const {
        return static_cast<int>(
            std::ranges::count_if(calls, [&](const auto& call) { return call.starts_with(kind); }));
    }

    Clock& clock_;
    std::map<ledger::PublicKey, Bytes> accounts_;
    Slot slot_{100};
    int failures_ = 0;
    Errc failure_{};
};

}  // namespace dz::test
