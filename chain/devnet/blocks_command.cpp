#include "chain/devnet/blocks_command.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "chain/devnet/block_file.hpp"
#include "chain/devnet/replay.hpp"
#include "chain/devnet/store.hpp"
#include "ledger/transaction.hpp"

namespace dz::devnet {

namespace {

/// Opening makes what is not there, which is wrong for whoever only looks.
Result<std::unique_ptr<Store>> open_existing(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (!std::filesystem::exists(directory / "ledger.db", ignored)) {
        return fail(Errc::NotFound, fmt::format("there is no ledger in {}: name its directory with --ledger",
                                                directory.string()));
    }
    return Store::open(directory);
}

/// One line without its newline, of which at most a bit more than the limit is read. False: the end.
Result<bool> next_line(std::istream& in, std::string& line) {
    line.clear();
    for (auto* buffer = in.rdbuf();;) {
        const int letter = buffer->sbumpc();
        if (letter == std::char_traits<char>::eof()) return !line.empty();
        if (letter == '\n') return true;
        line += static_cast<char>(letter);
        if (line.size() > kMaxBlockFileLine) return true;
    }
}

Result<> write_blocks(Store& store, const BlocksOptions& options, std::ostream& out, BlockFileEnd& end) {
    TRY(const BlockFileHeader header, file_header(store));
    // A ledger that is not what its entries made of it would only be found out by the one who imports.
    TRY_OK(store.check_state());
    out << write_header(header);
    std::uint64_t last = options.from == 0 ? 0 : options.from - 1;
    for (;;) {
        TRY(const auto block, store.block_after(last));
        if (!block || block->head.slot > options.to) break;
        out << write_block(*block);
        last = block->head.slot;
        ++end.blocks;
        end.transactions += block->transactions.size();
    }
    out << write_end(end) << std::flush;
    if (!out) return fail(Errc::Io, "cannot write: is the disk full?");
    return {};
}

Result<> export_blocks(const BlocksOptions& options, std::ostream& out, std::ostream& err) {
    TRY(const auto store, open_existing(options.ledger));
    BlockFileEnd end;
    if (options.file == "-") {
        TRY_OK(write_blocks(*store, options, out, end));
    } else {
        // A half-written file never has the name that was asked for.
        const std::string temporary = options.file + ".tmp";
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        if (!file) return fail_errno(errno, "write " + temporary);
        if (const auto written = write_blocks(*store, options, file, end); !written)
            return wrap(written.error(), temporary);
        file.close();
        std::error_code code;
        std::filesystem::rename(temporary, options.file, code);
        if (code) return fail_errno(code.value(), "write " + options.file);
    }
    err << fmt::format("exported {} blocks with {} transactions; state {}\n", end.blocks, end.transactions,
                       store->state().to_string());
    return {};
}

struct Imported {
    std::uint64_t blocks = 0;
    std::uint64_t known = 0;
};

Result<> read_blocks(Store& store, const BlocksOptions& options, std::istream& in, Imported& count) {
    Workers workers(options.threads);
    // What goes wrong is the result.
    const reservations::Journal silent(Log::none());
    BlockFileReader reader;
    std::optional<Replay> replay;
    std::string line;
    for (;;) {
        TRY(const bool more, next_line(in, line));
        if (!more) return reader.finish();
        TRY(const auto part, reader.feed(line));
        if (!part) continue;
        if (const auto* const header = std::get_if<BlockFileHeader>(&*part)) {
            TRY(auto opened, Replay::open(store, *header, {workers, silent, options.features}));
            replay.emplace(std::move(opened));
        } else if (const auto* const block = std::get_if<Block>(&*part)) {
            // The reader gives the header first.
            if (!replay) return fail(Errc::Internal, "a block before the header");
            TRY(const bool is_new, replay->apply(*block));
            ++(is_new ? count.blocks : count.known);
        }
    }
}

Result<> import_blocks(const BlocksOptions& options, std::istream& in, std::ostream& err) {
    std::ifstream file;
    if (options.file != "-") {
        file.open(options.file, std::ios::binary);
        if (!file) return fail_errno(errno, "read " + options.file);
    }
    TRY(const auto store, Store::open(options.ledger));
    Imported count;
    const auto read = read_blocks(*store, options, options.file == "-" ? in : file, count);
    err << fmt::format("imported {} blocks, {} were there already; state {}\n", count.blocks, count.known,
                       store->state().to_string());
    if (!read) return wrap(read.error(), options.file == "-" ? "standard input" : options.file);
    return {};
}

std::string time_text(std::int64_t unix_time) {
    // Beyond these years a damaged number would make the library throw.
    constexpr std::int64_t kYear9999 = 253'402'300'799;
    if (unix_time < 0 || unix_time > kYear9999) return std::to_string(unix_time);
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(unix_time)));
}

