// netlink/linux_socket.hpp: one NETLINK_ROUTE socket on the loop, and the datagrams the kernel sends to it.
//
// Internal to dz::netlink_linux.
#pragma once

#include <netlink/msg.h>
#include <netlink/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace dz::netlink {

struct FreeMemory {
    void operator()(unsigned char* memory) const {
        std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc): libnl's malloc
    }
};

/// One or more whole messages.
class Datagram {
  public:
    Datagram(unsigned char* memory, int size) : memory_(memory), size_(size) {}

    /// Calls `visit(nlmsghdr&)` for each message that lies within the datagram.
    template <class Visitor>
    void for_each(Visitor visit) const {
        int rest = size_;
        auto* message = static_cast<nlmsghdr*>(static_cast<void*>(memory_.get()));
        for (; nlmsg_ok(message, rest) != 0; message = nlmsg_next(message, &rest)) visit(*message);
    }

  private:
    std::unique_ptr<unsigned char, FreeMemory> memory_;
    int size_;
};

class Socket {
  public:
    /// `groups` are RTNLGRP_ numbers to subscribe to. `receive_buffer` is in bytes; without CAP_NET_ADMIN it
    /// is cut to net.core.rmem_max.
    static Result<Socket> open(EventLoop& loop, std::span<const int> groups, int receive_buffer);
    Socket(Socket&&) = default;
    Socket& operator=(Socket&&) = delete;
    ~Socket();

    /// The number that marks messages as caused by this socket.
    std::uint32_t port() const { return nl_socket_get_local_port(handle_.get()); }

    /// From now on the kernel keeps to itself what the socket of that number does to addresses, routes and
    /// rules: waking up for each of 100,000 routes only to drop it costs a fifth of writing them.
    Result<> ignore_echoes_of(std::uint32_t port);

    Result<> send(ByteView messages);
    /// The next datagram of the kernel, or none when nothing waits. LimitExceeded when some were dropped
    /// since the last call for want of room; those that had room follow.
    Result<std::optional<Datagram>> receive();
    /// Waits until `receive` has something to say. Returns early when the coroutine is cancelled.
    Task<> readable();

  private:
    struct Free {
        void operator()(nl_sock* socket) const { nl_socket_free(socket); }
    };
    using Handle = std::unique_ptr<nl_sock, Free>;
    Socket(EventLoop& loop, Handle handle);

    Handle handle_;
    boost::asio::posix::stream_descriptor descriptor_;  // borrows the handle's file descriptor
};

}  // namespace dz::netlink
