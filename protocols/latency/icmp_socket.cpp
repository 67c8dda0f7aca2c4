#include "protocols/latency/icmp_socket.hpp"

#include <linux/icmp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/icmp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <random>

#include "base/descriptor.hpp"

namespace dz::latency {

namespace {

using Endpoint = boost::asio::ip::icmp::endpoint;

/// A thousand replies of 84 bytes, with what the kernel counts for each.
constexpr int kReceiveBuffer = 1 << 20;
/// A clock that was set between the kernel's stamp and our look at it gives nonsense; then ours counts.
constexpr Duration kLongestWaitInQueue = 5s;

std::uint64_t random_cookie() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

Result<> set_option(int socket, int level, int name, const auto& value, std::string_view doing) {
    if (::setsockopt(socket, level, name, &value, sizeof value) == 0) return {};
    return fail_errno(errno, doing);
}

/// The wall time at which the kernel received the packet; nothing where it does not say.
std::optional<Duration> stamp_of(const msghdr& message) {
    for (const cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
         head = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(head))) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec time{};
        std::memcpy(&time, CMSG_DATA(head), sizeof time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
    return {};
}

}  // namespace

IcmpSocket::IcmpSocket(EventLoop& loop, Clock& clock)
    : clock_(clock), socket_(loop), opened_(loop, clock), cookie_(random_cookie()) {}

Result<int> IcmpSocket::make_socket() {
    constexpr int kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    raw_ = true;
    if (const int raw = ::socket(AF_INET, SOCK_RAW | kFlags, IPPROTO_ICMP); raw >= 0) return raw;
    if (errno != EPERM && errno != EACCES) return fail_errno(errno, "raw ICMP socket");
    raw_ = false;
    if (const int ping = ::socket(AF_INET, SOCK_DGRAM | kFlags, IPPROTO_ICMP); ping >= 0) return ping;
    auto refused = fail_errno(errno, "ping socket");
    refused.error().text +=
        "; give the daemon CAP_NET_RAW (the packaged unit does), or let its group ping: sysctl "
        "net.ipv4.ping_group_range";
    return refused;
}

Result<> IcmpSocket::open() {
    if (socket_.is_open()) return {};
    TRY(const int number, make_socket());
    Descriptor socket(number);
    if (raw_) {
        // The rest of the host's ICMP does not wake us.
        const icmp_filter only_replies{.data = ~(1U << ICMP_ECHOREPLY)};
        TRY_OK(set_option(socket.get(), SOL_RAW, ICMP_FILTER, only_replies, "ICMP filter"));
    }
    TRY_OK(set_option(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, int{1}, "time stamps"));
    TRY_OK(set_option(socket.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer, "receive buffer"));
    boost::system::error_code error;
    socket_.assign(socket.get(), error);
    if (error) return fail(Errc::Io, "ICMP socket: " + error.message());
    socket.release();
    opened_.set();
    return {};
}

Result<> IcmpSocket::send(Ipv4 to, std::uint16_t sequence) {
    if (!socket_.is_open()) return fail(Errc::Unavailable, "there is no ICMP socket");
    const Bytes request =
        encode_request({.id = static_cast<std::uint16_t>(cookie_), .sequence = sequence, .cookie = cookie_});
    const Endpoint destination(to, 0);
    const auto sent = ::sendto(socket_.native_handle(), request.data(), request.size(), MSG_DONTWAIT,
                               destination.data(), static_cast<socklen_t>(destination.size()));
    if (sent < 0) return fail_errno(errno, "echo to " + to.to_string());
    return {};
}

Task<Reply> IcmpSocket::receive() {
    while (!socket_.is_open()) co_await opened_.wait_until(TimePoint::max());
    for (;;) {
        if (auto reply = read_one()) co_return *reply;
        if (!std::exchange(drained_, false)) continue;
        co_await socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                    boost::asio::use_awaitable);
    }
}

/// Nothing: the packet was no reply of ours, or there is none (`drained_`).
std::optional<Reply> IcmpSocket::read_one() {
    std::array<std::uint8_t, 512> packet;
    alignas(cmsghdr) std::array<char, 128> control;
    Endpoint sender;
    iovec part{.iov_base = packet.data(), .iov_len = packet.size()};
    msghdr message{.msg_name = sender.data(),
                   .msg_namelen = static_cast<socklen_t>(sender.capacity()),
                   .msg_iov = &part,
                   .msg_iovlen = 1,
                   .msg_control = control.data(),
                   .msg_controllen = control.size(),
                   .msg_flags = 0};
    const auto size = ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
    // None there, or an error that an earlier request met, told once. Either way the socket is asked to wake
    // us.
    drained_ = size < 0;
    if (drained_) return {};
    TimePoint at = clock_.now();
    if (const auto stamp = stamp_of(message)) {
        const Duration waited = clock_.wall().time_since_epoch() - *stamp;
        if (waited > Duration::zero() && waited < kLongestWaitInQueue) at -= waited;
    }
    const ByteView bytes(packet.data(), static_cast<std::size_t>(size));
    Carried carried{.source = sender.address().to_v4(), .message = bytes};
    if (raw_) {
        const auto unwrapped = unwrap(bytes);
        if (!unwrapped) return {};
        carried = *unwrapped;
    }
    const auto echo = decode_reply(carried.message);
    if (!echo || echo->cookie != cookie_) return {};
    return Reply{.from = carried.source, .sequence = echo->sequence, .at = at};
}

}  // namespace dz::latency
