#include "cli/settings.hpp"

#include <fmt/format.h>

#include "cli/failure.hpp"
#include "daemon/api/client.hpp"

namespace dz::cli {

namespace {

using ledger::Environment;

std::filesystem::path home(const GetEnv& getenv) {
    return getenv("HOME").value_or("/root");
}

std::filesystem::path default_keypair_path(const GetEnv& getenv) {
    return home(getenv) / ".config" / "doublezero" / "id.json";
}

/// The environment that supplies what nobody set.
Result<const Environment*> base_environment(const GlobalOptions& options,
                                            const std::optional<ConfigFile>& file) {
    if (options.env) {
        auto found = ledger::find_environment(*options.env);
        if (!found)
            return failure(fmt::format("unknown environment in --env: {}", *options.env), found.error());
        return *found;
    }
    if (file && file->program_id) {
        const auto program = ledger::PublicKey::parse(*file->program_id);
        if (program) {
            if (const Environment* named = ledger::environment_of(*program)) return named;
        }
    }
    return ledger::find_environment(kDefaultEnvironment);
}

KeySource key_source(const GlobalOptions& options, const std::optional<ConfigFile>& file,
                     const GetEnv& getenv) {
    using Kind = KeySource::Kind;
    if (options.keypair && *options.keypair == "-") return {Kind::Stdin, {}, false};
    if (options.keypair) return {Kind::Flag, *options.keypair, false};
    if (const auto variable = getenv("DOUBLEZERO_KEYPAIR"); variable && !variable->empty()) {
        const bool is_json = variable->front() == '[' && variable->back() == ']';
        return {Kind::Variable, *variable, is_json};
    }
    if (file && file->keypair_path) return {Kind::File, *file->keypair_path, false};
    return {Kind::File, default_keypair_path(getenv).string(), false};
}

/// First of flag, variable, file (unless --env sets the file aside) and the environment's value.
std::string choose(const std::optional<std::string>& flag, const std::optional<std::string>& variable,
                   const std::optional<std::string>& from_file, std::string_view fallback) {
    if (flag) return *flag;
    if (variable && !variable->empty()) return *variable;
    if (from_file) return *from_file;
    return std::string(fallback);
}

Result<> resolve_programs(const GlobalOptions& options, const ConfigFile* file, const Environment& base,
                          Settings& out) {
    const auto pick = [&](const std::optional<std::string>& flag,
                          std::optional<std::string> ConfigFile::* key,
                          ledger::PublicKey Environment::* which, std::string_view name,
                          bool& computed) -> Result<ledger::PublicKey> {
        const auto& text = flag ? flag : file != nullptr ? file->*key : flag;
        computed = !text;
        if (!text) return base.*which;
        auto program = parse_program(*text, which);
        if (!program)
            return failure(fmt::format("{} is neither a program address nor an environment: {}", name, *text),
                           program.error());
        return program;
    };
    TRY(out.program, pick(options.program_id, &ConfigFile::program_id, &Environment::serviceability,
                          options.program_id ? "--program-id" : "program_id", out.program_computed));
    TRY(out.geo_program,
        pick(options.geo_program_id, &ConfigFile::geo_program_id, &Environment::geolocation,
             options.geo_program_id ? "--geo-program-id" : "geo_program_id", out.geo_program_computed));
    return {};
}

}  // namespace

std::filesystem::path config_path(const GetEnv& getenv) {
    if (const auto path = getenv("DOUBLEZERO_CONFIG_FILE"); path && !path->empty()) return *path;
    return home(getenv) / ".config" / "doublezero" / "cli" / "config.yml";
}

Result<ledger::PublicKey> parse_program(std::string_view text, ledger::PublicKey Environment::* which) {
    if (const auto named = ledger::find_environment(text)) return (*named)->*which;
    return ledger::PublicKey::parse(text);
}

Result<Settings> resolve(const GlobalOptions& options, const std::optional<ConfigFile>& file,
                         const GetEnv& getenv) {
    TRY(const Environment* const base, base_environment(options, file));
    const ConfigFile* const network_file = file && !options.env ? &*file : nullptr;

    Settings out;
    std::optional<std::string> file_url, file_ws;
    if (network_file != nullptr) {
        file_url = network_file->json_rpc_url;
        file_ws = network_file->websocket_url;
    }
    out.rpc_url = choose(options.url, getenv("DZ_LEDGER_RPC_URL"), file_url, base->rpc_url);
    const bool own_url = out.rpc_url != base->rpc_url;
    const std::string derived = own_url ? ledger::websocket_url(out.rpc_url) : std::string(base->ws_url);
    out.ws_url =
        choose(options.ws, getenv("DZ_LEDGER_WS_RPC_URL"), options.url ? std::nullopt : file_ws, derived);
    out.ws_computed = !options.ws && !getenv("DZ_LEDGER_WS_RPC_URL") && (options.url || !file_ws);
    TRY_OK(resolve_programs(options, network_file, *base, out));
    const Environment* const named = ledger::environment_of(out.program);
    out.network = named != nullptr ? std::string(named->name) : "custom";
    out.key = key_source(options, file, getenv);
    out.keypair_path = options.keypair && *options.keypair != "-" ? std::filesystem::path(*options.keypair)
                       : file && file->keypair_path               ? std::filesystem::path(*file->keypair_path)
                                                                  : default_keypair_path(getenv);
    if (file) out.tenant = file->tenant;
    out.sock_file = options.sock_file.value_or(std::string(daemon::api::kDefaultSocket));
    out.config_path = config_path(getenv);
    out.oracle_url = getenv("DZ_ORACLE_URL");
    const auto token_file = getenv("DZ_ORACLE_TOKEN_FILE");
    out.oracle_token_file =
        token_file ? std::filesystem::path(*token_file) : out.config_path.parent_path() / "oracle-token";
    out.show_program_log =
        options.log_level != "off" && options.log_level != "error" && options.log_level != "warn";
    return out;
}

}  // namespace dz::cli
