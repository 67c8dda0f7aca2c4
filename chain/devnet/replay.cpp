#include "chain/devnet/replay.hpp"

#include <fmt/format.h>

#include <charconv>

#include "chain/devnet/genesis.hpp"

namespace dz::devnet {

using ledger::TransactionError;

namespace {

std::string outcome_text(const std::optional<TransactionError>& error) {
    return error ? describe(*error) : "success";
}

/// Why what this program makes of a transaction is not what the block tells. In a session what may not run is
/// part of the block all the same.
Result<> compare(const Execution& here, const BlockTransaction& told, bool reserved) {
    if (!here.lands && !reserved) {
        return fail(Errc::BadValue, fmt::format("it could not land: {}", outcome_text(here.error)));
    }
    if (here.error != told.error) {
        return fail(Errc::BadValue, fmt::format("it ends with {}, the file says {}", outcome_text(here.error),
                                                outcome_text(told.error)));
    }
    if (here.fee != told.fee) {
        return fail(Errc::BadValue,
                    fmt::format("its fee is {} lamports, the file says {}", here.fee, told.fee));
    }
    if (here.units != told.units) {
        return fail(Errc::BadValue,
                    fmt::format("it uses {} compute units, the file says {}", here.units, told.units));
    }
    return {};
}

Result<std::optional<std::uint64_t>> stored_epoch_length(Store& store) {
    TRY(const auto text, store.value(kSlotsPerEpoch));
    if (!text) return std::nullopt;
    std::uint64_t slots = 0;
    const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), slots);
    if (failed != std::errc() || slots == 0) return fail(Errc::BadValue, "the ledger's file is damaged");
    return slots;
}

Result<FeeRules> stored_fee_rules(Store& store) {
    TRY(const auto text, store.value(kFeeRulesKey));
    return text ? parse_fee_rules(*text) : FeeRules{};
}

Result<> check_fee_rules(Store& store, const FeeRules& told) {
    TRY(const FeeRules here, stored_fee_rules(store));
    if (here == told) return {};
    return fail(Errc::BadValue, fmt::format("the ledger here reserves fees {}, the file's {}: give --ledger "
                                            "an empty directory",
                                            to_text(here), to_text(told)));
}

Result<> begin_or_check(Store& store, const BlockFileHeader& header) {
    TRY(const auto genesis, store.value("genesis"));
    if (!genesis) {
        return begin(store, {.program = header.program,
                             .hash = header.genesis,
                             .unix_time = header.genesis_time,
                             .anchor = header.anchor,
                             .slots_per_epoch = header.slots_per_epoch,
                             .fees = header.fees,
                             .state = header.genesis_state});
    }
    if (*genesis == header.genesis.to_string()) return check_fee_rules(store, header.fees);
    return fail(Errc::BadValue, fmt::format("the ledger here began with {}, the file's with {}: give "
                                            "--ledger an empty directory",
                                            *genesis, header.genesis.to_string()));
}

}  // namespace

Result<BlockFileHeader> file_header(Store& store) {
    TRY(const auto program, store.value("program"));
    TRY(const auto genesis, store.value("genesis"));
    TRY(const auto anchor, store.value("anchor"));
    TRY(const auto head, store.head(0));
    if (!program || !genesis || !anchor || !head) return fail(Errc::NotFound, "there is no ledger here");
    BlockFileHeader header;
    TRY(header.program, PublicKey::parse(*program));
    TRY(header.genesis, Blockhash::parse(*genesis));
    TRY(header.anchor, parse_anchor(*anchor));
    TRY(header.slots_per_epoch, stored_epoch_length(store));
    TRY(header.fees, stored_fee_rules(store));
    header.genesis_time = head->unix_time;
    header.genesis_state = head->state;
    return header;
}

Result<Replay> Replay::open(Store& store, const BlockFileHeader& header, const ReplayOptions& options) {
    TRY_OK(begin_or_check(store, header));
    TRY(const auto newest, store.newest_head());
    if (!newest) return fail(Errc::BadValue, "the ledger has no slot");
    TRY(const auto slots, store.slots(recent_from(newest->slot)));
    Replay replay(store, header, Blockhashes(slots), options);
    replay.newest_ = *newest;
    TRY(replay.slots_per_epoch_, stored_epoch_length(store));
    TRY_OK(store.visit_accounts([&](const PublicKey& key, AccountPointer state) {
        replay.accounts_.restore(key, std::move(state));
    }));
    return replay;
}

Result<bool> Replay::apply(const Block& block) {
    const bool known = block.head.slot <= newest_.slot;
    const auto done = known ? check_known(block) : append(block);
    if (!done) return wrap(done.error(), fmt::format("slot {}", block.head.slot));
    return !known;
}

Result<> Replay::check_known(const Block& block) {
    TRY(const auto here, store_->head(block.head.slot));
    if (here == block.head) return {};
    if (!here) return fail(Errc::BadValue, "this ledger went on without that block");
    return fail(Errc::BadValue, fmt::format("this ledger has block {} with state {}, the file {} with {}",
                                            here->hash.to_string(), here->state.to_string(),
                                            block.head.hash.to_string(), block.head.state.to_string()));
}

