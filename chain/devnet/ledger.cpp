#include "chain/devnet/ledger.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/encoding.hpp"
#include "chain/devnet/genesis.hpp"

namespace dz::devnet {

using ledger::Transaction;
using ledger::TransactionError;

namespace {

constexpr std::size_t kMaxEntry = 128;
constexpr std::uint32_t kFirstAirdropUnits = 1000;
constexpr std::uint32_t kAirdropUnitsRange = 1'000'000;

std::int64_t unix_ms(const Clock& clock) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall().time_since_epoch()).count();
}

Genesis genesis_at(std::int64_t now, const LedgerOptions& options) {
    // Slot 0 is the genesis alone.
    return {.program = options.program,
            .hash = genesis_hash(options.program, now),
            .unix_time = now / 1000,
            .anchor = {1, now, options.slot.count()},
            .slots_per_epoch = options.slots_per_epoch,
            .fees = options.fees.value_or(FeeRules{}),
            .state = {}};
}

/// The length of an epoch is the ledger's for life: with another one epochs would jump, forth or back.
Result<> check_epochs(Store& store, const LedgerOptions& options) {
    TRY(const auto stored, store.value(kSlotsPerEpoch));
    const std::string asked = std::to_string(options.slots_per_epoch);
    if (!stored) return store.put_value(kSlotsPerEpoch, asked);
    if (*stored == asked) return {};
    return fail(Errc::BadValue, fmt::format("the ledger in {} has epochs of {} slots, not {}: start it with "
                                            "--slots-per-epoch {}, or anew with --reset",
                                            options.directory.string(), *stored, asked, *stored));
}

/// Decided when a ledger is made: all who replay it must pay alike.
Result<FeeRules> read_fee_rules(Store& store, const LedgerOptions& options) {
    TRY(const auto text, store.value(kFeeRulesKey));
    TRY(const FeeRules stored, text ? parse_fee_rules(*text) : FeeRules{});
    if (!options.fees || *options.fees == stored) return stored;
    return fail(
        Errc::BadValue,
        fmt::format("the ledger in {} was made with fee reservations \"{}\", not \"{}\", and keeps them "
                    "for life: leave the option out, or begin anew with --reset",
                    options.directory.string(), to_text(stored), to_text(*options.fees)));
}

/// The anchor to run from now on: another one when slots changed their length, or would repeat.
Result<SlotAnchor> continue_from(Store& store, const Clock& clock, const LedgerOptions& options,
                                 std::uint64_t last_slot) {
    TRY(const auto text, store.value("anchor"));
    TRY(const SlotAnchor old, parse_anchor(text.value_or("")));
    const std::int64_t now = unix_ms(clock);
    const std::uint64_t slot = std::max(old.slot_at(now), last_slot + 1);
    if (old.slot_at(now) == slot && old.slot_ms == options.slot.count()) return old;
    const SlotAnchor fresh{slot, now, options.slot.count()};
    TRY_OK(store.put_value("anchor", to_text(fresh)));
    return fresh;
}

}  // namespace

struct Ledger::Opened {
    std::unique_ptr<Store> store;
    Blockhash genesis;
    std::uint64_t transaction_count = 0;
    SlotAnchor anchor;
    /// Slots with transactions among the recent ones, and one before: never empty.
    std::vector<std::pair<std::uint64_t, Blockhash>> slots;
    Accounts accounts;
    Recent recent;
};