Result<> list_blocks(const BlocksOptions& options, std::ostream& out) {
    TRY(const auto store, open_existing(options.ledger));
    TRY(const auto heads, store->heads(options.from, options.to));
    if (options.json) {
        auto list = json::Ordered::array();
        for (const auto& [head, transactions] : heads) {
            list.push_back(to_json(head));
            list.back()["transactions"] = transactions;
        }
        out << json::dump_pretty(list) << '\n';
        return {};
    }
    out << fmt::format("{:>10}  {:<19}  {:>12}  {:<44}  {}\n", "slot", "time (UTC)", "transactions", "hash",
                       "state");
    for (const auto& [head, transactions] : heads) {
        out << fmt::format("{:>10}  {:<19}  {:>12}  {:<44}  {}\n", head.slot, time_text(head.unix_time),
                           transactions, head.hash.to_string(), head.state.to_string());
    }
    return {};
}

Result<> show_block(const BlocksOptions& options, std::ostream& out) {
    TRY(const auto store, open_existing(options.ledger));
    TRY(const auto block,
        options.slot == 0 ? Result<std::optional<Block>>{} : store->block_after(options.slot - 1));
    if (!block || block->head.slot != options.slot) {
        return fail(Errc::NotFound,
                    fmt::format("slot {} has no transactions, so it has no block; `blocks list` "
                                "tells which have",
                                options.slot));
    }
    if (options.json) {
        out << json::dump_pretty(to_json(*block)) << '\n';
        return {};
    }
    const BlockHead& head = block->head;
    out << fmt::format(
        "slot    {}\ntime    {} UTC\nepoch   {}\nhash    {}\nparent  {} (slot {})\nstate   {}\n\n", head.slot,
        time_text(head.unix_time), head.epoch, head.hash.to_string(), block->parent_hash.to_string(),
        block->parent_slot, head.state.to_string());
    if (!block->entries.empty()) {
        out << fmt::format("{:>12}  {:<6}  {:>8}  {:>20}  {}\n", "transactions", "mode", "payers",
                           "reserved at most", "reservations");
        for (const EntryNote& entry : block->entries) {
            out << fmt::format("{:>12}  {:<6}  {:>8}  {:>20}  {}\n", entry.transactions,
                               to_string(entry.mode), entry.payers, dz::to_string(entry.total),
                               entry.outcome);
        }
        out << '\n';
    }
    out << fmt::format("{:<88}  {:>8}  {:>8}  {}\n", "transaction", "fee", "units", "outcome");
    for (const BlockTransaction& transaction : block->transactions) {
        const auto decoded = ledger::decode_transaction(transaction.bytes);
        out << fmt::format("{:<88}  {:>8}  {:>8}  {}\n", decoded ? decoded->id().to_string() : "damaged",
                           transaction.fee, transaction.units,
                           transaction.error ? describe(*transaction.error) : "ok");
    }
    return {};
}

}  // namespace

Result<> run_blocks(const BlocksOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
    switch (options.word) {
        case BlocksOptions::Word::Export:
            return export_blocks(options, out, err);
        case BlocksOptions::Word::Import:
            return import_blocks(options, in, err);
        case BlocksOptions::Word::List:
            return list_blocks(options, out);
        case BlocksOptions::Word::Show:
            break;
    }
    return show_block(options, out);
}

}  // namespace dz::devnet
