// inspection.cpp: account, log, accounts, export (cli.md 1.2).
#include "cli/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/files.hpp"
#include "cli/account_json.hpp"
#include "cli/failure.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::SignatureRecord;
using ledger::TransactionRecord;

/// One transaction of an account's history.
struct Step {
    SignatureRecord record;
    std::vector<std::string> log;
};

/// The last ones, oldest first; a server keeps and gives only so many.
Task<Result<std::vector<Step>>> history(ledger::PublicKey key, bool with_log, Context& context) {
    const auto records = co_await context.rpc.signatures_for_address(key, {});
    if (!records) co_return ledger_failure(context, "cannot read the account's history", records.error());
    std::vector<Step> steps;
    steps.reserve(records->size());
    for (const SignatureRecord& record : *records) {
        steps.push_back({record, {}});
        if (!with_log) continue;
        const auto found = co_await context.rpc.transaction(record.signature, ledger::Commitment::Confirmed);
        if (!found) co_return ledger_failure(context, "cannot read a transaction", found.error());
        if (*found) steps.back().log = (*found)->log_messages;
    }
    std::ranges::reverse(steps);
    co_return steps;
}

json::Ordered to_json(const Step& step, bool with_log) {
    json::Ordered object{{"signature", step.record.signature.to_string()},
                         {"slot", step.record.slot.value},
                         {"block_time", nullptr},
                         {"succeeded", !step.record.error.has_value()}};
    if (step.record.block_time) object["block_time"] = *step.record.block_time;
    if (with_log) object["log"] = step.log;
    return object;
}

json::Ordered to_json(const std::vector<Step>& steps, bool with_log) {
    json::Ordered array = json::Ordered::array();
    for (const Step& step : steps) array.push_back(to_json(step, with_log));
    return array;
}

void print(const Step& step, std::ostream& out) {
    out << fmt::format(
        "{} slot {} {} {}\n", step.record.block_time ? utc_text(*step.record.block_time) : std::string("-"),
        step.record.slot.value, step.record.error ? "failed" : "ok", step.record.signature.to_string());
    for (const std::string& line : step.log) out << "    " << line << "\n";
}

/// An account of this program with its decoded fields, or what is known of another's.
json::Ordered body_of(const ledger::AccountInfo& info, const ledger::PublicKey& program) {
    if (info.owner != program) return {{"owner", info.owner.to_string()}, {"bytes", info.data.size()}};
    const auto account = ledger::decode_account(info.data);
    if (account) return account_json(*account);
    return {{"error", account.error().text}, {"bytes", info.data.size()}};
}

std::string type_of(const ledger::AccountInfo& info, const ledger::PublicKey& program) {
    if (info.owner != program) return "not of this program";
    return std::string(ledger::to_name(ledger::account_type(info.data)));
}

struct Inspect {
    ledger::PublicKey key;
    bool logs = false;
};

Task<Result<>> account(Inspect options, OutputStyle style, Context& context, std::ostream& out) {
    const auto answer = co_await context.rpc.account(options.key, ledger::Commitment::Confirmed);
    if (!answer) co_return ledger_failure(context, "cannot read the account", answer.error());
    CO_TRY(const auto steps, co_await history(options.key, options.logs, context));
    if (!answer->value && steps.empty())
        co_return failure(fmt::format("account not found: {}", options.key.to_string()),
                          "there is none, and no transaction names it",
                          "check the address, and the ledger: doublezero config get", Errc::NotFound);
    json::Ordered object{{"pubkey", options.key.to_string()}, {"account_type", nullptr}};
    json::Ordered body;
    if (answer->value) {
        const auto& info = *answer->value;
        object["account_type"] = type_of(info, context.settings.program);
        object["lamports"] = info.lamports.value;
        body = body_of(info, context.settings.program);
    }
    if (style.machine_readable()) {
        object["account"] = body;
        object["transactions"] = to_json(steps, options.logs);
        print_json(out, object, style);
        co_return Result<>{};
    }
    std::vector<std::pair<std::string, std::string>> lines;
    const auto add = [&lines](const json::Ordered& fields) {
        for (const auto& [name, value] : fields.items())
            lines.emplace_back(name, value.is_string() ? value.get<std::string>() : json::dump(value));
    };
    add(object);
    add(body);
    if (!answer->value) lines.back().second = "none: it was closed";
    print_details(out, lines);
    out << "\nTransactions, oldest first:\n";
    for (const Step& step : steps) print(step, out);
    co_return Result<>{};
}

struct LogOf {
    ledger::PublicKey key;
};

Task<Result<>> log(LogOf named, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const auto steps, co_await history(named.key, true, context));
    if (style.machine_readable()) {
        print_json(out, to_json(steps, true), style);
        co_return Result<>{};
    }
    for (const Step& step : steps) print(step, out);
    if (steps.empty()) context.err << "Note: no transaction names " << named.key.to_string() << "\n";
    co_return Result<>{};
}

struct Dump {
    std::optional<ledger::AccountType> type;
    bool no_output = false;
};