Result<std::unique_ptr<Ledger>> Ledger::open(EventLoop& loop, Clock& clock, LedgerOptions options,
                                             reservations::Journal journal) {
    Opened opened;
    TRY(opened.store, Store::open(options.directory, options.store));
    Store& store = *opened.store;
    TRY(const auto program, store.value("program"));
    if (!program) {
        TRY_OK(begin(store, genesis_at(unix_ms(clock), options)));
    } else if (*program != options.program.to_string()) {
        return fail(Errc::BadValue,
                    fmt::format("the ledger in {} belongs to program {}, not {}", options.directory.string(),
                                *program, options.program.to_string()));
    }
    TRY_OK(check_epochs(store, options));
    TRY(options.fees, read_fee_rules(store, options));
    TRY(const auto genesis, store.value("genesis"));
    TRY(opened.genesis, Blockhash::parse(genesis.value_or("")));
    TRY(const auto newest, store.slots(~std::uint64_t{0} >> 1));
    if (newest.empty()) return fail(Errc::BadValue, "the ledger has no slot");
    const std::uint64_t last_slot = newest.back().first;
    const std::uint64_t recent = recent_from(last_slot);
    TRY(opened.slots, store.slots(recent));
    TRY_OK(store.visit_outcomes(recent, [&](const Record& record) {
        opened.recent.add(record.signature, {record.slot, 0, record.error});
    }));
    TRY_OK(store.visit_accounts(
        [&](const PublicKey& key, AccountPointer state) { opened.accounts.restore(key, std::move(state)); }));
    TRY(opened.transaction_count, store.transaction_count());
    TRY(opened.anchor, continue_from(store, clock, options, last_slot));
    return std::unique_ptr<Ledger>(
        new Ledger(loop, clock, std::move(options), std::move(opened), std::move(journal)));
}

Ledger::Ledger(EventLoop& loop, Clock& clock, LedgerOptions options, Opened opened,
               reservations::Journal journal)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      deployment_(options_.program, options_.reservations),
      store_(std::move(opened.store)),
      genesis_(opened.genesis),
      transaction_count_(opened.transaction_count),
      faucet_(faucet_key(options_.program)),
      slots_(clock, opened.anchor),
      open_slot_(slots_.slot()),
      hashes_(opened.slots),
      accounts_(std::move(opened.accounts)),
      commitments_(options_.confirm_after, options_.finalize_after, opened.slots.back().first),
      recent_(std::move(opened.recent)),
      mempool_(options_.max_pending),
      journal_(std::move(journal)),
      workers_(options_.threads),
      runner_({.fees = *options_.fees, .features = options_.features, .trace = options_.trace_fees}, workers_,
              journal_),
      work_(loop, clock) {
    hashes_.advance(open_slot_);
}

void Ledger::follow_clock() {
    const std::uint64_t slot = slots_.slot();
    if (slot <= open_slot_) return;
    open_slot_ = slot;
    hashes_.advance(slot);
    accounts_.forget_before(commitments_.trim(slot));
    recent_.forget_before(recent_from(slot));
}

View Ledger::view(Commitment commitment) {
    follow_clock();
    return commitments_.view(commitment, open_slot_);
}

Blockhash Ledger::latest_blockhash() {
    follow_clock();
    return hashes_.latest();
}

std::pair<std::uint64_t, Blockhash> Ledger::blockhash_at(std::uint64_t slot) {
    follow_clock();
    return hashes_.newest_at(slot);
}

bool Ledger::is_recent(const Blockhash& hash) {
    follow_clock();
    return hashes_.is_recent(hash, open_slot_);
}

// ---- Mempool

std::optional<TransactionError> Ledger::check(const Transaction& transaction, Commitment commitment) {
    return obstacle(transaction, view(commitment));
}

std::optional<TransactionError> Ledger::obstacle(const Transaction& transaction, const View& seen) const {
    const Decided* const decided = recent_.find(transaction.id());
    if (decided != nullptr && decided->version <= seen.version)
        return TransactionError::whole("AlreadyProcessed");
    const auto slot = hashes_.slot_of(transaction.message.recent_blockhash);
    if (!slot || *slot > seen.slot || seen.slot > *slot + kMaxBlockhashAge)
        return TransactionError::whole("BlockhashNotFound");
    return std::nullopt;
}

Execution Ledger::simulate(const Transaction& transaction, Commitment commitment) {
    const View seen = view(commitment);
    const program::Now then{seen.slot, epoch_of(seen.slot), slots_.anchor().time_of(seen.slot)};
    return execute(transaction, [&](const PublicKey& key) { return account(key, seen); }, then, deployment_,
                   {.charging = runner_.rules().fees.charging()});
}

Result<> Ledger::submit(Transaction transaction) {
    if (stopping_) return fail(Errc::Unavailable, "the node is stopping");
    if (check(transaction) || mempool_.contains(transaction.id())) return {};
    const auto allowance = allowance_of(transaction.message);
    const Signature signature = transaction.id();
    if (!mempool_.add(std::move(transaction), allowance ? allowance->unit_price : 0)) {
        return fail(Errc::LimitExceeded,
                    "too many transactions wait: send it again later, or with a higher unit price");
    }
    if (watcher_ != nullptr) watcher_->received(signature);
    work_.set();
    return {};
}

