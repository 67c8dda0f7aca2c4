#include "base/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace dz {

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Notifier Notifier::from_environment() {
    return Notifier(environment("NOTIFY_SOCKET"));
}

Result<> Notifier::send(std::string_view state) const {
    if (socket_.empty()) return {};
    ::sockaddr_un address{};
    if (socket_.size() >= sizeof address.sun_path)
        return fail(Errc::BadValue, "NOTIFY_SOCKET: too long: " + socket_);
    address.sun_family = AF_UNIX;
    std::ranges::copy(socket_, address.sun_path);
    if (socket_.front() == '@') address.sun_path[0] = '\0';  // an abstract name begins with a zero byte

    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail_errno(errno, "socket for NOTIFY_SOCKET");
    const auto length = static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + socket_.size());
    const void* generic = &address;
    const auto sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                               static_cast<const ::sockaddr*>(generic), length);
    const int error = errno;
    ::close(fd);
    if (sent < 0) return fail_errno(error, "NOTIFY_SOCKET " + socket_);
    return {};
}

std::optional<Duration> watchdog_limit() {
    const auto limit = number(environment("WATCHDOG_USEC"));
    if (!limit || *limit <= 0) return std::nullopt;
    const std::string pid = environment("WATCHDOG_PID");
    if (!pid.empty() && number(pid) != std::int64_t{::getpid()}) return std::nullopt;
    return std::chrono::microseconds(*limit);
}

}  // namespace dz
