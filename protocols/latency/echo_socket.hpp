// protocols/latency/echo_socket.hpp: port to ICMP echo: one socket for all addresses.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace dz::latency {

/// An echo that came back.
struct Reply {
    Ipv4 from;
    std::uint16_t sequence = 0;
    TimePoint at;  ///< when this host received it, not when somebody came to read it
};

/// `IcmpSocket` is the kernel's, `FakeEcho` is for tests. One thread.
class EchoSocket {
  public:
    virtual ~EchoSocket() = default;

    /// Nothing, when it is open. Errors: Permission, with the remedies in its text; what the system says.
    virtual Result<> open() = 0;

    /// One echo request, at once. Errors: it is not open, or this host does not let it out.
    virtual Result<> send(Ipv4 to, std::uint16_t sequence) = 0;

    /// The next reply to a request of ours. Waits, also while the socket is not open. Ends by cancellation.
    virtual Task<Reply> receive() = 0;
};

}  // namespace dz::latency