Result<Signature> Ledger::airdrop(const PublicKey& to, std::uint64_t lamports) {
    // Two equal transfers would be one transaction: each asks for another number of compute units.
    ledger::ComputeBudget budget;
    budget.unit_limit = kFirstAirdropUnits + static_cast<std::uint32_t>(airdrops_++ % kAirdropUnitsRange);
    auto instructions = ledger::encode(budget);
    instructions.push_back(ledger::system_transfer(faucet_.public_key(), to, Lamports{lamports}));
    TRY(auto message, ledger::compile(faucet_.public_key(), instructions, latest_blockhash()));
    TRY(auto transaction, ledger::sign(std::move(message), faucet_));
    const Signature signature = transaction.id();
    TRY_OK(submit(std::move(transaction)));
    return signature;
}

// ---- Builder

std::vector<Transaction> Ledger::choose(std::uint64_t slot) {
    EntrySelection selection(mempool_, runner_, journal_);
    return selection.choose(
        {slot, kMaxEntry, options_.prepack}, [this](const PublicKey& key) { return accounts_.find(key); },
        // Time has passed since it was queued.
        [&](const Transaction& one) { return !obstacle(one, {slot, accounts_.newest()}); },
        // An entry belongs to one slot, so the clock is not followed meanwhile: what the slot's end overtakes
        // waits.
        [&] { return slots_.slot() == slot; });
}

void Ledger::land(const Transaction& transaction, Execution execution, Entry& entry,
                  std::map<PublicKey, AccountPointer>& writes) {
    const Version version = accounts_.apply(execution.writes);
    for (auto& [key, state] : execution.writes) writes[key] = std::move(state);
    ++transaction_count_;
    hashes_.record(entry.slot, transaction.id(), !execution.error);
    recent_.add(transaction.id(), {entry.slot, version, execution.error});
    entry.records.push_back(record_of(transaction, std::move(execution), ledger::encode(transaction),
                                      entry.slot, entry.unix_time));
    if (watcher_ != nullptr) {
        watcher_->executed(entry.records.back(), version, accounts_.replaced_by_newest());
    }
}

Result<Entry> Ledger::build_entry() {
    follow_clock();
    Entry entry;
    entry.slot = open_slot_;
    entry.unix_time = slots_.unix_time();
    entry.epoch = epoch_of(entry.slot);
    entry.reservations = options_.reservations;
    const std::vector<Transaction> chosen = choose(entry.slot);
    // The entry's clock and not the wall's: who replays the entry has no other.
    const program::Now now{entry.slot, entry.epoch, entry.unix_time};
    std::vector<Candidate> candidates;
    candidates.reserve(chosen.size());
    for (const Transaction& transaction : chosen) candidates.push_back({&transaction, now});
    auto result =
        runner_.run(candidates, [this](const PublicKey& key) { return accounts_.find(key); }, deployment_);
    if (const auto* const broken = std::get_if<reservations::NodeError>(&result))
        return fail(Errc::Internal, fmt::format("slot {}: {}", entry.slot, broken->text()));
    // What was chosen passes Begin; should it not, nobody would take the entry.
    auto* const outcome = std::get_if<EntryOutcome>(&result);
    if (outcome == nullptr) return entry;
    const bool reserved = outcome->note && outcome->note->outcome == kReserved;
    std::map<PublicKey, AccountPointer> writes;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        Execution& execution = outcome->executions[i];
        if (execution.lands || reserved) land(chosen[i], std::move(execution), entry, writes);
    }
    if (outcome->note && !entry.records.empty()) {
        outcome->note->transactions = entry.records.size();
        entry.notes.push_back(*std::move(outcome->note));
    }
    entry.writes.assign(writes.begin(), writes.end());
    entry.hash = hashes_.hash_of_open(entry.slot);
    return entry;
}

void Ledger::settle(const Entry& entry) {
    for (const Record& record : entry.records) {
        const auto [first, last] = waiters_.equal_range(record.signature);
        for (auto waiter = first; waiter != last; ++waiter) waiter->second->set();
    }
}