/// Every account of the program, or of one kind.
Task<Result<>> accounts(Dump options, OutputStyle style, Context& context, std::ostream& out) {
    ledger::Filters filters;
    if (options.type) filters.memcmp = {{.offset = 0, .bytes = {static_cast<std::uint8_t>(*options.type)}}};
    auto answer = co_await context.rpc.program_accounts(context.settings.program, filters,
                                                        ledger::Commitment::Confirmed);
    if (!answer) co_return ledger_failure(context, "cannot read the ledger", answer.error());
    std::ranges::sort(answer->value, {}, &ledger::KeyedAccount::key);
    json::Ordered array = json::Ordered::array();
    std::size_t damaged = 0;
    for (const auto& [key, info] : answer->value) {
        const json::Ordered body = body_of(info, context.settings.program);
        if (body.contains("error")) ++damaged;
        array.push_back({{"pubkey", key.to_string()},
                         {"account_type", type_of(info, context.settings.program)},
                         {"account", body}});
    }
    if (damaged > 0)
        context.err << "Note: " << damaged << " accounts are damaged or of a kind this build does not know\n";
    if (options.no_output) {
        context.err << answer->value.size() << " accounts\n";
        co_return Result<>{};
    }
    style.json = !style.json_compact;
    print_json(out, {{"env", context.settings.network}, {"accounts", array}}, style);
    co_return Result<>{};
}

struct Export {
    std::string directory;
};

/// A device with what hangs on it: its links and its users. JSON, which every reader of YAML takes.
json::Ordered device_file(const ledger::Entry<ledger::Device>& device, const ledger::Snapshot& all) {
    json::Ordered file{{"pubkey", device.key.to_string()}};
    file.update(account_json(ledger::Account(device.value)));
    file["contributor"] = code_of(all.contributors(), device.value.contributor_pk);
    file["location"] = code_of(all.locations(), device.value.location_pk);
    file["exchange"] = code_of(all.exchanges(), device.value.exchange_pk);
    const auto add = [&file](std::string_view name, const auto& entry) {
        json::Ordered one{{"pubkey", entry.key.to_string()}};
        one.update(account_json(ledger::Account(entry.value)));
        file[std::string(name)].push_back(std::move(one));
    };
    file["links"] = json::Ordered::array();
    for (const auto& link : all.links()) {
        if (link.value.side_a_pk == device.key || link.value.side_z_pk == device.key) add("links", link);
    }
    file["users"] = json::Ordered::array();
    for (const auto& user : all.users()) {
        if (user.value.device_pk == device.key) add("users", user);
    }
    return file;
}

/// A code that is no more than the name of a file: the ledger is not ours to trust.
bool names_a_file(std::string_view code) {
    return parse_code(code).has_value() && !code.starts_with('-');
}

Task<Result<>> export_devices(Export options, OutputStyle style, Context& context, std::ostream& out) {
    using enum ledger::AccountType;
    CO_TRY(const Catalogue all,
           co_await read_kinds(context, {Device, Link, User, Contributor, Location, Exchange}));
    const std::filesystem::path directory(options.directory);
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed)
        co_return failure(fmt::format("cannot make the directory {}", directory.string()), failed.message(),
                          "name another with --path", Errc::Io);
    json::Ordered paths = json::Ordered::array();
    for (const auto& device : all->devices()) {
        if (!names_a_file(device.value.code)) {
            context.err << "Note: device " << device.key.to_string() << " has no code for a file name\n";
            continue;
        }
        const auto path = directory / (device.value.code + ".yml");
        const auto done = files::write_atomic(path, json::dump_pretty(device_file(device, *all)) + "\n");
        if (!done)
            co_return failure(fmt::format("cannot write {}", path.string()), done.error(),
                              "name another directory with --path");
        paths.push_back(path.string());
        if (!style.machine_readable()) out << path.string() << "\n";
    }
    if (style.machine_readable()) print_json(out, paths, style);
    co_return Result<>{};
}

}  // namespace

void add_inspection(Group& root) {
    auto one = root.command<Inspect>("account", "Show any account and its history");
    one.need("--pubkey", one->key, "Address");
    one.flag("--logs", one->logs, "With the program's log of each transaction");
    one.reads(Output::One, account);
    auto lines =
        root.command<LogOf>("log", "Show the program's log of all transactions that name an account");
    lines.need("--pubkey", lines->key, "Address");
    lines.reads(Output::List, log);
    auto files = root.command<Export>("export", "Write one file for each device: DIR/CODE.yml");
    files.need("--path", files->directory, "Directory, made where it is missing");
    files.reads(Output::One, export_devices);
    auto dump = root.command<Dump>("accounts", "Print every account of the program as JSON");
    dump.take("--account-type", dump->type, "Of this kind");
    dump.flag("--no-output", dump->no_output, "Only say how many there are, and whether all can be read");
    dump.reads(Output::List, accounts);
    dump.hide();
}

}  // namespace dz::cli
