#include "base/listen.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

#include "base/ip.hpp"

namespace dz::net {

namespace {

namespace fs = std::filesystem;

/// Any of the sockaddr structs, in the two types that the system calls want.
struct Address {
    ::sockaddr_storage storage{};
    ::socklen_t size = 0;

    const ::sockaddr* get() const {
        return static_cast<const ::sockaddr*>(static_cast<const void*>(&storage));
    }
    ::sockaddr* get() { return static_cast<::sockaddr*>(static_cast<void*>(&storage)); }

    template <class T>
    static Address of(const T& address) {
        Address out;
        static_assert(sizeof(T) <= sizeof out.storage);
        std::memcpy(&out.storage, &address, sizeof address);
        out.size = sizeof address;
        return out;
    }
};

Result<Address> unix_address(const fs::path& path) {
    ::sockaddr_un address{};
    const std::string& text = path.native();
    if (text.empty() || text.size() >= sizeof address.sun_path)
        return fail(Errc::BadValue, fmt::format("socket path of {} bytes, allowed are 1 to {}", text.size(),
                                                sizeof address.sun_path - 1));
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, text.data(), text.size());
    return Address::of(address);
}

Descriptor open_socket(int family) {
    return Descriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// Makes way for a new socket at `path`: removes a socket that nobody listens on.
Result<> clear_stale(const fs::path& path, const Address& address) {
    struct ::stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return errno == ENOENT ? Result<>() : fail_errno(errno, "look at " + path.native());
    if (!S_ISSOCK(status.st_mode)) return fail(Errc::Exists, path.native() + ": exists and is not a socket");
    const Descriptor probe = open_socket(AF_UNIX);
    if (!probe.valid()) return fail_errno(errno, "open a socket");
    // EAGAIN is a full queue: somebody is alive behind it.
    if (::connect(probe.get(), address.get(), address.size) == 0 || errno == EAGAIN)
        return fail(Errc::Exists, path.native() + ": another process answers there");
    if (errno != ECONNREFUSED) return fail_errno(errno, "probe " + path.native());
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return fail_errno(errno, "remove old " + path.native());
    return {};
}

Result<Address> tcp_address(std::string_view host, std::uint16_t port) {
    if (host.starts_with('[') && host.ends_with(']')) {
        ::sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        const std::string text(host.substr(1, host.size() - 2));
        if (::inet_pton(AF_INET6, text.c_str(), &address.sin6_addr) != 1)
            return fail(Errc::BadValue, "not an IPv6 address: " + text);
        return Address::of(address);
    }
    if (host.empty()) host = "0.0.0.0";
    if (host == "localhost") host = "127.0.0.1";
    TRY(const Ipv4 parsed, parse_ipv4(host));
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(parsed.to_uint());
    return Address::of(address);
}

}  // namespace

Result<Descriptor> listen_unix(const fs::path& path, unsigned mode) {
    TRY(const Address address, unix_address(path));
    TRY_OK(clear_stale(path, address));
    Descriptor socket = open_socket(AF_UNIX);
    if (!socket.valid()) return fail_errno(errno, "open a socket");
    if (::bind(socket.get(), address.get(), address.size) != 0)
        return fail_errno(errno, "bind " + path.native());
    // Until listen() every connect is refused, so nobody gets in with the mode that the umask gave.
    if (::chmod(path.c_str(), mode) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
        const int number = errno;
        ::unlink(path.c_str());
        return fail_errno(number, "listen on " + path.native());
    }
    return socket;
}

SocketFile::SocketFile(fs::path path) : path_(std::move(path)) {
    struct ::stat status{};
    if (::lstat(path_.c_str(), &status) != 0) return;
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

void SocketFile::remove() {
    struct ::stat status{};
    if (path_.empty() || ::lstat(path_.c_str(), &status) != 0) return;
    if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
    path_.clear();
}

Result<Descriptor> listen_tcp(std::string_view host_port) {
    const auto bad = [host_port] { return fail(Errc::BadValue, "not HOST:PORT: " + std::string(host_port)); };
    const auto colon = host_port.rfind(':');
    if (colon == std::string_view::npos) return bad();
    const std::string_view digits = host_port.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return bad();
    TRY(const Address address, tcp_address(host_port.substr(0, colon), port));

    const std::string doing = "listen on " + std::string(host_port);
    Descriptor socket = open_socket(address.get()->sa_family);
    if (!socket.valid()) return fail_errno(errno, doing);
    const int yes = 1;
    // A restart must not wait for the old connections' TIME_WAIT.
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        ::bind(socket.get(), address.get(), address.size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0)
        return fail_errno(errno, doing);
    return socket;
}

Result<std::uint16_t> local_port(const Descriptor& socket) {
    Address address;
    address.size = sizeof address.storage;
    if (::getsockname(socket.get(), address.get(), &address.size) != 0)
        return fail_errno(errno, "read the socket's address");
    ::sockaddr_in any{};  // sin_port and sin6_port are at the same place
    std::memcpy(&any, &address.storage, sizeof any);
    return ntohs(any.sin_port);
}

}  // namespace dz::net
