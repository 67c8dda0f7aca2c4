// doctor/readings.hpp: what the outputs of the machine's tools mean. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"

namespace dz::doctor {

/// One link, of `ip -j addr show`.
struct LinkReading {
    std::string name;
    std::string type;  ///< "gre", "ether", ...
    std::uint32_t mtu = 0;
    std::string remote;  ///< of a tunnel; empty else
    std::vector<Prefix> addresses;
    std::optional<Xdp> xdp;
};

/// Errors of all: BadValue.
Result<std::vector<LinkReading>> read_links(std::string_view json);
/// `ip -j route get ADDRESS`.
Result<Way> read_way(std::string_view json);
/// `ip -j route show table main`: those that do not lead into our tunnels.
Result<std::vector<ForeignRoute>> read_foreign_routes(std::string_view json);
/// /proc/PID/status of the daemon.
Result<Privileges> read_privileges(int pid, std::string_view status);
/// The configuration files of systemd-networkd in the order in which they count; a later one wins.
Networkd read_networkd(bool running, std::span<const std::string> files);

/// The other end of a /31. Errors: BadValue for another length.
Result<Ipv4> peer_of(const Prefix& overlay);

}  // namespace dz::doctor
