// doctor/facts.hpp: what the doctor looks at before it judges. Values; nothing here asks anybody.
//
// Each fact is what was seen or why it could not be seen: a daemon that is dead, a command that is not
// installed and a file that may not be read are facts too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "daemon/api/messages.hpp"
#include "daemon/api/status.hpp"
#include "doctor/firewall.hpp"
#include "ledger/accounts.hpp"
#include "ledger/snapshot.hpp"

namespace dz::doctor {

/// What was seen, or why it could not be.
template <class T>
using Seen = Result<T>;

/// Nobody has looked yet.
inline std::unexpected<Error> unseen() {
    return fail(Errc::Unavailable, "not looked at");
}

/// Of the daemon's process (capabilities(7)).
struct Privileges {
    int pid = 0;
    bool net_admin = false;
    bool net_raw = false;
};

/// Whether this kernel makes GRE tunnels.
enum class Gre {
    Ready,
    Loadable,  ///< the module `ip_gre` is there and not loaded
    Missing,
};

/// The way from this machine to an address, as `ip route get` says.
struct Way {
    Ipv4 source;
    std::optional<Ipv4> gateway;
    std::string device;
};

/// One tunnel of ours, with what was measured through it.
struct TunnelProbe {
    std::string name;
    Ipv4 peer{};            ///< the device's end
    Ipv4 device_address{};  ///< where the tunnel ends in the underlay
    std::uint32_t mtu = 0;  ///< bytes
    /// Of the largest packet that came back, at most `mtu`; 0: none did.
    std::uint32_t passes = 0;
    Seen<Way> underlay = unseen();
};

/// A route of somebody else in the main table.
struct ForeignRoute {
    Prefix destination{};
    std::optional<Ipv4> gateway{};
    std::string device{};
    std::uint32_t metric = 0;
};

/// systemd-networkd, which removes what it did not make unless told otherwise (networkd.conf(5)).
struct Networkd {
    bool running = false;
    bool manages_foreign_routes = true;
    bool manages_foreign_rules = true;
};

/// An XDP program sees packets before the kernel does.
struct Xdp {
    std::string link;
    std::uint64_t program = 0;  ///< id
    /// How `ip link` says it is attached: "xdp" by the driver, "xdpgeneric" above it, "xdpoffload" below.
    std::string mode = "xdp";
};

struct UserOnLedger {
    ledger::Entry<ledger::User> user;
    std::optional<ledger::Device> device;
};

struct Facts {
    // What this command line is set to.
    std::string network;  ///< "testnet"
    ledger::PublicKey program;
    std::string ledger_host;  ///< without path and query, which may hold a secret
    std::string socket;

    // The daemon.
    Seen<daemon::api::StatusV2> status = unseen();
    Seen<daemon::api::Config> config = unseen();
    Seen<std::vector<daemon::api::RouteRow>> routes = unseen();
    Seen<Privileges> privileges = unseen();

    // The machine.
    Seen<Gre> gre = unseen();
    std::optional<Ipv4> client_ip{};  ///< the daemon's, else of the default route
    std::vector<Ipv4> addresses{};    ///< of this machine, without those of our tunnels
    Seen<Way> default_way = unseen();
    Seen<Ruleset> firewall = unseen();
    std::vector<TunnelProbe> tunnels{};
    Seen<std::vector<ForeignRoute>> foreign_routes = unseen();
    Seen<Networkd> networkd = unseen();
    Seen<std::vector<Xdp>> xdp = unseen();

    // The ledger.
    Seen<Slot> slot = unseen();
    Seen<std::uint64_t> epoch = unseen();
    Seen<ledger::PublicKey> payer = unseen();
    Seen<Lamports> balance = unseen();
    Seen<std::optional<ledger::AccessPass>> pass = unseen();
    Seen<std::vector<UserOnLedger>> users = unseen();  ///< of `client_ip`
    std::string other_device{};  ///< code of one that has room and no user of ours; empty: none
};

}  // namespace dz::doctor
