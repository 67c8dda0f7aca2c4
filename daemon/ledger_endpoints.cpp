#include "daemon/ledger_endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace dz::daemon {

namespace {

constexpr std::string_view kRpcFlag = "flag -solana-rpc-endpoint";
constexpr std::string_view kRpcVariable = "variable DZ_LEDGER_RPC_URL";
constexpr std::string_view kPushFlag = "flag -solana-ws-endpoint";

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    while (true) {
        const std::size_t comma = std::min(list.find(','), list.size());
        std::string_view one = list.substr(0, comma);
        const std::size_t first = std::min(one.find_first_not_of(" \t"), one.size());
        one.remove_prefix(first);
        one = one.substr(0, one.find_last_not_of(" \t") + 1);
        out.emplace_back(one);
        if (comma == list.size()) return out;
        list.remove_prefix(comma + 1);
    }
}

Result<std::vector<std::string>> urls(std::string_view source, std::string_view list, std::string_view plain,
                                      std::string_view secure) {
    auto out = split(list);
    if (out.size() > kMaxLedgerEndpoints)
        return fail(Errc::BadValue, fmt::format("{}: {} URLs, at most {} are taken", source, out.size(),
                                                kMaxLedgerEndpoints));
    for (const std::string& url : out) {
        if (url.starts_with(plain) || url.starts_with(secure)) continue;
        return fail(Errc::BadValue,
                    fmt::format("{}: \"{}\" does not begin with {} or {}", source, url, plain, secure));
    }
    for (auto url = out.begin(); url != out.end(); ++url) {
        if (std::find(out.begin(), url, *url) != url)
            return fail(Errc::BadValue, fmt::format("{}: \"{}\" is there twice", source, *url));
    }
    return out;
}

/// "ws://host:8899/path" -> "ws://host:8900/path"; nothing where no port is written.
std::optional<std::string> at_next_port(std::string_view url) {
    const std::size_t host = url.find("://") + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
    const std::size_t colon = url.substr(0, end).rfind(':');
    if (colon == std::string_view::npos || colon < host) return std::nullopt;
    const std::string_view text = url.substr(colon + 1, end - colon - 1);
    std::uint16_t port = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || rest != text.data() + text.size() || port == 65535) return std::nullopt;
    return fmt::format("{}{}{}", url.substr(0, colon + 1), port + 1, url.substr(end));
}

std::vector<std::string> push_beside(const std::vector<std::string>& rpc,
                                     const ledger::Environment* environment) {
    std::vector<std::string> out;
    for (const std::string& url : rpc) {
        if (environment != nullptr && url == environment->rpc_url) {
            out.emplace_back(environment->ws_url);
            continue;
        }
        out.push_back(ledger::websocket_url(url));
        if (auto next = at_next_port(out.back())) out.push_back(*std::move(next));
    }
    return out;
}

}  // namespace

Result<LedgerEndpoints> ledger_endpoints(const EndpointWishes& wishes,
                                         const ledger::Environment* environment) {
    LedgerEndpoints out;
    if (!wishes.rpc_flag.empty()) {
        TRY(out.rpc, urls(kRpcFlag, wishes.rpc_flag, "http://", "https://"));
    } else if (!wishes.rpc_variable.empty()) {
        TRY(out.rpc, urls(kRpcVariable, wishes.rpc_variable, "http://", "https://"));
    } else if (environment != nullptr) {
        out.rpc = {std::string(environment->rpc_url)};
    } else {
        return fail(Errc::BadValue, fmt::format("{}: no URL, and no environment that has one", kRpcFlag));
    }
    if (wishes.push_flag.empty()) {
        out.push = push_beside(out.rpc, environment);
    } else if (wishes.push_flag != "none") {
        TRY(out.push, urls(kPushFlag, wishes.push_flag, "ws://", "wss://"));
    }
    out.agreement = wishes.agreement;
    if (out.agreement && out.rpc.size() < 2)
        return fail(Errc::BadValue,
                    "flag -solana-rpc-agreement: give two or more URLs in -solana-rpc-endpoint, with commas");
    return out;
}

}  // namespace dz::daemon
