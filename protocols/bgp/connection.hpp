// protocols/bgp/connection.hpp: the inside of a session: one TCP connection with its buffers. Not for other
// modules.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "protocols/bgp/message.hpp"
#include "protocols/bgp/session.hpp"

namespace dz::bgp {

inline constexpr std::size_t kReadSize = 64U << 10;

struct Session::Connection {
    explicit Connection(boost::asio::ip::tcp::socket s) : socket(std::move(s)) {}

    boost::asio::ip::tcp::socket socket;
    Framer framer;
    std::array<std::uint8_t, kReadSize> input{};
    Bytes unsent;
    bool waiting_to_write = false;
};

}  // namespace dz::bgp
