#include "netlink/linux_namespace.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/vfs.h>

#include <cerrno>

namespace dz::netlink {

namespace {

/// A dump comes at once; one whose end was lost must not hang the thread.
constexpr ::timeval kReceiveTimeout{.tv_sec = 2, .tv_usec = 0};

Result<Descriptor> open_netlink(int protocol) {
    Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (!socket.valid()) return fail_errno(errno, "open a netlink socket");
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kReceiveTimeout, sizeof kReceiveTimeout);
    ::sockaddr_nl any{};
    any.nl_family = AF_NETLINK;
    const void* generic = &any;
    if (::bind(socket.get(), static_cast<const ::sockaddr*>(generic), sizeof any) != 0)
        return fail_errno(errno, "bind a netlink socket");
    return socket;
}

bool is_network_namespace(int file) {
    struct ::statfs system{};
    return ::fstatfs(file, &system) == 0 && system.f_type == NSFS_MAGIC &&
           ::ioctl(file, NS_GET_NSTYPE) == CLONE_NEWNET;
}

}  // namespace

Result<OpenNamespace> open_namespace(const std::filesystem::path& path) {
    // Non-blocking: a pipe that lies there would wait for its other end.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.valid() && errno == ENXIO) return fail(Errc::BadValue, path.string() + " is a socket");
    if (!file.valid()) return fail_errno(errno, path.string());
    struct ::stat status{};
    if (::fstat(file.get(), &status) != 0) return fail_errno(errno, path.string());
    if (!is_network_namespace(file.get()))
        return fail(Errc::BadValue, path.string() + " is no network namespace");
    return OpenNamespace{std::move(file), {status.st_dev, status.st_ino}};
}

Result<OpenNamespace> own_namespace() {
    return open_namespace("/proc/thread-self/ns/net");
}

Result<DiagSockets> open_diag_sockets() {
    DiagSockets sockets;
    TRY(sockets.sock_diag, open_netlink(NETLINK_SOCK_DIAG));
    TRY(sockets.route, open_netlink(NETLINK_ROUTE));
    return sockets;
}

Result<DiagSockets> open_diag_sockets_in(const OpenNamespace& where, const OpenNamespace& home) {
    if (::setns(where.file.get(), CLONE_NEWNET) != 0) {
        const int error = errno;
        if (error == EPERM)
            return fail(Errc::Permission,
                        "entering a namespace takes CAP_SYS_ADMIN: run as root, or by the packaged unit",
                        error);
        return fail_errno(error, "enter a namespace");
    }
    auto sockets = open_diag_sockets();
    if (::setns(home.file.get(), CLONE_NEWNET) != 0)
        return fail(Errc::Internal, "the thread could not return to its own network namespace", errno);
    return sockets;
}

}  // namespace dz::netlink
