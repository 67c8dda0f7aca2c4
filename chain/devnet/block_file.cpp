#include "chain/devnet/block_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "ledger/transaction.hpp"

namespace dz::devnet {

using json::Value;
using ledger::Blockhash;
using ledger::PublicKey;

namespace {

constexpr std::string_view kFormat = "doublezero-blocks";
/// Of the file as a whole, and of what a block's head says about how to execute it.
constexpr std::uint64_t kFileVersion = 1;
constexpr std::uint64_t kHeadVersion = 1;
/// Also tells which transactions were executed together, with fees by what was used.
constexpr std::uint64_t kHeadWithEntries = 2;

std::string_view name_of(ledger::Dialect reservations) {
    return std::ranges::find(kReservationForms, reservations, &ReservationForm::second)->first;
}

Result<ledger::Dialect> reservations_of(std::string_view name) {
    const auto* const found = std::ranges::find(kReservationForms, name, &ReservationForm::first);
    if (found == kReservationForms.end())
        return fail(Errc::BadValue, fmt::format("reservations: \"{}\" is none of off, r1, r2", name));
    return found->second;
}

template <class Key>
Result<Key> key_at(const Value& object, std::string_view name) {
    TRY(const std::string text, json::string(object, name));
    auto key = Key::parse(text);
    if (!key) return wrap(key.error(), name);
    return key;
}

/// Slots and times count far less than what fits a signed number.
Result<std::uint64_t> slot_at(const Value& object, std::string_view name) {
    TRY(const std::uint64_t slot, json::natural(object, name));
    if (slot > std::uint64_t{1} << 62) return fail(Errc::BadValue, fmt::format("{}: too large", name));
    return slot;
}

/// Errors: Unsupported when it is later than `newest`.
Result<std::uint64_t> read_version(const Value& object, std::uint64_t newest, std::string_view what) {
    TRY(const std::uint64_t version, json::natural(object, "version"));
    if (version >= 1 && version <= newest) return version;
    return fail(Errc::Unsupported,
                fmt::format("{} of version {}; this program reads version {}", what, version, newest));
}

json::Ordered outcome(const BlockTransaction& transaction) {
    const json::Ordered error =
        transaction.error ? ledger::to_json(*transaction.error) : json::Ordered(nullptr);
    return {{"time", transaction.unix_time},
            {"fee", transaction.fee},
            {"units", transaction.units},
            {"error", error}};
}

json::Ordered head_of(const Block& block) {
    json::Ordered head = to_json(block.head);
    if (!block.entries.empty()) head["version"] = kHeadWithEntries;
    head["parent_slot"] = block.parent_slot;
    head["parent_hash"] = block.parent_hash.to_string();
    return head;
}

std::string line_of(const json::Ordered& object) {
    return json::dump(object) + "\n";
}

Result<BlockHead> read_head(const Value& object) {
    BlockHead head;
    TRY(head.slot, slot_at(object, "slot"));
    TRY(head.unix_time, json::integer(object, "time"));
    TRY(head.hash, key_at<Blockhash>(object, "hash"));
    TRY(head.epoch, json::natural(object, "epoch"));
    TRY(const std::string reservations, json::string(object, "reservations"));
    TRY(head.reservations, reservations_of(reservations));
    TRY(head.state, key_at<Blockhash>(object, "state"));
    return head;
}

/// How many transactions each entry has; they are as many as the block has, or the block is refused.
Result<std::vector<EntryNote>> read_entries(const Value& object, std::size_t transactions) {
    TRY(const Value* const list, json::array(object, "entries"));
    std::vector<EntryNote> entries;
    std::size_t left = transactions;
    for (const Value& one : *list) {
        if (!one.is_number_unsigned()) return fail(Errc::BadValue, "entries: not a list of numbers");
        const auto count = one.get<std::uint64_t>();
        if (count == 0 || count > left) break;
        left -= count;
        entries.emplace_back().transactions = count;
    }
    if (left == 0 && entries.size() == list->size()) return entries;
    return fail(Errc::BadValue, fmt::format("entries: they do not sum up to {} transactions", transactions));
}

Result<FeeRules> read_fee_rules(const Value& object) {
    FeeRules rules;
    if (object.contains("from")) {
        TRY(rules.reserve_from, slot_at(object, "from"));
    }
    TRY(const std::string name, json::string(object, "effect"));
    const auto effect = parse_effect(name);
    if (!effect) return fail(Errc::BadValue, fmt::format("effect: \"{}\" is neither shadow nor apply", name));
    rules.effect = *effect;
    if (!rules.known()) return fail(Errc::BadValue, "fee_reservations: neither a slot nor an effect");
    return rules;
}

Result<SlotAnchor> read_anchor(const Value& object) {
    SlotAnchor anchor;
    TRY(anchor.slot, slot_at(object, "slot"));
    TRY(anchor.unix_ms, json::integer(object, "unix_ms"));
    TRY(anchor.slot_ms, json::integer(object, "slot_ms"));
    if (anchor.slot_ms <= 0) return fail(Errc::BadValue, "slot_ms: not positive");
    return anchor;
}

}  // namespace

json::Ordered to_json(const BlockHead& head) {
    return {
        {"version", kHeadVersion},        {"slot", head.slot},   {"time", head.unix_time},
        {"hash", head.hash.to_string()},  {"epoch", head.epoch}, {"reservations", name_of(head.reservations)},
        {"state", head.state.to_string()}};
}

json::Ordered to_json(const Block& block) {
    json::Ordered shown = head_of(block);
    auto transactions = json::Ordered::array();
    for (const BlockTransaction& transaction : block.transactions) {
        json::Ordered one;
        if (const auto decoded = ledger::decode_transaction(transaction.bytes))
            one["signature"] = decoded->id().to_string();
        one.update(outcome(transaction));
        transactions.push_back(std::move(one));
    }
    shown["transactions"] = std::move(transactions);
    if (block.entries.empty()) return shown;
    auto entries = json::Ordered::array();
    for (const EntryNote& entry : block.entries) {
        entries.push_back({{"transactions", entry.transactions},
                           {"mode", to_string(entry.mode)},
                           {"outcome", entry.outcome},
                           {"payers", entry.payers},
                           {"total", dz::to_string(entry.total)}});
    }
    shown["entries"] = std::move(entries);
    return shown;
}

std::string write_header(const BlockFileHeader& header) {
    json::Ordered line = {{"format", kFormat},
                          {"version", kFileVersion},
                          {"program", header.program.to_string()},
                          {"genesis", header.genesis.to_string()},
                          {"genesis_time", header.genesis_time},
                          {"genesis_state", header.genesis_state.to_string()},
                          {"anchor",
                           {{"slot", header.anchor.slot},
                            {"unix_ms", header.anchor.unix_ms},
                            {"slot_ms", header.anchor.slot_ms}}}};
    if (header.slots_per_epoch) line["slots_per_epoch"] = *header.slots_per_epoch;
    if (header.fees.known()) {
        json::Ordered rules = json::Ordered::object();
        if (header.fees.reserve_from) rules["from"] = *header.fees.reserve_from;
        rules["effect"] = name_of(header.fees.effect);
        line["fee_reservations"] = std::move(rules);
    }
    return line_of(line);
}

std::string write_block(const Block& block) {
    json::Ordered head = head_of(block);
    head["transactions"] = block.transactions.size();
    if (!block.entries.empty()) {
        auto entries = json::Ordered::array();
        for (const EntryNote& entry : block.entries) entries.push_back(entry.transactions);
        head["entries"] = std::move(entries);
    }
    std::string text = line_of({{"block", std::move(head)}});
    for (const BlockTransaction& transaction : block.transactions) {
        json::Ordered line = {{"transaction", to_base64(transaction.bytes)}};
        line.update(outcome(transaction));
        text += line_of(line);
    }
    return text;
}

std::string write_end(const BlockFileEnd& end) {
    return line_of({{"end", {{"blocks", end.blocks}, {"transactions", end.transactions}}}});
}

Result<std::optional<BlockFileReader::Part>> BlockFileReader::feed(std::string_view line) {
    ++lines_;
    auto part = read(line);
    if (!part) return wrap(part.error(), fmt::format("line {}", lines_));
    return part;
}

Result<std::optional<BlockFileReader::Part>> BlockFileReader::read(std::string_view line) {
    if (line.size() > kMaxBlockFileLine)
        return fail(Errc::LimitExceeded, fmt::format("more than {} bytes", kMaxBlockFileLine));
    TRY(const Value object, json::parse(line, 8));
    switch (expected_) {
        case Expected::Header:
            return begin(object);
        case Expected::Transaction:
            return add_transaction(object);
        case Expected::Block:
            return object.contains("end") ? end(object) : begin_block(object);
        case Expected::Nothing:
            break;
    }
    return fail(Errc::BadValue, "something follows the end");
}

Result<std::optional<BlockFileReader::Part>> BlockFileReader::begin(const Value& object) {
    TRY(const std::string format, json::string_or(object, "format", ""));
    if (format != kFormat) return fail(Errc::BadValue, "this is no file of blocks");
    TRY_OK(read_version(object, kFileVersion, "a file"));
    BlockFileHeader header;
    TRY(header.program, key_at<PublicKey>(object, "program"));
    TRY(header.genesis, key_at<Blockhash>(object, "genesis"));
    TRY(header.genesis_time, json::integer(object, "genesis_time"));
    TRY(header.genesis_state, key_at<Blockhash>(object, "genesis_state"));
    TRY(const Value* const anchor, json::object(object, "anchor"));
    TRY(header.anchor, read_anchor(*anchor));
    if (object.contains("slots_per_epoch")) {
        TRY(header.slots_per_epoch, slot_at(object, "slots_per_epoch"));
        if (header.slots_per_epoch == 0U) return fail(Errc::BadValue, "slots_per_epoch: not positive");
    }
    if (object.contains("fee_reservations")) {
        TRY(const Value* const rules, json::object(object, "fee_reservations"));
        TRY(header.fees, read_fee_rules(*rules));
    }
    expected_ = Expected::Block;
    return header;
}

Result<std::optional<BlockFileReader::Part>> BlockFileReader::begin_block(const Value& object) {
    TRY(const Value* const head, json::object(object, "block"));
    block_ = {};
    TRY(const std::uint64_t version, read_version(*head, kHeadWithEntries, "a block"));
    TRY(block_.head, read_head(*head));
    TRY(block_.parent_slot, slot_at(*head, "parent_slot"));
    TRY(block_.parent_hash, key_at<Blockhash>(*head, "parent_hash"));
    if (block_.parent_slot >= block_.head.slot)
        return fail(Errc::BadValue, fmt::format("slot {} does not follow its parent, slot {}",
                                                block_.head.slot, block_.parent_slot));
    TRY(missing_, json::natural(*head, "transactions"));
    if (missing_ == 0) return fail(Errc::BadValue, "a block without transactions");
    if (missing_ > kMaxBlockTransactions)
        return fail(Errc::LimitExceeded, fmt::format("more than {} transactions", kMaxBlockTransactions));
    if (version == kHeadWithEntries) {
        TRY(block_.entries, read_entries(*head, missing_));
    }
    expected_ = Expected::Transaction;
    return std::nullopt;
}

Result<std::optional<BlockFileReader::Part>> BlockFileReader::add_transaction(const Value& object) {
    TRY(const std::string base64, json::string(object, "transaction"));
    BlockTransaction transaction;
    TRY(transaction.bytes, from_base64(base64));
    if (transaction.bytes.size() > ledger::kMaxTransactionBytes)
        return fail(Errc::LimitExceeded, fmt::format("a transaction of {} bytes", transaction.bytes.size()));
    TRY(transaction.unix_time, json::integer(object, "time"));
    TRY(transaction.fee, json::natural(object, "fee"));
    TRY(transaction.units, json::natural(object, "units"));
    TRY(const Value* const error, json::at(object, "error"));
    if (!error->is_null()) {
        TRY(transaction.error, ledger::parse_transaction_error(*error));
    }
    block_.transactions.push_back(std::move(transaction));
    if (block_.transactions.size() < missing_) return std::nullopt;
    return take_block();
}

BlockFileReader::Part BlockFileReader::take_block() {
    expected_ = Expected::Block;
    ++seen_.blocks;
    seen_.transactions += block_.transactions.size();
    return std::exchange(block_, {});
}

Result<std::optional<BlockFileReader::Part>> BlockFileReader::end(const Value& object) {
    TRY(const Value* const end, json::object(object, "end"));
    BlockFileEnd told;
    TRY(told.blocks, json::natural(*end, "blocks"));
    TRY(told.transactions, json::natural(*end, "transactions"));
    if (told != seen_) {
        return fail(Errc::BadValue,
                    fmt::format("the end tells of {} blocks with {} transactions, there were "
                                "{} with {}",
                                told.blocks, told.transactions, seen_.blocks, seen_.transactions));
    }
    expected_ = Expected::Nothing;
    return told;
}

Result<> BlockFileReader::finish() const {
    if (expected_ == Expected::Nothing) return {};
    return fail(Errc::Truncated, fmt::format("it ends after line {}, in the middle: write it again", lines_));
}

}  // namespace dz::devnet
