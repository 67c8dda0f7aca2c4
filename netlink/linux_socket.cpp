#include "netlink/linux_socket.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

namespace dz::netlink {
namespace {

// The kernel fills a datagram of a dump up to the room the reader offers, 32 KiB at most.
constexpr std::size_t kDatagram = 32768;

std::unexpected<Error> fail_nl(int number, std::string_view doing) {
    return fail(Errc::Io, std::string(doing) + ": " + nl_geterror(number));
}

bool set_option(int fd, int level, int option, int value) {
    return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

}  // namespace

Socket::Socket(EventLoop& loop, Handle handle)
    : handle_(std::move(handle)), descriptor_(loop, nl_socket_get_fd(handle_.get())) {}

Socket::~Socket() {
    if (descriptor_.is_open()) descriptor_.release();
}

Result<Socket> Socket::open(EventLoop& loop, std::span<const int> groups, int receive_buffer) {
    Handle handle(nl_socket_alloc());
    if (!handle) return fail(Errc::Io, "out of memory");
    if (const int error = nl_connect(handle.get(), NETLINK_ROUTE); error < 0)
        return fail_nl(error, "open a netlink socket");
    if (const int error = nl_socket_set_nonblocking(handle.get()); error < 0)
        return fail_nl(error, "make a netlink socket non-blocking");
    if (const int error = nl_socket_set_msg_buf_size(handle.get(), kDatagram); error < 0)
        return fail_nl(error, "size the buffer of a netlink socket");
    for (const int group : groups) {
        if (const int error = nl_socket_add_membership(handle.get(), group); error < 0)
            return fail_nl(error, "subscribe to netlink events");
    }
    const int fd = nl_socket_get_fd(handle.get());
    if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer))
        set_option(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    // Reasons in words, and no copies of our requests. Kernels before 4.12 and 4.3 lack them: do without.
    set_option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    set_option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    return Socket(loop, std::move(handle));
}

Result<> Socket::ignore_echoes_of(std::uint32_t port) {
    // Filters read in network order what netlink writes in the host's. Links are let through: not every
    // kernel says who changed one.
    std::array program{
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(nlmsghdr, nlmsg_pid)),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 4),
        sock_filter BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWLINK), 2, 0),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 1, 0),
        sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
        sock_filter BPF_STMT(BPF_RET | BPF_K, ~0U),
    };
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    if (::setsockopt(nl_socket_get_fd(handle_.get()), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) !=
        0)
        return fail_errno(errno, "filter netlink events");
    return {};
}

Result<> Socket::send(ByteView messages) {
    // libnl promises not to change the bytes, but takes them as void*.
    auto* bytes = const_cast<std::uint8_t*>(messages.data());
    errno = 0;
    if (nl_sendto(handle_.get(), bytes, messages.size()) >= 0) return {};
    return fail_errno(errno == 0 ? EIO : errno, "send to the kernel");
}

Result<std::optional<Datagram>> Socket::receive() {
    for (;;) {
        sockaddr_nl sender{};
        unsigned char* memory = nullptr;
        const int size = nl_recv(handle_.get(), &sender, &memory, nullptr);
        if (size == -NLE_AGAIN || size == 0) return std::nullopt;
        if (size == -NLE_NOMEM || size == -NLE_MSG_TRUNC) return fail(Errc::LimitExceeded, "messages lost");
        if (size < 0) return fail_nl(size, "receive from the kernel");
        Datagram datagram(memory, size);
        if (sender.nl_pid == 0) return datagram;  // others may write to this socket, too
    }
}

Task<> Socket::readable() {
    boost::system::error_code ignored;
    co_await descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                    boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

}  // namespace dz::netlink
