#include "doctor/readings.hpp"

#include <fmt/format.h>

#include <charconv>

namespace dz::doctor {

namespace {

constexpr unsigned kNetAdmin = 12, kNetRaw = 13;  // capability.h

Result<Prefix> destination_of(const json::Value& route) {
    TRY(const auto text, json::string(route, "dst"));
    if (text == "default") return Prefix{};
    if (text.find('/') == std::string::npos) {
        TRY(const auto address, parse_ipv4(text));
        return host_prefix(address);
    }
    return parse_prefix(text);
}

Result<std::optional<Ipv4>> gateway_of(const json::Value& route) {
    TRY(const auto text, json::string_or(route, "gateway", ""));
    if (text.empty()) return std::optional<Ipv4>{};
    TRY(const auto address, parse_ipv4(text));
    return std::optional(address);
}

Result<std::optional<Xdp>> xdp_of(const json::Value& object, const std::string& link) {
    const auto xdp = json::object(object, "xdp");
    if (!xdp) return std::optional<Xdp>{};
    const auto program = json::object(**xdp, "prog");
    if (!program) return std::optional<Xdp>{};
    TRY(const auto id, json::integer_or(**program, "id", 0));
    TRY(const auto mode, json::integer_or(**xdp, "mode", 1));  // XDP_ATTACHED_DRV, _SKB, _HW (if_link.h)
    return Xdp{.link = link,
               .program = static_cast<std::uint64_t>(id),
               .mode = mode == 2   ? "xdpgeneric"
                       : mode == 3 ? "xdpoffload"
                                   : "xdp"};
}

Result<LinkReading> link_of(const json::Value& object) {
    LinkReading link;
    TRY(link.name, json::string(object, "ifname"));
    TRY(link.type, json::string_or(object, "link_type", ""));
    TRY(const auto mtu, json::integer_or(object, "mtu", 0));
    link.mtu = static_cast<std::uint32_t>(mtu);
    if (link.type == "gre") {
        TRY(link.remote, json::string_or(object, "broadcast", ""));
    }
    TRY(link.xdp, xdp_of(object, link.name));
    const auto addresses = json::array(object, "addr_info");
    if (!addresses) return link;
    for (const json::Value& one : **addresses) {
        TRY(const auto family, json::string_or(one, "family", ""));
        if (family != "inet") continue;
        TRY(const auto local, json::string(one, "local"));
        TRY(const auto length, json::natural(one, "prefixlen"));
        TRY(const auto address, parse_ipv4(local));
        link.addresses.push_back({address, static_cast<std::uint8_t>(length)});
    }
    return link;
}

/// The value of `key=` in the section [Network], true for what systemd takes as true.
void read_switch(std::string_view line, std::string_view key, bool& value) {
    if (!line.starts_with(key)) return;
    line.remove_prefix(key.size());
    const auto equals = line.find('=');
    if (equals == std::string_view::npos ||
        line.substr(0, equals).find_first_not_of(" \t") != std::string_view::npos)
        return;
    line.remove_prefix(equals + 1);
    const auto from = line.find_first_not_of(" \t");
    const auto text = from == std::string_view::npos
                          ? std::string_view()
                          : line.substr(from, line.find_last_not_of(" \t\r") + 1 - from);
    value = text == "yes" || text == "true" || text == "on" || text == "1" || text == "y" || text == "t";
}

}  // namespace

Result<std::vector<LinkReading>> read_links(std::string_view text) {
    TRY(const json::Value root, json::parse(text));
    if (!root.is_array()) return fail(Errc::BadValue, "ip: expected an array");
    std::vector<LinkReading> links;
    for (const json::Value& object : root) {
        // Without -d, ip leaves holes where it filters.
        if (!object.is_object() || object.empty()) continue;
        TRY(LinkReading link, link_of(object));
        links.push_back(std::move(link));
    }
    return links;
}

Result<Way> read_way(std::string_view text) {
    TRY(const json::Value root, json::parse(text));
    if (!root.is_array() || root.empty()) return fail(Errc::BadValue, "ip: expected a route");
    Way way;
    TRY(way.device, json::string(root.front(), "dev"));
    TRY(const auto source, json::string_or(root.front(), "prefsrc", "0.0.0.0"));
    TRY(way.source, parse_ipv4(source));
    TRY(way.gateway, gateway_of(root.front()));
    return way;
}

Result<std::vector<ForeignRoute>> read_foreign_routes(std::string_view text) {
    TRY(const json::Value root, json::parse(text));
    if (!root.is_array()) return fail(Errc::BadValue, "ip: expected an array");
    std::vector<ForeignRoute> routes;
    for (const json::Value& object : root) {
        TRY(const auto device, json::string_or(object, "dev", ""));
        if (device.empty() || device.starts_with("doublezero")) continue;
        ForeignRoute route{.device = device};
        TRY(route.destination, destination_of(object));
        TRY(route.gateway, gateway_of(object));
        TRY(const auto metric, json::integer_or(object, "metric", 0));
        route.metric = static_cast<std::uint32_t>(metric);
        routes.push_back(std::move(route));
    }
    return routes;
}

Result<Privileges> read_privileges(int pid, std::string_view status) {
    constexpr std::string_view kKey = "CapEff:";
    const auto at = status.find(kKey);
    if (at == std::string_view::npos) return fail(Errc::BadValue, "no CapEff in the process's status");
    auto digits = status.substr(at + kKey.size());
    digits = digits.substr(std::min(digits.find_first_not_of(" \t"), digits.size()));
    std::uint64_t mask = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16).ec != std::errc())
        return fail(Errc::BadValue, "CapEff is no number");
    return Privileges{
        .pid = pid, .net_admin = (mask >> kNetAdmin & 1) != 0, .net_raw = (mask >> kNetRaw & 1) != 0};
}

Networkd read_networkd(bool running, std::span<const std::string> files) {
    Networkd seen{.running = running};
    for (const std::string& file : files) {
        bool in_section = false;
        for (std::size_t from = 0; from < file.size();) {
            const std::size_t end = std::min(file.find('\n', from), file.size());
            const std::string_view line = std::string_view(file).substr(from, end - from);
            from = end + 1;
            if (line.starts_with('[')) in_section = line.starts_with("[Network]");
            if (!in_section) continue;
            read_switch(line, "ManageForeignRoutes", seen.manages_foreign_routes);
            read_switch(line, "ManageForeignRoutingPolicyRules", seen.manages_foreign_rules);
        }
    }
    return seen;
}

Result<Ipv4> peer_of(const Prefix& overlay) {
    if (overlay.length != 31)
        return fail(Errc::BadValue, fmt::format("{} is not the address of a link of two", overlay));
    return Ipv4(overlay.address.to_uint() ^ 1U);
}

}  // namespace dz::doctor
