#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/files.hpp"
#include "cli/failure.hpp"

namespace dz::cli {

namespace {

Result<std::optional<std::string>> text_at(const YAML::Node& node, const char* key) {
    const YAML::Node value = node[key];
    if (!value || value.IsNull()) return std::optional<std::string>{};
    if (!value.IsScalar()) return fail(Errc::BadValue, fmt::format("{} must be a text", key));
    return value.Scalar();
}

/// What yaml-cpp throws ends here.
Result<YAML::Node> load(std::string_view yaml) {
    try {
        return YAML::Load(std::string(yaml));
    } catch (const YAML::Exception& error) {
        return fail(Errc::BadValue, fmt::format("line {}: {}", error.mark.line + 1, error.msg));
    }
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

Result<ConfigFile> parse_config(std::string_view yaml) {
    TRY(const YAML::Node root, load(yaml));
    if (!root.IsMap()) return fail(Errc::BadValue, "not a mapping of keys to values");
    ConfigFile config;
    TRY(const auto url, text_at(root, "json_rpc_url"));
    if (!url) return fail(Errc::BadValue, "json_rpc_url is missing");
    config.json_rpc_url = *url;
    TRY(config.websocket_url, text_at(root, "websocket_url"));
    TRY(config.keypair_path, text_at(root, "keypair_path"));
    TRY(config.program_id, text_at(root, "program_id"));
    TRY(config.tenant, text_at(root, "tenant"));
    TRY(config.geo_program_id, text_at(root, "geo_program_id"));
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
    const auto text = files::read(path, kMaxConfigBytes);
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
