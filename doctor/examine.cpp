#include "doctor/examine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/version.hpp"
#include "doctor/checks.hpp"
#include "doctor/redact.hpp"
#include "ledger/enum_text.hpp"

namespace dz::doctor {

namespace {

Finding of(std::string_view check, Verdict verdict, std::string text, std::vector<std::string> evidence = {},
           std::string remedy = {}) {
    return {std::string(check), verdict, std::move(text), std::move(evidence), std::move(remedy)};
}

bool is_bad(const std::vector<Finding>& before, std::string_view check) {
    const auto at = std::ranges::find(before, check, &Finding::check);
    return at != before.end() && at->verdict == Verdict::Bad;
}

/// "gre, firewall": which of these are bad.
std::string bad_ones(const std::vector<Finding>& before, std::initializer_list<std::string_view> checks) {
    std::string names;
    for (const auto check : checks)
        if (is_bad(before, check)) names += (names.empty() ? "" : ", ") + std::string(check);
    return names;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

constexpr std::int64_t kOld = 120;  // seconds: a dozen polls

/// Asks the ledger of the daemon, where that one answers and its URL holds nothing to hide.
std::string use_another_ledger(const Facts& facts) {
    const bool works = facts.status && facts.status->snapshot_age_seconds.value_or(kOld + 1) <= kOld;
    if (works && facts.config && redact(facts.config->rpc_url) == facts.config->rpc_url)
        return "doublezero config set --url " + facts.config->rpc_url;
    return "doublezero config set --env " + facts.network;
}

bool wants_tunnel(const Facts& facts) {
    return facts.status && facts.status->reconciler_enabled && facts.users && !facts.users->empty();
}

Finding daemon(const Facts& facts) {
    if (!facts.status) {
        const auto& error = facts.status.error();
        if (error.code == Errc::Permission)
            return of("daemon", Verdict::Bad, "this user may not speak to the daemon", {error.text},
                      "sudo usermod -aG doublezero \"$USER\" && exec newgrp doublezero");
        if (error.code == Errc::Timeout)
            return of("daemon", Verdict::Bad, "the daemon hangs", {error.text},
                      "sudo systemctl restart doublezerod");
        return of("daemon", Verdict::Bad, "the daemon does not run", {error.text},
                  "sudo systemctl start doublezerod");
    }
    if (facts.config && facts.config->program_id != facts.program.to_string())
        return of(
            "daemon", Verdict::Bad, "the daemon serves another network than this command",
            {"daemon: program " + facts.config->program_id, "command: program " + facts.program.to_string()},
            "doublezero config set --program-id " + facts.config->program_id);
    if (facts.status->version != version_with_commit())
        return of("daemon", Verdict::Warning, "daemon and command line are of different versions",
                  {"daemon: " + facts.status->version, "command line: " + std::string(version_with_commit())},
                  "sudo systemctl restart doublezerod");
    return of("daemon", Verdict::Good,
              fmt::format("version {} answers at {}", facts.status->version, facts.socket));
}

Finding enabled(const Facts& facts) {
    if (!facts.status) return of("enabled", Verdict::Skipped, "the daemon does not say");
    if (facts.status->reconciler_enabled)
        return of("enabled", Verdict::Good, "the daemon keeps the tunnels that the ledger wants");
    return of("enabled", Verdict::Bad, "the daemon is told to keep no tunnels", {"reconciler_enabled: false"},
              "doublezero enable");
}

Finding privileges(const Facts& facts) {
    if (!facts.privileges)
        return of("privileges", Verdict::Skipped, "the daemon's process cannot be looked at",
                  {facts.privileges.error().text});
    const auto& has = *facts.privileges;
    if (has.net_admin && has.net_raw)
        return of("privileges", Verdict::Good,
                  fmt::format("process {} has CAP_NET_ADMIN and CAP_NET_RAW", has.pid));
    const auto* const lacks = has.net_admin ? "CAP_NET_RAW"
                              : has.net_raw ? "CAP_NET_ADMIN"
                                            : "CAP_NET_ADMIN and CAP_NET_RAW";
    return of("privileges", Verdict::Bad, fmt::format("the daemon lacks {}", lacks),
              {fmt::format("/proc/{}/status, CapEff", has.pid)},
              "sudo systemctl revert doublezerod && sudo systemctl restart doublezerod");
}

Finding gre(const Facts& facts) {
    if (!facts.gre)
        return of("gre", Verdict::Skipped, "the kernel's modules cannot be looked at",
                  {facts.gre.error().text});
    switch (*facts.gre) {
        case Gre::Ready:
            return of("gre", Verdict::Good, "this kernel makes GRE tunnels");
        case Gre::Loadable:
            break;
        case Gre::Missing:
            return of("gre", Verdict::Bad, "this kernel cannot make GRE tunnels",
                      {"no module ip_gre, neither loaded nor to be loaded"},
                      "sudo apt install linux-image-$(dpkg --print-architecture) && sudo reboot");
    }
    // It loads by itself with the first tunnel, unless somebody forbids that.
    if (!wants_tunnel(facts))
        return of("gre", Verdict::Good,
                  "this kernel makes GRE tunnels: the module ip_gre loads when it is needed");
    return of("gre", Verdict::Bad, "a tunnel is wanted, but the module ip_gre has not loaded",
              {"modprobe --dry-run ip_gre: found"}, "sudo modprobe ip_gre");
}

Finding client_ip(const Facts& facts) {
    const Ipv4 known = facts.status ? facts.status->client_ip : Ipv4{};
    if (known.is_unspecified()) {
        if (!facts.status) return of("client-ip", Verdict::Skipped, "the daemon does not say");
        const std::string guess = facts.default_way ? facts.default_way->source.to_string() : "ADDRESS";
        return of("client-ip", Verdict::Bad, "the daemon has not found the public address of this host",
                  facts.status->problems.empty() ? std::vector<std::string>{}
                                                 : std::vector{facts.status->problems.front().text},
                  fmt::format("echo 'client-ip: {}' | sudo tee -a /etc/doublezerod/config.yml && sudo "
                              "systemctl restart doublezerod",
                              guess));
    }
    const bool local = std::ranges::find(facts.addresses, known) != facts.addresses.end();
    if (local) return of("client-ip", Verdict::Good, fmt::format("{} is an address of this host", known));
    const auto plain = [](const UserOnLedger& one) {
        return one.user.value.user_type == ledger::UserType::Ibrl;
    };
    const std::string nat = fmt::format("{} belongs to a box in front of this host (NAT)", known);
    if (facts.users && std::ranges::any_of(*facts.users, plain))
        return of("client-ip", Verdict::Bad, nat + ", and plain IBRL sends from the client address itself",
                  {}, "doublezero disconnect && doublezero connect ibrl --allocate-addr");
    return of("client-ip", Verdict::Good, nat + "; users with an allocated address work behind it");
}

Finding ledger(const Facts& facts) {
    if (!facts.slot)
        return of("ledger", Verdict::Bad, fmt::format("the ledger at {} does not answer", facts.ledger_host),
                  {facts.slot.error().text}, use_another_ledger(facts));
    if (facts.status && facts.status->snapshot_age_seconds && *facts.status->snapshot_age_seconds > kOld)
        return of("ledger", Verdict::Bad,
                  fmt::format("the daemon's data are {} s old", *facts.status->snapshot_age_seconds),
                  {fmt::format("this command reaches {} at slot {}", facts.ledger_host, facts.slot->value)},
                  "sudo systemctl restart doublezerod");
    return of("ledger", Verdict::Good,
              fmt::format("{} answers, slot {}", facts.ledger_host, facts.slot->value));
}

Finding access_pass(const Facts& facts) {
    if (!facts.pass) return of("access-pass", Verdict::Skipped, "cannot be read", {facts.pass.error().text});
    const std::string client = facts.client_ip ? facts.client_ip->to_string() : "ADDRESS";
    const std::string payer = facts.payer ? facts.payer->to_string() : "KEY";
    const std::string ask = fmt::format(
        "doublezero access-pass set --accesspass-type prepaid --client-ip {} --user-payer {} --epochs max",
        client, payer);
    if (!*facts.pass)
        return of("access-pass", Verdict::Bad, fmt::format("no access pass for {} and key {}", client, payer),
                  {"only the foundation can run the command below: send it this line"}, ask);
    const auto& pass = **facts.pass;
    if (facts.epoch && pass.last_access_epoch < *facts.epoch)
        return of("access-pass", Verdict::Bad,
                  fmt::format("the access pass ended with epoch {}, now is {}", pass.last_access_epoch,
                              *facts.epoch),
                  {"only the foundation can run the command below: send it this line"}, ask);
    return of("access-pass", Verdict::Good,
              pass.last_access_epoch == ledger::AccessPass::kUnlimitedEpoch
                  ? std::string("valid without end")
                  : fmt::format("valid through epoch {}", pass.last_access_epoch));
}

Finding balance(const Facts& facts) {
    if (!facts.payer)
        return of("balance", Verdict::Bad, "no key to sign with", {first_line(facts.payer.error().text)},
                  "doublezero keygen");
    if (!facts.balance)
        return of("balance", Verdict::Skipped, "cannot be read", {facts.balance.error().text});
    if (facts.balance->value > 0)
        return of("balance", Verdict::Good, fmt::format("{} lamports for fees", facts.balance->value));
    return of(
        "balance", Verdict::Bad, fmt::format("key {} has nothing to pay fees with", facts.payer->to_string()),
        {},
        facts.network == "local"
            ? fmt::format("solana airdrop 10 {} --url http://{}", facts.payer->to_string(), facts.ledger_host)
            : "ask the foundation for an access pass for this key, which also funds it");
}

Finding account(const Facts& facts) {
    if (!facts.users) return of("account", Verdict::Skipped, "cannot be read", {facts.users.error().text});
    if (facts.users->empty())
        return of("account", Verdict::Bad, "the ledger knows no user of this address", {},
                  "doublezero connect ibrl");
    for (const auto& [user, device] : *facts.users) {
        if (user.value.status == ledger::UserStatus::Activated) continue;
        const bool banned = user.value.status == ledger::UserStatus::Banned ||
                            user.value.status == ledger::UserStatus::PendingBan;
        return of("account", Verdict::Bad,
                  fmt::format("user {} is {}", user.key.to_string(), ledger::to_text(user.value.status)), {},
                  banned ? "ask the foundation why: a banned user gets no tunnel"
                         : "doublezero disconnect && doublezero connect ibrl");
    }
    return of(
        "account", Verdict::Good,
        fmt::format("{} activated for this address", facts.users->size() == 1 ? "a user is" : "users are"));
}

std::string why_unfit(const ledger::Device& device) {
    if (device.status != ledger::DeviceStatus::Activated)
        return fmt::format("is {}", ledger::to_text(device.status));
    if (device.device_health == ledger::DeviceHealth::Impaired) return "is impaired";
    return {};
}

Finding device(const Facts& facts) {
    if (!facts.users || facts.users->empty())
        return of("device", Verdict::Skipped, "there is no user, so no device");
    std::string names;
    for (const auto& [user, at] : *facts.users) {
        if (!at)
            return of("device", Verdict::Bad,
                      fmt::format("device {} is not on the ledger", user.value.device_pk.to_string()), {},
                      "doublezero disconnect && doublezero connect ibrl");
        if (const auto why = why_unfit(*at); !why.empty())
            return of("device", Verdict::Bad, fmt::format("device {} {}", at->code, why), {},
                      "doublezero disconnect && doublezero connect ibrl");
        names += (names.empty() ? "" : ", ") + at->code;
    }
    return of("device", Verdict::Good, names + ": activated and healthy");
}

Finding mtu(const Facts& facts, const std::vector<Finding>& before) {
    if (facts.tunnels.empty()) return of("mtu", Verdict::Skipped, "there is no tunnel to send through");
    if (const auto causes = bad_ones(before, {"firewall"}); !causes.empty())
        return of("mtu", Verdict::Skipped, "explained by: " + causes);
    std::string good;
    for (const TunnelProbe& tunnel : facts.tunnels) {
        if (tunnel.passes == 0)
            return of("mtu", Verdict::Skipped,
                      fmt::format("nothing came back from {} through {}", tunnel.peer, tunnel.name),
                      {fmt::format("ping -M do -c 1 {}", tunnel.peer)});
        if (tunnel.passes < tunnel.mtu) return narrow_path(tunnel);
        good += fmt::format("{}{} bytes pass through {}", good.empty() ? "" : ", ", tunnel.mtu, tunnel.name);
    }
    return of("mtu", Verdict::Good, good);
}

Finding bgp(const Facts& facts, const std::vector<Finding>& before) {
    if (!facts.status) return of("bgp", Verdict::Skipped, "the daemon does not say");
    if (const auto causes = bad_ones(
            before, {"enabled", "privileges", "gre", "client-ip", "account", "device", "firewall", "mtu"});
        !causes.empty())
        return of("bgp", Verdict::Skipped, "explained by: " + causes);
    if (!wants_tunnel(facts)) return of("bgp", Verdict::Skipped, "no tunnel is wanted");
    if (facts.status->services.empty())
        return of("bgp", Verdict::Bad, "the daemon has no tunnel for the user on the ledger", {},
                  "sudo systemctl restart doublezerod");
    for (const auto& service : facts.status->services) {
        if (service.service.session_status == daemon::api::kSessionUp) continue;
        std::vector<std::string> evidence{"session: " + service.service.session_status};
        if (!service.reason.empty()) evidence.push_back(service.reason);
        if (!service.last_error.empty()) evidence.push_back("last error: " + service.last_error);
        return of("bgp", Verdict::Bad,
                  fmt::format("the session through {} is not up", service.service.tunnel_name),
                  std::move(evidence), reconnect_elsewhere(facts, service));
    }
    return of("bgp", Verdict::Good,
              facts.status->services.size() == 1 ? "the session is up" : "all sessions are up");
}

Finding routes(const Facts& facts, const std::vector<Finding>& before) {
    if (!facts.routes)
        return of("routes", Verdict::Skipped, "the daemon does not say", {facts.routes.error().text});
    const auto at = std::ranges::find(before, std::string_view("bgp"), &Finding::check);
    if (at != before.end() && at->verdict != Verdict::Good)
        return of("routes", Verdict::Skipped, "explained by: bgp");
    return judge_routes(facts);
}

Finding networkd(const Facts& facts) {
    if (!facts.networkd)
        return of("networkd", Verdict::Skipped, "cannot be looked at", {facts.networkd.error().text});
    const auto& seen = *facts.networkd;
    if (!seen.running) return of("networkd", Verdict::Good, "systemd-networkd does not run here");
    if (!seen.manages_foreign_routes && !seen.manages_foreign_rules)
        return of("networkd", Verdict::Good, "systemd-networkd leaves foreign routes and rules alone");
    return of("networkd", Verdict::Bad, "systemd-networkd removes our routes or rules whenever it restarts",
              {fmt::format("ManageForeignRoutes={}", seen.manages_foreign_routes ? "yes" : "no"),
               fmt::format("ManageForeignRoutingPolicyRules={}", seen.manages_foreign_rules ? "yes" : "no")},
              "sudo mkdir -p /etc/systemd/networkd.conf.d && printf "
              "'[Network]\\nManageForeignRoutes=no\\nManageForeignRoutingPolicyRules=no\\n' | "
              "sudo tee /etc/systemd/networkd.conf.d/50-doublezero.conf && sudo systemctl restart "
              "systemd-networkd");
}

Finding xdp(const Facts& facts) {
    if (!facts.xdp) return of("xdp", Verdict::Skipped, "cannot be looked at", {facts.xdp.error().text});
    for (const Xdp& one : *facts.xdp) {
        const bool ours = one.link.starts_with("doublezero");
        if (!ours && one.link != underlay_device(facts)) continue;
        return of(
            "xdp", Verdict::Warning,
            fmt::format("an XDP program sees the packets of {} before the kernel does", one.link),
            {fmt::format("ip link show {}: prog/xdp id {}", one.link, one.program),
             "it must pass GRE (protocol 47) on; a validator that began before the tunnel has to begin anew"},
            fmt::format("sudo ip link set dev {} {} off", one.link, one.mode));
    }
    return of("xdp", Verdict::Good, "no XDP program on our way");
}

}  // namespace

std::vector<Finding> examine(const Facts& facts) {
    std::vector<Finding> found{daemon(facts),    enabled(facts), privileges(facts),    gre(facts),
                               client_ip(facts), ledger(facts),  access_pass(facts),   balance(facts),
                               account(facts),   device(facts),  judge_firewall(facts)};
    found.push_back(mtu(facts, found));
    found.push_back(bgp(facts, found));
    found.push_back(routes(facts, found));
    found.push_back(networkd(facts));
    found.push_back(xdp(facts));
    return found;
}

}  // namespace dz::doctor
