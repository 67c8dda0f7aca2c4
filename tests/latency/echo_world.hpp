// tests/latency/echo_world.hpp: what the contract of EchoSocket is checked in.
//
// The fake and Linux each define make_echo_world(). The cases are linked twice: with the fake into
// latency_test, and with the kernel's sockets into latency_contract, which the lab runs as root in a network
// of its own.
#pragma once

#include <memory>
#include <optional>

#include "protocols/latency/echo_socket.hpp"

namespace dz::latency {

/// A network in which one address answers and another one does not.
class EchoWorld {
  public:
    virtual ~EchoWorld() = default;

    virtual EchoSocket& socket() = 0;
    virtual Clock& clock() = 0;
    virtual Ipv4 answering() const = 0;
    virtual Ipv4 silent() const = 0;
    /// Another program pings `answering` with the sequence number `sequence`, and its reply passes by.
    virtual void ping_by_others(std::uint16_t sequence) = 0;
    /// The next reply; nothing when none comes within `patience`.
    virtual std::optional<Reply> next(Duration patience) = 0;
};

std::unique_ptr<EchoWorld> make_echo_world();

}  // namespace dz::latency
