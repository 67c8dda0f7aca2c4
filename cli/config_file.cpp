#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <vector>

#include "base/files.hpp"
#include "base/yaml.hpp"
#include "cli/failure.hpp"

namespace dz::cli {

namespace {

using Pairs = std::vector<yaml::Pair>;

Result<std::optional<std::string>> text_at(const Pairs& pairs, std::string_view key) {
    const auto found = std::ranges::find(pairs, key, &yaml::Pair::key);
    if (found == pairs.end() || found->kind == yaml::Pair::Kind::Empty) return std::optional<std::string>{};
    if (found->kind == yaml::Pair::Kind::Nested)
        return fail(Errc::BadValue, fmt::format("line {}: {} must be a text", found->line, key));
    return found->text;
}

void emit(YAML::Emitter& out, const char* key, const std::optional<std::string>& value) {
    out << YAML::Key << key << YAML::Value;
    if (value) {
        out << *value;
    } else {
        out << YAML::Null;
    }
}

}  // namespace

Result<ConfigFile> parse_config(std::string_view text) {
    TRY(const Pairs pairs, yaml::parse(text));
    ConfigFile config;
    TRY(const auto url, text_at(pairs, "json_rpc_url"));
    if (!url) return fail(Errc::BadValue, "json_rpc_url is missing");
    config.json_rpc_url = *url;
    TRY(config.websocket_url, text_at(pairs, "websocket_url"));
    TRY(config.keypair_path, text_at(pairs, "keypair_path"));
    TRY(config.program_id, text_at(pairs, "program_id"));
    TRY(config.tenant, text_at(pairs, "tenant"));
    TRY(config.geo_program_id, text_at(pairs, "geo_program_id"));
    return config;
}

std::string to_yaml(const ConfigFile& config) {
    YAML::Emitter out;
    out << YAML::BeginMap;
    emit(out, "json_rpc_url", config.json_rpc_url);
    emit(out, "websocket_url", config.websocket_url);
    emit(out, "keypair_path", config.keypair_path);
    emit(out, "program_id", config.program_id);
    emit(out, "tenant", config.tenant);
    out << YAML::Key << "address_labels" << YAML::Value << YAML::Flow << YAML::BeginMap << YAML::EndMap;
    emit(out, "geo_program_id", config.geo_program_id);
    out << YAML::EndMap;
    return std::string(out.c_str()) + "\n";
}

Result<std::optional<ConfigFile>> read_config(const std::filesystem::path& path) {
    const auto text = files::read(path, yaml::kMaxBytes);
    if (!text && text.error().code == Errc::NotFound) return std::optional<ConfigFile>{};
    const std::string what = fmt::format("cannot use the configuration file {}", path.string());
    if (!text)
        return failure(what, text.error(),
                       "check its permissions, or name another in DOUBLEZERO_CONFIG_FILE");
    auto config = parse_config(*text);
    if (!config)
        return failure(what, config.error(),
                       "correct it, or move it away and run `doublezero config set --env ENV`");
    return std::optional(*std::move(config));
}

Result<> write_config(const std::filesystem::path& path, const ConfigFile& config) {
    return files::write_atomic(path, to_yaml(config));
}

}  // namespace dz::cli
