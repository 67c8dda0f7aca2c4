// protocols/bgp/socket.hpp: how the sockets of a session are set up: source address, marks, and what keeps
// strangers out.
//
// Signed segments (RFC 2385) and the check of the distance (GTSM, RFC 5082) are the kernel's work. Both are
// set before the first packet, and connections inherit them from the socket that accepted them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "protocols/bgp/peer.hpp"

namespace dz::bgp {

/// Makes `socket` one that may connect to the peer.
boost::system::error_code prepare(boost::asio::ip::tcp::socket& socket, const PeerConfig& config);

/// Makes `acceptor` one that waits for the peer at `config.local`. Ports below 1024 need
/// CAP_NET_BIND_SERVICE.
boost::system::error_code listen(boost::asio::ip::tcp::acceptor& acceptor, const PeerConfig& config);

}  // namespace dz::bgp
