#include "daemon/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/files.hpp"

namespace dz::daemon {

namespace {

/// Flags that `adopt` carries over; all others need a new process. In alphabetical order.
constexpr std::array<std::string_view, 11> kReloadable = {
    "bgp-md5-key-file",     "bgp-opening",      "bgp-stale-hold", "bgp-ttl-security", "client-ip", "on-exit",
    "persistent-interface", "public-ip-lookup", "route-config",   "sock-mode",        "v"};

bool is_reloadable(std::string_view flag) {
    return std::ranges::find(kReloadable, flag) != kReloadable.end();
}

std::vector<std::string> differing(const Options& a, const Options& b, bool reloadable) {
    std::vector<std::string> names;
    for (const auto& [name, value] : a.values)
        if (is_reloadable(name) == reloadable && b.values.at(name) != value) names.push_back(name);
    return names;
}

/// "flag -client-ip: ..." becomes "client-ip in /etc/...: ..." where it stands there.
Error blame_file(Error error, const Options& options) {
    for (const std::string& name : options.from_file) {
        const std::string flag = "flag -" + name + ":";
        if (error.text.starts_with(flag))
            error.text = fmt::format("{} in {}:{}", name, options.config, error.text.substr(flag.size()));
    }
    return error;
}

}  // namespace

ConfigurationSource::ConfigurationSource(std::vector<std::string> arguments, std::string ledger_url)
    : arguments_(std::move(arguments)), ledger_url_(std::move(ledger_url)) {}

Result<Options> ConfigurationSource::options() const {
    const std::vector<std::string_view> words(arguments_.begin(), arguments_.end());
    TRY(CommandLine line, parse_command_line(words));
    const std::string path = line.options.config;
    if (path.empty()) return std::move(line.options);
    const auto text = files::read(path, yaml::kMaxBytes);
    const bool may_be_missing = path == kConfigFile;
    if (!text && text.error().code == Errc::NotFound && may_be_missing) return std::move(line.options);
    const std::string doing = fmt::format("configuration file {}", path);
    if (!text && text.error().code == Errc::NotFound)
        return fail(Errc::NotFound, fmt::format("{} does not exist: create it, or leave out -config", doing));
    if (!text) return wrap(text.error(), doing);
    const auto pairs = yaml::parse(*text);
    if (!pairs) return wrap(pairs.error(), doing);
    auto whole = parse_command_line(words, *pairs);
    if (!whole) return wrap(std::move(whole).error(), doing);
    return std::move(whole->options);
}

Result<Configuration> ConfigurationSource::load() const {
    Configuration out;
    TRY(out.options, options());
    auto settings = resolve(out.options, ledger_url_);
    if (!settings) return std::unexpected(blame_file(std::move(settings).error(), out.options));
    out.settings = *std::move(settings);
    return out;
}

Changes changes(const Options& started, const Options& running, const Options& now) {
    return {.effective = differing(running, now, true), .pending = differing(started, now, false)};
}

void adopt(Settings& running, const Settings& now) {
    running.peer_defaults = now.peer_defaults;
    running.client_ip = now.client_ip;
    running.public_ip_lookup = now.public_ip_lookup;
    running.on_exit = now.on_exit;
    running.persistent_interface = now.persistent_interface;
    running.route_config = now.route_config;
    running.socket_mode = now.socket_mode;
    running.verbose = now.verbose;
}

}  // namespace dz::daemon
