// tests/cli/world_rpc.hpp: the port to a ledger over a world in memory. Transactions are verified and run by
// the real program at once; answers can be made to fail.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ledger/rpc.hpp"
#include "tests/program/world.hpp"

namespace dz::test {

class WorldRpc : public ledger::Rpc {
  public:
    explicit WorldRpc(World& world) : world_(world) {}

    /// Every question from now on fails like this.
    std::optional<Error> fault;
    /// How many transactions were sent, failed ones too.
    int sent = 0;
    /// Their instructions without the compute budget, in order.
    std::vector<TransactionInstruction> instructions;
    /// The next transaction lands, and fails.
    bool refuse_next = false;
    /// Called when a transaction has landed, before its sender hears of it.
    std::function<void()> on_landed;

    Task<Result<ledger::At<std::vector<ledger::KeyedAccount>>>> program_accounts(PublicKey program,
                                                                                 ledger::Filters filters,
                                                                                 ledger::ReadAt) override {
        CO_TRY_OK(check());
        ledger::At<std::vector<ledger::KeyedAccount>> answer{slot_now(), {}};
        for (const auto& [key, state] : world_.accounts()) {
            if (state->owner == program && matches(filters, state->data))
                answer.value.push_back({key, info(*state)});
        }
        co_return answer;
    }
    Task<Result<ledger::At<std::optional<ledger::AccountInfo>>>> account(PublicKey key,
                                                                         ledger::Commitment) override {
        CO_TRY_OK(check());
        co_return ledger::At<std::optional<ledger::AccountInfo>>{slot_now(), find(key)};
    }
    Task<Result<ledger::At<std::vector<std::optional<ledger::AccountInfo>>>>> multiple_accounts(
        std::vector<PublicKey> keys, ledger::ReadAt) override {
        CO_TRY_OK(check());
        ledger::At<std::vector<std::optional<ledger::AccountInfo>>> answer{slot_now(), {}};
        for (const auto& key : keys) answer.value.push_back(find(key));
        co_return answer;
    }
    Task<Result<ledger::At<ledger::LatestBlockhash>>> latest_blockhash(ledger::Commitment) override {
        CO_TRY_OK(check());
        ledger::LatestBlockhash latest{.blockhash = {}, .last_valid_block_height = world_.now.slot + 150};
        latest.blockhash.bytes[0] = static_cast<std::uint8_t>(++hashes_);
        co_return ledger::At<ledger::LatestBlockhash>{slot_now(), latest};
    }
    Task<Result<ledger::Signature>> send_transaction(Bytes bytes, ledger::SendOptions) override {
        CO_TRY_OK(check());
        CO_TRY(const ledger::Transaction transaction, ledger::decode_transaction(bytes));
        CO_TRY_OK(ledger::verify(transaction));
        ++sent;
        if (std::exchange(refuse_next, false)) {
            const auto refused = ledger::TransactionError::of(0, ledger::ProgramError::NotAllowed);
            outcomes_[transaction.id()] = {slot_now(), refused, ledger::Commitment::Confirmed};
            co_return transaction.id();
        }
        outcomes_[transaction.id()] = {slot_now(), world_.land(transaction), ledger::Commitment::Confirmed};
        logs_[transaction.id()] = world_.log();
        for (const auto& compiled : transaction.message.instructions) {
            auto one = ledger::expand(transaction.message, compiled);
            if (one.program == world_.addresses().program()) instructions.push_back(std::move(one));
        }
        if (on_landed) on_landed();
        co_return transaction.id();
    }
    Task<Result<ledger::At<std::vector<std::optional<ledger::SignatureStatus>>>>> signature_statuses(
        std::vector<ledger::Signature> signatures) override {
        CO_TRY_OK(check());
        ledger::At<std::vector<std::optional<ledger::SignatureStatus>>> answer{slot_now(), {}};
        for (const auto& signature : signatures) {
            const auto at = outcomes_.find(signature);
            answer.value.push_back(at == outcomes_.end() ? std::nullopt : std::optional(at->second));
        }
        co_return answer;
    }
    Task<Result<std::optional<ledger::TransactionRecord>>> transaction(ledger::Signature signature,
                                                                       ledger::Commitment) override {
        CO_TRY_OK(check());
        ledger::TransactionRecord record;
        record.log_messages = logs_[signature];
        co_return record;
    }
    Task<Result<ledger::At<Lamports>>> balance(PublicKey key, ledger::Commitment) override {
        CO_TRY_OK(check());
        co_return ledger::At<Lamports>{slot_now(), {world_.balance(key)}};
    }
    Task<Result<ledger::EpochInfo>> epoch_info(ledger::Commitment) override {
        CO_TRY_OK(check());
        ledger::EpochInfo info;
        info.epoch = world_.now.epoch;
        info.block_height = world_.now.slot;
        co_return info;
    }
    Task<Result<std::optional<std::int64_t>>> block_time(Slot slot) override {
        CO_TRY_OK(check());
        co_return std::optional<std::int64_t>(world_.now.unix_time + static_cast<std::int64_t>(slot.value));
    }
    Task<Result<Slot>> slot(ledger::Commitment) override { co_return slot_now(); }

    Task<Result<ledger::At<ledger::Simulation>>> simulate_transaction(Bytes bytes,
                                                                      ledger::Commitment) override {
        CO_TRY_OK(check());
        CO_TRY(const ledger::Transaction transaction, ledger::decode_transaction(bytes));
        World trial = world_;
        ledger::Simulation simulation;
        simulation.error = trial.land(transaction);
        simulation.log_messages = trial.log();
        co_return ledger::At<ledger::Simulation>{slot_now(), std::move(simulation)};
    }
    Task<Result<std::vector<ledger::SignatureRecord>>> signatures_for_address(PublicKey,
                                                                              ledger::HistoryRange) override {
        co_return unsupported();
    }
    Task<Result<Lamports>> rent_minimum(std::size_t) override { co_return unsupported(); }
    Task<Result<std::string>> version() override { co_return unsupported(); }
    Task<Result<>> health() override { co_return Result<>{}; }
    Task<Result<ledger::Signature>> airdrop(PublicKey, Lamports) override { co_return unsupported(); }

  private:
    static std::unexpected<Error> unsupported() { return fail(Errc::Unsupported, "not in this ledger"); }
    Result<> check() const {
        if (fault) return std::unexpected(*fault);
        return {};
    }
    Slot slot_now() const { return {world_.now.slot}; }
    static ledger::AccountInfo info(const AccountState& state) {
        return {.data = state.data, .owner = state.owner, .lamports = {state.lamports}};
    }
    std::optional<ledger::AccountInfo> find(const PublicKey& key) const {
        if (!world_.exists(key)) return std::nullopt;
        return info(world_.account(key));
    }
    static bool matches(const ledger::Filters& filters, const Bytes& data) {
        return std::ranges::all_of(filters.memcmp, [&](const ledger::Memcmp& filter) {
            return filter.offset + filter.bytes.size() <= data.size() &&
                   std::equal(filter.bytes.begin(), filter.bytes.end(),
                              data.begin() + static_cast<std::ptrdiff_t>(filter.offset));
        });
    }

    World& world_;
    int hashes_ = 0;
    std::map<ledger::Signature, ledger::SignatureStatus> outcomes_;
    std::map<ledger::Signature, std::vector<std::string>> logs_;
};

}  // namespace dz::test
