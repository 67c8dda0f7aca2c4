#include "doctor/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "ledger/enum_text.hpp"

namespace dz::doctor {

namespace {

/// Bytes that IPv4 and GRE put around a packet (RFC 2784).
constexpr std::uint32_t kGreOverhead = 24;

struct Need {
    std::string what;  ///< "GRE from 192.0.2.1"
    Packet packet;
    std::string match;  ///< of a rule that lets it through, in the words of nft
};

/// What the tunnels of `service` need. The port numbers are those of BGP (RFC 4271), route liveness and the
/// publishers' heartbeat.
void add_needs(std::vector<Need>& needs, const daemon::api::ServiceStatus& service,
               const std::string& underlay) {
    const auto add = [&](std::string what, Packet packet, std::string match) {
        packet.hook = Hook::Input;
        packet.device = packet.protocol == kGre ? underlay : service.tunnel_name;
        const std::string in =
            packet.protocol == kGre ? "" : fmt::format("iifname \"{}\" ", service.tunnel_name);
        const std::string out =
            packet.protocol == kGre ? "" : fmt::format("oifname \"{}\" ", service.tunnel_name);
        needs.push_back({what + " in", packet, in + match});
        packet.hook = Hook::Output;
        std::swap(packet.source, packet.destination);
        std::swap(packet.source_port, packet.destination_port);
        packet.established = false;
        // BGP is dialled by us: out to port 179, and the answers back.
        needs.push_back({what + " out", packet, out + match});
    };
    add(fmt::format("GRE (protocol 47) with {}", service.tunnel_dst),
        {.source = service.tunnel_dst, .destination = service.tunnel_src, .protocol = kGre},
        "meta l4proto 47");
    add("BGP (TCP 179)", {.protocol = kTcp, .source_port = 179, .established = true}, "tcp sport 179");
    needs.back().match = fmt::format("oifname \"{}\" tcp dport 179", service.tunnel_name);
    if (service.user_type == "Multicast") {
        add("PIM (protocol 103)", {.protocol = kPim}, "meta l4proto 103");
        add("heartbeats (UDP 5765)", {.protocol = kUdp, .destination_port = 5765}, "udp dport 5765");
        return;
    }
    add("route liveness (UDP 44880)", {.protocol = kUdp, .source_port = 44880, .destination_port = 44880},
        "udp dport 44880");
}

/// The command that puts an accepting rule first into `chain` ("ip filter INPUT").
std::string allow(const std::string& chain, const Need& need) {
    const bool of_iptables = chain == "ip filter INPUT" || chain == "ip filter OUTPUT";
    if (of_iptables && (need.packet.protocol == kGre || need.packet.protocol == kPim))
        return fmt::format("sudo iptables -I {} -p {} -j ACCEPT", chain.substr(chain.rfind(' ') + 1),
                           need.packet.protocol);
    return fmt::format("sudo nft insert rule {} {} accept", chain, need.match);
}

std::vector<daemon::api::ServiceStatus> wanted_services(const Facts& facts) {
    std::vector<daemon::api::ServiceStatus> services;
    if (facts.status)
        for (const auto& one : facts.status->services) services.push_back(one.service);
    if (services.empty()) {
        // Before the first tunnel: what it will need, with addresses unknown.
        services.emplace_back();
        services.back().tunnel_name = "doublezero0";
    }
    return services;
}

std::string describe(const ForeignRoute& route) {
    std::string text = fmt::format("{}", route.destination);
    if (route.gateway) text += fmt::format(" via {}", *route.gateway);
    text += " dev " + route.device;
    if (route.metric != 0) text += fmt::format(" metric {}", route.metric);
    return text;
}

/// Not left out by the policy.
bool is_wanted(std::string_view verdict) {
    return verdict == "installed" || verdict == "pending" || verdict == "refused" || verdict == "kept";
}

/// Takes packets of `ours` (metric 0) away: longer, or as long and no worse.
bool shadows(const ForeignRoute& other, const Prefix& ours) {
    if (!ours.contains(other.destination)) return false;
    return other.destination.length > ours.length || other.metric == 0;
}

}  // namespace

std::string underlay_device(const Facts& facts) {
    for (const TunnelProbe& tunnel : facts.tunnels)
        if (tunnel.underlay) return tunnel.underlay->device;
    return facts.default_way ? facts.default_way->device : "";
}

Finding judge_firewall(const Facts& facts) {
    Finding found{.check = "firewall"};
    if (!facts.firewall) {
        found.verdict = Verdict::Skipped;
        found.text = "the rules cannot be read";
        found.evidence = {facts.firewall.error().text};
        return found;
    }
    const std::string underlay = underlay_device(facts);
    std::vector<Need> needs;
    for (const auto& service : wanted_services(facts)) add_needs(needs, service, underlay);
    std::string unsure, remedies, dropped;
    for (const Need& need : needs) {
        const Judgement judged = judge(*facts.firewall, need.packet);
        if (judged.pass == Pass::Yes) continue;
        if (judged.pass == Pass::Unsure) {
            unsure = need.what + ": " + judged.by;
            continue;
        }
        dropped += (dropped.empty() ? "" : ", ") + need.what;
        found.evidence.push_back(need.what + " dropped by " + judged.by);
        remedies += (remedies.empty() ? "" : " && ") + allow(judged.chain, need);
    }
    found.remedy = std::move(remedies);
    if (!dropped.empty()) {
        found.verdict = Verdict::Bad;
        found.text = "the firewall drops " + dropped;
    } else if (!unsure.empty()) {
        found.text = "nothing is dropped for certain; some rules decide by more than can be judged here";
        found.evidence = {unsure};
    } else {
        found.text = "lets GRE, BGP and what runs in the tunnels pass";
    }
    return found;
}

Finding judge_routes(const Facts& facts) {
    Finding found{.check = "routes"};
    std::size_t installed = 0;
    for (const auto& row : *facts.routes) {
        if (!row.learned || !is_wanted(row.learned->verdict)) continue;
        ++installed;
        if (row.kernel_state == "absent")
            found.evidence.push_back(fmt::format("{} is not in the kernel", row.learned->prefix));
        if (!facts.foreign_routes) continue;
        const auto at = std::ranges::find_if(*facts.foreign_routes, [&](const ForeignRoute& other) {
            return shadows(other, row.learned->prefix);
        });
        if (at == facts.foreign_routes->end()) continue;
        found.verdict = Verdict::Bad;
        found.text = fmt::format("somebody's route leads packets to {} past the tunnel", row.learned->prefix);
        found.evidence = {describe(*at)};
        found.remedy = "sudo ip route del " + describe(*at);
        return found;
    }
    const auto refused = std::ranges::find_if(
        *facts.routes, [](const auto& row) { return row.learned && row.learned->verdict == "refused"; });
    if (refused != facts.routes->end()) {
        found.verdict = Verdict::Bad;
        found.text = fmt::format("the kernel refuses the route to {}", refused->learned->prefix);
        found.evidence = {refused->learned->why_not};
        found.remedy = "doublezero events";
    } else if (!found.evidence.empty()) {
        found.verdict = Verdict::Bad;
        found.text =
            fmt::format("{} of {} routes are missing in the kernel", found.evidence.size(), installed);
        found.evidence.resize(std::min<std::size_t>(found.evidence.size(), 10));
        found.remedy = "sudo systemctl restart doublezerod";
    } else {
        found.text = fmt::format("{} in the kernel",
                                 installed == 1 ? "1 route is" : fmt::format("{} routes are", installed));
    }
    return found;
}

Finding narrow_path(const TunnelProbe& tunnel) {
    Finding found{
        .check = "mtu",
        .verdict = Verdict::Bad,
        .text = fmt::format("{} is {} bytes wide, but only {} get through", tunnel.name, tunnel.mtu,
                            tunnel.passes),
        .evidence = {fmt::format("ping -M do -s {} {}: no answer", tunnel.mtu - 28, tunnel.peer),
                     fmt::format("ping -M do -s {} {}: answered", tunnel.passes - 28, tunnel.peer)}};
    if (!tunnel.underlay) {
        found.remedy = fmt::format("lower the MTU of the way to {} to {}", tunnel.device_address,
                                   tunnel.passes + kGreOverhead);
        return found;
    }
    const Way& way = *tunnel.underlay;
    found.remedy = fmt::format("sudo ip route replace {}/32{} dev {} src {} mtu {}", tunnel.device_address,
                               way.gateway ? fmt::format(" via {}", *way.gateway) : "", way.device,
                               way.source, tunnel.passes + kGreOverhead);
    return found;
}

std::string reconnect_elsewhere(const Facts& facts, const daemon::api::EnrichedService& service) {
    const std::string& better = service.lowest_latency_device;
    if (!better.empty() && better != service.current_device)
        return fmt::format("doublezero disconnect && doublezero connect ibrl --device {}", better);
    if (!facts.other_device.empty())
        return fmt::format("doublezero disconnect && doublezero connect ibrl --device {}",
                           facts.other_device);
    return "wait: the daemon goes on trying, and no other device has room";
}

}  // namespace dz::doctor
