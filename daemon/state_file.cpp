#include "daemon/state_file.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/files.hpp"
#include "base/ip.hpp"
#include "base/json.hpp"

namespace dz::daemon {

namespace {

constexpr std::size_t kMaxStateBytes = 4096;
constexpr std::size_t kMaxOldBytes = 1 << 20;

Result<bool> parse_state(std::string_view text) {
    TRY(const json::Value value, json::parse(text));
    if (!value.is_object()) return fail(Errc::BadValue, "not a JSON object");
    return json::boolean_or(value, "reconciler_enabled", false);
}

/// A tunnel as the older versions stored it.
bool is_provision_request(const json::Value& entry) {
    const auto tunnel_net = json::string(entry, "tunnel_net");
    if (!tunnel_net || !parse_prefix(*tunnel_net)) return false;
    const auto prefixes = entry.find("doublezero_prefixes");
    if (prefixes == entry.end() || prefixes->is_null()) return true;
    if (!prefixes->is_array()) return false;
    for (const json::Value& prefix : *prefixes)
        if (!prefix.is_string() || !parse_prefix(prefix.get<std::string>())) return false;
    return true;
}

/// One entry that cannot be read makes the whole file count as empty.
bool has_tunnels(std::string_view text) {
    const auto value = json::parse(text);
    if (!value || !value->is_array() || value->empty()) return false;
    for (const json::Value& entry : *value)
        if (!is_provision_request(entry)) return false;
    return true;
}

}  // namespace

StateFile::StateFile(std::filesystem::path directory)
    : path_(directory / "state.json"), old_path_(std::move(directory) / "doublezerod.json") {}

SavedState StateFile::load() const {
    const auto text = files::read(path_, kMaxStateBytes);
    if (!text && text.error().code == Errc::NotFound) return first_start();
    if (!text && text.error().code != Errc::LimitExceeded) return {.damage = text.error()};
    const auto enabled = text ? parse_state(*text) : Result<bool>(std::unexpected(text.error()));
    if (enabled) return {.enabled = *enabled};

    Error damage = enabled.error();
    const auto kept = files::set_aside(path_);
    damage.text =
        fmt::format("{} is damaged: {}; {}", path_.string(), damage.text,
                    kept ? "kept as " + kept->string() : "and cannot be moved: " + kept.error().text);
    return {.damage = std::move(damage)};
}

SavedState StateFile::first_start() const {
    const auto old = files::read(old_path_, kMaxOldBytes);
    if (!old && old.error().code != Errc::NotFound) return {.damage = old.error()};
    return {.enabled = old && has_tunnels(*old), .unsettled = true};
}

Result<> StateFile::settle(bool enabled) const {
    // The new file first: when the power fails in between, the old one is ignored and not asked again.
    TRY_OK(save(enabled));
    std::error_code ignored;  // an old file that stays is harmless now that state.json exists
    std::filesystem::remove(old_path_, ignored);
    return {};
}

Result<> StateFile::save(bool enabled) const {
    return files::write_atomic(
        path_, enabled ? R"({"reconciler_enabled":true})" : R"({"reconciler_enabled":false})", 0644);
}

}  // namespace dz::daemon