Result<> Replay::append(const Block& block) {
    if (block.parent_slot != newest_.slot || block.parent_hash != newest_.hash) {
        return fail(Errc::BadValue, fmt::format("it follows slot {} ({}), this ledger ends at slot {} ({})",
                                                block.parent_slot, block.parent_hash.to_string(),
                                                newest_.slot, newest_.hash.to_string()));
    }
    if (slots_per_epoch_ && block.head.epoch != block.head.slot / *slots_per_epoch_) {
        return fail(Errc::BadValue, fmt::format("it is of epoch {}, the file says {}",
                                                block.head.slot / *slots_per_epoch_, block.head.epoch));
    }
    if (deployment_.dialect != block.head.reservations)
        deployment_ = program::Deployment(program_, block.head.reservations);
    hashes_.advance(block.head.slot);
    Entry entry{.slot = block.head.slot,
                .unix_time = block.head.unix_time,
                .hash = block.head.hash,
                .epoch = block.head.epoch,
                .reservations = block.head.reservations,
                .records = {},
                .writes = {},
                .state = block.head.state};
    std::map<PublicKey, AccountPointer> writes;
    TRY(const auto transactions, read_transactions(block));
    std::size_t first = 0;
    const auto execute_next = [&](std::size_t count) {
        const auto some = std::span(transactions).subspan(first, count);
        return execute_entry(block, some, std::exchange(first, first + count), entry, writes);
    };
    for (const EntryNote& told : block.entries) TRY_OK(execute_next(told.transactions));
    if (block.entries.empty()) TRY_OK(execute_next(transactions.size()));
    if (const Blockhash hash = hashes_.hash_of_open(block.head.slot); hash != block.head.hash) {
        return fail(Errc::BadValue, fmt::format("its hash is {}, the file says {}", hash.to_string(),
                                                block.head.hash.to_string()));
    }
    entry.writes.assign(writes.begin(), writes.end());
    TRY_OK(store_->commit(entry));
    accounts_.forget_before(accounts_.newest());
    newest_ = block.head;
    return {};
}

Result<std::vector<ledger::Transaction>> Replay::read_transactions(const Block& block) const {
    std::vector<ledger::Transaction> transactions;
    for (const BlockTransaction& told : block.transactions) {
        TRY(auto transaction, ledger::decode_transaction(told.bytes));
        if (!hashes_.is_recent(transaction.message.recent_blockhash, block.head.slot)) {
            return fail(Errc::BadValue, fmt::format("transaction {}: its blockhash is not a recent one",
                                                    transaction.id().to_string()));
        }
        transactions.push_back(std::move(transaction));
    }
    // The most expensive part of a replay, and no signature waits for another.
    std::vector<Result<>> verified(transactions.size());
    workers_->run(transactions.size(),
                  [&](std::size_t at) { verified[at] = ledger::verify(transactions[at]); });
    for (std::size_t i = 0; i < verified.size(); ++i) {
        if (!verified[i])
            return wrap(verified[i].error(), fmt::format("transaction {}", transactions[i].id().to_string()));
    }
    return transactions;
}

Result<> Replay::execute_entry(const Block& block, std::span<const ledger::Transaction> transactions,
                               std::size_t first, Entry& entry, std::map<PublicKey, AccountPointer>& writes) {
    const auto told = std::span(block.transactions).subspan(first, transactions.size());
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < transactions.size(); ++i)
        candidates.push_back({&transactions[i], {block.head.slot, block.head.epoch, told[i].unix_time}});
    auto result =
        runner_.run(candidates, [this](const PublicKey& key) { return accounts_.find(key); }, deployment_);
    if (const auto* const invalid = std::get_if<reservations::BlockInvalid>(&result))
        return fail(Errc::BadValue, invalid->text());
    if (const auto* const broken = std::get_if<reservations::NodeError>(&result)) {
        return fail(Errc::Internal,
                    fmt::format("this node cannot tell whether the block is good: {}", broken->text()));
    }
    auto& outcome = std::get<EntryOutcome>(result);
    const bool reserved = outcome.note && outcome.note->outcome == kReserved;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        Execution& execution = outcome.executions[i];
        const ledger::Transaction& transaction = transactions[i];
        if (const auto same = compare(execution, told[i], reserved); !same)
            return wrap(same.error(), fmt::format("transaction {}", transaction.id().to_string()));
        accounts_.apply(execution.writes);
        hashes_.record(block.head.slot, transaction.id(), !execution.error);
        for (auto& [key, state] : execution.writes) writes[key] = std::move(state);
        entry.records.push_back(
            record_of(transaction, std::move(execution), told[i].bytes, block.head.slot, told[i].unix_time));
    }
    if (outcome.note) entry.notes.push_back(*std::move(outcome.note));
    return {};
}

}  // namespace dz::devnet
