#include "doctor/collect.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/descriptor.hpp"
#include "base/files.hpp"
#include "doctor/readings.hpp"
#include "placement/placement.hpp"

namespace dz::doctor {

namespace {

using ledger::Commitment;
using Words = std::vector<std::string>;

constexpr std::size_t kMaxFile = 1U << 20;
/// Of a ping: headers of IPv4 and ICMP.
constexpr std::uint32_t kPingHeaders = 28;
constexpr std::uint32_t kSmallPing = 64;

/// The process at the other end of a unix socket (unix(7)).
Result<int> peer_process(const std::string& path) {
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(Errc::BadValue, "the path of the socket is too long");
    std::ranges::copy(path, address.sun_path);
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    // NOLINTNEXTLINE(bugprone-casting-through-void): what the socket interface asks for.
    if (::connect(socket.get(), static_cast<const ::sockaddr*>(static_cast<const void*>(&address)),
                  sizeof address) != 0)
        return fail_errno(errno, path);
    ::ucred peer{};
    ::socklen_t size = sizeof peer;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return fail_errno(errno, path);
    return peer.pid;
}

Result<Privileges> privileges(const Site& site, const std::filesystem::path& root) {
    TRY(const int pid, peer_process(site.socket));
    TRY(const auto status, files::read(root / "proc" / std::to_string(pid) / "status", kMaxFile));
    return read_privileges(pid, status);
}

Task<Gre> gre(Sources sources) {
    if (std::filesystem::exists(sources.root / "sys/module/ip_gre")) co_return Gre::Ready;
    // Says yes for what is built in too.
    const auto loadable = co_await sources.commands.run(Words{"modprobe", "--dry-run", "--quiet", "ip_gre"});
    co_return loadable ? Gre::Loadable : Gre::Missing;
}

Task<Result<Way>> way_to(Ipv4 address, Commands& commands) {
    CO_TRY(const auto text, co_await commands.run(Words{"ip", "-j", "route", "get", address.to_string()}));
    co_return read_way(text);
}

/// True when an answer to a packet of `size` bytes came back whole.
Task<bool> answers(Ipv4 peer, std::uint32_t size, Commands& commands) {
    const auto done = co_await commands.run(Words{"ping", "-n", "-q", "-c", "1", "-W", "1", "-M", "do", "-s",
                                                  std::to_string(size - kPingHeaders), peer.to_string()});
    co_return done.has_value();
}

/// The largest packet up to `mtu` that comes back; 0: none does.
Task<std::uint32_t> largest_passing(Ipv4 peer, std::uint32_t mtu, Commands& commands) {
    // A single lost packet is no narrow path.
    for (int attempt = 0; attempt < 2; ++attempt)
        if (co_await answers(peer, mtu, commands)) co_return mtu;
    if (mtu <= kSmallPing || !co_await answers(peer, kSmallPing, commands)) co_return 0;
    std::uint32_t passes = kSmallPing, fails = mtu;
    while (fails - passes > 1) {
        const std::uint32_t middle = passes + (fails - passes) / 2;
        (co_await answers(peer, middle, commands) ? passes : fails) = middle;
    }
    co_return passes;
}

Task<Result<TunnelProbe>> probe(LinkReading link, Commands& commands) {
    TunnelProbe tunnel{.name = link.name, .mtu = link.mtu};
    const auto overlay =
        std::ranges::find_if(link.addresses, [](const Prefix& one) { return is_link_local(one.address); });
    if (overlay == link.addresses.end())
        co_return fail(Errc::NotFound, link.name + " has no address of the overlay");
    CO_TRY(tunnel.peer, peer_of(*overlay));
    CO_TRY(tunnel.device_address, parse_ipv4(link.remote));
    tunnel.underlay = co_await way_to(tunnel.device_address, commands);
    tunnel.passes = co_await largest_passing(tunnel.peer, tunnel.mtu, commands);
    co_return tunnel;
}

Task<> look_at_links(Facts& facts, Commands& commands) {
    const auto text = co_await commands.run(Words{"ip", "-j", "addr", "show"});
    const auto links = text ? read_links(*text) : std::unexpected(text.error());
    if (!links) {
        facts.xdp = std::unexpected(links.error());
        co_return;
    }
    facts.xdp.emplace();
    for (const LinkReading& link : *links) {
        if (link.xdp) facts.xdp->push_back(*link.xdp);
        const bool ours = link.name.starts_with("doublezero") && link.type == "gre";
        // An allocated address lies on the tunnel itself.
        for (const Prefix& prefix : link.addresses)
            if (!ours || !is_link_local(prefix.address)) facts.addresses.push_back(prefix.address);
        if (!ours) continue;
        facts.gre = Gre::Ready;
        if (auto tunnel = co_await probe(link, commands)) facts.tunnels.push_back(*std::move(tunnel));
    }
}

/// The files of systemd-networkd: networkd.conf, then the drop-ins by name, each name from the first folder
/// that has it (systemd.unit(5) of drop-ins).
std::vector<std::string> networkd_files(const std::filesystem::path& root) {
    std::vector<std::string> texts;
    if (auto main = files::read(root / "etc/systemd/networkd.conf", kMaxFile))
        texts.push_back(*std::move(main));
    std::map<std::string, std::filesystem::path> drop_ins;
    for (const auto* const folder :
         {"etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd"}) {
        std::error_code error;
        for (const auto& entry :
             std::filesystem::directory_iterator(root / folder / "networkd.conf.d", error))
            if (entry.path().extension() == ".conf")
                drop_ins.try_emplace(entry.path().filename(), entry.path());
    }
    for (const auto& [name, path] : drop_ins)
        if (auto text = files::read(path, kMaxFile)) texts.push_back(*std::move(text));
    return texts;
}

Task<> look_at_machine(Facts& facts, const Site& site, Sources sources) {
    facts.privileges = privileges(site, sources.root);
    facts.gre = co_await gre(sources);
    // Any public address does: nothing is sent.
    facts.default_way = co_await way_to(Ipv4(0x01010101), sources.commands);
    co_await look_at_links(facts, sources.commands);
    const auto rules = co_await sources.commands.run(Words{"nft", "-j", "list", "ruleset"});
    facts.firewall = rules ? parse_ruleset(*rules) : Seen<Ruleset>(std::unexpected(rules.error()));
    const auto routes =
        co_await sources.commands.run(Words{"ip", "-j", "-4", "route", "show", "table", "main"});
    facts.foreign_routes = routes ? read_foreign_routes(*routes)
                                  : Seen<std::vector<ForeignRoute>>(std::unexpected(routes.error()));
    const auto active = co_await sources.commands.run(Words{"systemctl", "is-active", "systemd-networkd"});
    facts.networkd = read_networkd(active.has_value(), networkd_files(sources.root));
}

Task<> look_at_daemon(Facts& facts, Sources sources) {
    facts.status = co_await sources.daemon.status_v2();
    if (!facts.status) co_return;
    facts.config = co_await sources.daemon.config();
    facts.routes = co_await sources.daemon.routes();
}

Task<Result<std::optional<ledger::AccessPass>>> access_pass(ledger::PublicKey payer, Ipv4 client_ip,
                                                            ledger::Addresses addresses, ledger::Rpc& rpc) {
    const std::vector<ledger::PublicKey> keys{addresses.access_pass(Ipv4{}, payer),
                                              addresses.access_pass(client_ip, payer)};
    const auto answer = co_await rpc.multiple_accounts(keys, Commitment::Confirmed);
    if (!answer) co_return std::unexpected(answer.error());
    for (const auto& account : answer->value) {
        if (!account) continue;
        CO_TRY(auto pass, ledger::decode<ledger::AccessPass>(account->data));
        co_return std::optional(std::move(pass));
    }
    co_return std::optional<ledger::AccessPass>{};
}

ledger::Filters of_kind(ledger::AccountType kind) {
    return {.memcmp = {{.offset = 0, .bytes = {static_cast<std::uint8_t>(kind)}}}, .data_size = {}};
}

Task<> look_at_users(Facts& facts, ledger::PublicKey program, Ipv4 client_ip, ledger::Rpc& rpc) {
    auto mine = of_kind(ledger::AccountType::User);
    const auto octets = client_ip.to_bytes();
    mine.memcmp.push_back({.offset = ledger::User::kClientIpOffset, .bytes = {octets.begin(), octets.end()}});
    const auto users = co_await rpc.program_accounts(program, mine, Commitment::Confirmed);
    const auto devices =
        co_await rpc.program_accounts(program, of_kind(ledger::AccountType::Device), Commitment::Confirmed);
    if (!users || !devices) {
        facts.users = std::unexpected(users ? devices.error() : users.error());
        co_return;
    }
    const auto snapshot = ledger::Snapshot::from(users->value, users->slot, ledger::Scope::Mine);
    const auto catalogue = ledger::Snapshot::from(devices->value, devices->slot, ledger::Scope::Catalogue);
    facts.users.emplace();
    for (const auto& user : snapshot.users()) {
        UserOnLedger one{.user = user, .device = {}};
        if (const auto* const device = catalogue.devices().find(user.value.device_pk)) one.device = *device;
        facts.users->push_back(std::move(one));
    }
    for (const auto& device : catalogue.devices()) {
        const bool in_use = std::ranges::any_of(
            *facts.users, [&](const auto& one) { return one.user.value.device_pk == device.key; });
        if (in_use || !placement::why_ineligible(device, {}).empty()) continue;
        facts.other_device = device.value.code;
        break;
    }
}

Task<> look_at_ledger(Facts& facts, const Site& site, Sources sources) {
    facts.slot = co_await sources.rpc.slot(Commitment::Confirmed);
    if (!facts.slot) {
        const auto silent = fail(Errc::Unavailable, "the ledger does not answer");
        facts.balance = silent;
        facts.pass = silent;
        facts.users = silent;
        co_return;
    }
    const auto epoch = co_await sources.rpc.epoch_info(Commitment::Confirmed);
    facts.epoch = epoch ? Seen<std::uint64_t>(epoch->epoch) : std::unexpected(epoch.error());
    if (facts.payer) {
        const auto balance = co_await sources.rpc.balance(*facts.payer, Commitment::Confirmed);
        facts.balance = balance ? Seen<Lamports>(balance->value) : std::unexpected(balance.error());
    }
    if (!facts.client_ip) co_return;
    if (facts.payer)
        facts.pass = co_await access_pass(*facts.payer, *facts.client_ip, ledger::Addresses(site.program),
                                          sources.rpc);
    co_await look_at_users(facts, site.program, *facts.client_ip, sources.rpc);
}

}  // namespace

Task<Facts> collect(Site site, Sources sources) {
    Facts facts{.network = site.network,
                .program = site.program,
                .ledger_host = site.ledger_host,
                .socket = site.socket};
    facts.payer = site.payer;
    co_await look_at_daemon(facts, sources);
    co_await look_at_machine(facts, site, sources);
    if (facts.status && !facts.status->client_ip.is_unspecified())
        facts.client_ip = facts.status->client_ip;
    else if (facts.default_way && is_global(facts.default_way->source))
        facts.client_ip = facts.default_way->source;
    co_await look_at_ledger(facts, site, sources);
    co_return facts;
}

}  // namespace dz::doctor
