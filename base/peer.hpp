// base/peer.hpp: who is at the other end of a connected socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dz::net {

struct Peer {
    /// Of a unix socket (SO_PEERCRED, unix(7)).
    std::optional<std::uint32_t> uid, gid;
    /// Supplementary groups of its process (SO_PEERGROUPS); empty where the kernel does not say.
    std::vector<std::uint32_t> groups;
    std::string address;  ///< "192.0.2.1" of TCP; empty else
};

/// What is known; nothing of a socket that has lost its peer.
Peer peer_of(int descriptor);

}  // namespace dz::net
