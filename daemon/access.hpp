// daemon/access.hpp: who may ask the daemon, and who may change what it does.
//
// The socket belongs to the group doublezero (mode 0660): `usermod -aG doublezero alice` is enough.
// -sock-mode opens it wider, for monitoring that runs as anybody; changes are then still for root, for the
// user the daemon runs as, and for members of the group, so an arbitrary local account cannot take a
// validator's tunnel down (daemon.md 14.6 M9, docs/adr/0005).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/http_server.hpp"
#include "base/result.hpp"

namespace dz::daemon {

/// Members of this group may use the daemon.
inline constexpr std::string_view kGroup = "doublezero";
inline constexpr std::string_view kGroupFile = "/etc/group";

/// Reads the file and asks nobody: a directory server may not answer while the network is down. Empty where
/// it has no such group, or cannot be read.
std::optional<std::uint32_t> find_group(const std::filesystem::path& file, std::string_view name);

/// Who the daemon runs as, and whose members may change what it does.
struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    /// The group `doublezero` of this host, else the group of this process.
    static Identity of_this_process();
};

/// Nobody may whom the kernel does not vouch for, such as a client by TCP. Group 0 counts for root only.
bool may_change(const http::Request& request, const Identity& self);

/// An answer that says why not, in the shape that the command line shows to its user.
http::Response refusal(int status, std::string_view description);
/// 403 for whoever may not. `what` follows "may": "enable tunnels".
http::Response refuse_change(const Identity& self, std::string_view what);

/// How the file of the socket is to be.
struct SocketAccess {
    unsigned mode = 0600;
    std::optional<std::uint32_t> group;  ///< owner group, where it is to be another than the process's
    bool operator==(const SocketAccess&) const = default;
};
/// `asked` is -sock-mode. Without it 0660 for the group, or 0600 where the host has none.
SocketAccess socket_access(std::optional<unsigned> asked, std::optional<std::uint32_t> group);

/// Gives the socket, made with mode 0600, to those who may use it. Errors: Permission when this process may
/// not give files to the group.
Result<> open_socket_to(const std::filesystem::path& path, const SocketAccess& access);

}  // namespace dz::daemon
