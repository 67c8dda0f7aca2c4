#include "chain/devnet/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "base/version.hpp"
#include "ledger/environment.hpp"

namespace dz::devnet {

namespace {

const std::map<std::string, ledger::Dialect> kReservations(kReservationForms.begin(),
                                                           kReservationForms.end());

std::unexpected<Exit> usage_error(const std::string& text) {
    return std::unexpected(Exit{2, fmt::format("{}\nTry: doublezero-devnet --help\n", text)});
}

bool is_of_this_machine(const std::string& bind) {
    const std::string host = bind.substr(0, bind.rfind(':'));
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

/// Whether reservations are tried before the ledger demands them.
enum class Attempt { Off, On, Strict };

/// What CLI11 fills; the rest of `Options` follows from it.
struct Raw {
    std::string program;
    BlocksOptions blocks;
    std::string directory = "devnet-ledger";
    std::int64_t slot_ms = 400;
    ledger::Dialect reservations = ledger::Dialect::Seats;
    std::string seed;
    bool verbose = false;
    std::optional<Attempt> attempt;
    std::optional<std::uint64_t> reserve_from;
    std::optional<reservations::Effect> effect;
};

/// What an operator may choose of fee reservations; the environment's choice without an option.
const std::map<std::string, Attempt> kAttempts = {
    {"off", Attempt::Off}, {"on", Attempt::On}, {"strict", Attempt::Strict}};
const std::map<std::string, reservations::Effect> kEffects = {{"shadow", reservations::Effect::Shadow},
                                                              {"apply", reservations::Effect::Apply}};

void describe_fees(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("--fee-reservations", raw.attempt,
                   "reserve the fees of a block before the ledger demands it: off, on or strict "
                   "[LEDGER_ENABLE_BLOCK_RESERVATIONS, ..._STRICT]")
        ->transform(CLI::CheckedTransformer(kAttempts, CLI::ignore_case).description(""))
        ->type_name("WHEN");
    app.add_option("--fee-reservations-from", raw.reserve_from,
                   "of a new ledger: the first slot that demands it [none]")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 62))
        ->type_name("SLOT");
    app.add_option(
           "--fee-reservations-effect", raw.effect,
           "of a new ledger: before that slot a trial of reservations is a shadow, or applies [shadow]")
        ->transform(CLI::CheckedTransformer(kEffects, CLI::ignore_case).description(""))
        ->type_name("HOW");
    app.add_flag("--fee-prepack", options.ledger.prepack,
                 "choose only transactions whose payers can cover them all");
    app.add_option("--threads", options.ledger.threads, "threads that execute transactions")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
}

void describe(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("--rpc-bind", options.rpc_bind,
                   "address of the JSON-RPC server, whose next port is for WebSocket; port 0: any free ones")
        ->type_name("HOST:PORT")
        ->capture_default_str();
    app.add_flag("--allow-remote", options.allow_remote,
                 "let other machines reach the node: whoever does may empty its faucet");
    app.add_option("--ledger", raw.directory, "directory that the ledger is kept in")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_flag("--reset", options.reset, "forget what the ledger holds and begin anew");
    app.add_option("--slot-ms", raw.slot_ms, "length of a slot in milliseconds")
        ->check(CLI::Range(10, 60'000))
        ->capture_default_str();
    app.add_option("--slots-per-epoch", options.ledger.slots_per_epoch, "length of an epoch in slots")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
        ->capture_default_str();
    app.add_option("--confirm-after", options.ledger.confirm_after,
                   "slots from execution to confirmed; 0: confirmed as soon as on disk")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    app.add_option("--finalize-after", options.ledger.finalize_after, "slots from confirmed to finalized")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    app.add_option("--program-id", raw.program, "address of the serviceability program [that of \"local\"]")
        ->type_name("KEY");
    app.add_option("--reservations", raw.reservations, "form of seat reservations: off, r1 or r2 [r1]")
        ->transform(CLI::CheckedTransformer(kReservations, CLI::ignore_case).description(""))
        ->type_name("FORM");
    auto* const seed = app.add_option("--seed", raw.seed, "create a network at start: demo")
                           ->check(CLI::IsMember({"demo"}))
                           ->type_name("NAME");
    auto* const keys =
        app.add_option("--keys", options.keys, "directory of the network's keys, made when missing")
            ->type_name("DIR");
    seed->needs(keys);
    keys->needs(seed);
    app.add_flag("-v,--verbose", raw.verbose, "log debug messages");
    app.set_version_flag("--version", fmt::format("doublezero-devnet {}", version_with_commit()));
}

/// The words of `blocks`; options of the program itself, as --ledger, may follow them.
void describe_blocks(CLI::App& app, Raw& raw) {
    using Word = BlocksOptions::Word;
    CLI::App* const blocks = app.add_subcommand("blocks", "a ledger's blocks, while no node runs on it");
    blocks->require_subcommand(1)->fallthrough()->footer("--ledger DIR names the ledger, as for the node.");
    const auto add = [&](const char* name, Word word, const char* text) {
        CLI::App* const made = blocks->add_subcommand(name, text)->fallthrough();
        made->callback([&raw, word] { raw.blocks.word = word; });
        return made;
    };
    BlocksOptions& chosen = raw.blocks;
    const auto add_range = [&](CLI::App* word) {
        word->add_option("--from", chosen.from, "first slot")->type_name("SLOT");
        word->add_option("--to", chosen.to, "last slot")->type_name("SLOT");
    };
    CLI::App* const out = add("export", Word::Export, "write blocks to a file");
    out->add_option("file", chosen.file, "where to; -: standard output")->required()->type_name("FILE|-");
    add_range(out);
    CLI::App* const in = add("import", Word::Import, "execute the blocks of a file, made anew where missing");
    in->add_option("file", chosen.file, "where from; -: standard input")->required()->type_name("FILE|-");
    CLI::App* const list = add("list", Word::List, "which slots have blocks");
    add_range(list);
    list->add_flag("--json", chosen.json, "for programs");
    CLI::App* const show = add("show", Word::Show, "one block and its transactions");
    show->add_option("slot", chosen.slot, "the block's slot")->required()->type_name("SLOT");
    show->add_flag("--json", chosen.json, "for programs");
}

}  // namespace

std::expected<Options, Exit> parse_options(std::vector<std::string> arguments) {
    CLI::App app("A DoubleZero ledger in one process: the serviceability program behind Solana's JSON-RPC.",
                 "doublezero-devnet");
    Options options;
    Raw raw;
    describe(app, options, raw);
    describe_fees(app, options, raw);
    describe_blocks(app, raw);
    try {
        std::ranges::reverse(arguments);  // CLI11 takes them from the back
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const int status = app.exit(error, out, err) == 0 ? 0 : 2;
        return std::unexpected(Exit{status, status == 0 ? out.str() : err.str()});
    }
    options.ledger.directory = raw.directory;
    options.ledger.features = reservations::Features::from_environment();
    if (raw.attempt)
        options.ledger.features = {*raw.attempt != Attempt::Off, *raw.attempt == Attempt::Strict};
    if (app.got_subcommand("blocks")) {
        options.blocks = raw.blocks;
        options.blocks->ledger = raw.directory;
        options.blocks->features = options.ledger.features;
        options.blocks->threads = options.ledger.threads;
    }
    if (raw.reserve_from || raw.effect) {
        options.ledger.fees = FeeRules{raw.reserve_from, raw.effect.value_or(reservations::Effect::Shadow)};
    }
    options.ledger.slot = std::chrono::milliseconds(raw.slot_ms);
    options.ledger.reservations = raw.reservations;
    options.seed_demo = raw.seed == "demo";
    if (raw.verbose) options.log_level = LogLevel::Debug;
    options.ledger.trace_fees = raw.verbose;
    if (!options.allow_remote && !is_of_this_machine(options.rpc_bind)) {
        return usage_error(
            fmt::format("--rpc-bind {}: other machines could reach the node, and whoever reaches it may "
                        "empty its faucet\n"
                        "Add --allow-remote if that is what you want, or bind to 127.0.0.1",
                        options.rpc_bind));
    }
    const auto local = ledger::find_environment("local");
    options.ledger.program = (*local)->serviceability;
    if (raw.program.empty()) return options;
    const auto program = ledger::PublicKey::parse(raw.program);
    if (!program) return usage_error("--program-id: " + program.error().text);
    options.ledger.program = *program;
    return options;
}

}  // namespace dz::devnet