Task<Result<>> Ledger::produce() {
    for (;;) {
        if (mempool_.empty()) {
            if (stopping_) co_return Result<>{};
            co_await work_.wait_until(TimePoint::max());
            continue;
        }
        CO_TRY(const Entry entry, build_entry());
        if (entry.records.empty()) continue;
        const Version version = accounts_.newest();
        commitments_.executed(entry.slot, version);
        if (watcher_ != nullptr) watcher_->moved();
        // The entry stays here; the worker is done with it before the co_await is.
        CO_TRY_OK(co_await worker_.run([this, &entry] { return store_->commit(entry); }));
        commitments_.stored(version);
        settle(entry);
        if (watcher_ != nullptr) watcher_->moved();
    }
}

Task<> Ledger::keep_slots() {
    for (;;) {
        co_await clock_.sleep_until(slots_.start_of(slots_.slot() + 1));
        follow_clock();
        if (watcher_ != nullptr) watcher_->moved();
    }
}

Task<Result<>> Ledger::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    auto ended = co_await (produce() || keep_slots());
    co_return std::get<0>(std::move(ended));
}

void Ledger::stop() {
    stopping_ = true;
    work_.set();
}

// ---- Answers

std::optional<Status> Ledger::status(const Signature& signature) {
    const Decided* const decided = recent_.find(signature);
    if (decided == nullptr) return std::nullopt;
    Status status{decided->slot, decided->error, Commitment::Processed, open_slot_ - decided->slot};
    if (decided->version <= view(Commitment::Finalized).version) {
        status.commitment = Commitment::Finalized;
        status.confirmations.reset();
    } else if (decided->version <= view(Commitment::Confirmed).version) {
        status.commitment = Commitment::Confirmed;
    }
    return status;
}

Task<Result<std::optional<Status>>> Ledger::stored_status(Signature signature) {
    CO_TRY(auto record, co_await worker_.run([this, signature] { return store_->find(signature); }));
    if (!record) co_return std::nullopt;
    co_return Status{record->slot, std::move(record->error), Commitment::Finalized, std::nullopt};
}

Task<Result<std::optional<Record>>> Ledger::record(Signature signature, Commitment commitment) {
    const auto known = status(signature);
    if (known && known->commitment < commitment) co_return std::nullopt;
    co_return co_await worker_.run([this, signature] { return store_->find(signature); });
}

Task<Result<std::vector<Record>>> Ledger::history(HistoryQuery query) {
    co_return co_await worker_.run([this, query] { return store_->history(query); });
}

Task<Result<std::optional<Block>>> Ledger::block(std::uint64_t slot) {
    if (slot == 0) co_return std::nullopt;  // the genesis, which has accounts and no transactions
    CO_TRY(auto next, co_await worker_.run([this, slot] { return store_->block_after(slot - 1); }));
    if (!next || next->head.slot != slot) co_return std::nullopt;
    co_return next;
}

Task<Result<std::vector<std::uint64_t>>> Ledger::slots_with_blocks(std::uint64_t first, std::uint64_t last) {
    CO_TRY(const auto heads,
           co_await worker_.run([this, first, last] { return store_->heads(first, last); }));
    std::vector<std::uint64_t> slots;
    for (const auto& [head, transactions] : heads) {
        if (transactions > 0) slots.push_back(head.slot);
    }
    co_return slots;
}

Task<bool> Ledger::stored(Signature signature, TimePoint deadline) {
    const Decided* decided = recent_.find(signature);
    if (decided != nullptr && decided->version <= commitments_.stored_version()) co_return true;
    Wake wake(loop_, clock_);
    const auto place = waiters_.emplace(signature, &wake);
    const bool settled = co_await wake.wait_until(deadline);
    waiters_.erase(place);
    co_return settled;
}

std::string Ledger::dump() const {
    std::string text;
    accounts_.visit_all([&](const PublicKey& key, const AccountState& state) {
        text += fmt::format("{} {} {} {}{}\n", key.to_string(), state.owner.to_string(), state.lamports,
                            to_hex(state.data), state.executable ? " executable" : "");
    });
    return text;
}

}  // namespace dz::devnet
