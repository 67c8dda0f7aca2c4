// netlink_saboteur.cpp: preloaded into a program, it strikes at one of the program's netlink requests.
//
//     LD_PRELOAD=libnetlink_saboteur.so NETLINK_KILL_AT=7 doublezerod ...
//     LD_PRELOAD=libnetlink_saboteur.so NETLINK_FAIL_AT=7 NETLINK_ERRNO=12 doublezerod ...
//
// Requests are the messages sent on rtnetlink sockets, counted from 1 in the order the kernel would see them,
// many to a system call or not. KILL_AT: the kernel gets those before it and the process is killed. FAIL_AT:
// the kernel gets all others and the answer to this one is the error, as if the kernel had refused it. With
// NETLINK_COUNT=FILE the number of requests so far is in that file. The lab uses it; nothing else does.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

std::uint64_t number_in(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

/// The counter, in a file that outlives the process.
std::uint64_t* shared_counter() {
    static std::uint64_t alone = 0;
    const char* path = std::getenv("NETLINK_COUNT");
    if (path == nullptr) return &alone;
    const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof alone) != 0) return &alone;
    void* memory = ::mmap(nullptr, sizeof alone, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    return memory == MAP_FAILED ? &alone : static_cast<std::uint64_t*>(memory);
}

/// What one process does, from its environment. Its netlink thread is one.
struct Plan {
    std::uint64_t kill_at = number_in("NETLINK_KILL_AT");
    std::uint64_t fail_at = number_in("NETLINK_FAIL_AT");
    int error = static_cast<int>(number_in("NETLINK_ERRNO"));
    std::uint64_t* count = shared_counter();
    int struck_socket = -1;  ///< that waits for the made-up answer
    std::uint32_t struck_sequence = 0;
};

Plan& plan() {
    static Plan one;
    return one;
}

bool is_rtnetlink(int socket) {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &value, &size) != 0 || value != AF_NETLINK) return false;
    return ::getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &value, &size) == 0 && value == NETLINK_ROUTE;
}

/// Calls `visit(header, its place)` for each message, and puts back what it changed, until it says no.
template <class Visit>
void for_each_header(unsigned char* bytes, std::size_t size, Visit visit) {
    nlmsghdr header{};
    for (std::size_t at = 0; at + sizeof header <= size;) {
        std::memcpy(&header, bytes + at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > size - at) return;
        const std::size_t next = at + NLMSG_ALIGN(header.nlmsg_len);
        if (!visit(header, at)) return;
        std::memcpy(bytes + at, &header, sizeof header);
        at = next;
    }
}

/// The kernel answers a request of no kind with success, which `falsify` then turns into the error.
void disarm(nlmsghdr& request, int socket) {
    request.nlmsg_type = NLMSG_NOOP;
    request.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    plan().struck_socket = socket;
    plan().struck_sequence = request.nlmsg_seq;
}

void falsify(unsigned char* bytes, std::size_t size) {
    for_each_header(bytes, size, [&](nlmsghdr& answer, std::size_t at) {
        if (answer.nlmsg_type != NLMSG_ERROR || answer.nlmsg_seq != plan().struck_sequence) return true;
        const int error = -plan().error;
        std::memcpy(bytes + at + NLMSG_HDRLEN, &error, sizeof error);
        plan().struck_socket = -1;
        return false;
    });
}

/// What is left of `bytes` to be sent; less than all when the process is to die after it.
std::size_t strike(int socket, std::vector<unsigned char>& bytes) {
    std::size_t end = bytes.size();
    for_each_header(bytes.data(), bytes.size(), [&](nlmsghdr& request, std::size_t at) {
        const auto number = ++*plan().count;
        if (number == plan().kill_at) end = at;
        if (number == plan().fail_at) disarm(request, socket);
        return number != plan().kill_at;
    });
    return end;
}

template <class Function>
Function next(const char* name) {
    return std::bit_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" ssize_t sendto(int socket, const void* data, size_t size, int flags, const sockaddr* to,
                          socklen_t to_size) {
    static const auto real = next<decltype(&::sendto)>("sendto");
    if (!is_rtnetlink(socket)) return real(socket, data, size, flags, to, to_size);
    const auto* begin = static_cast<const unsigned char*>(data);
    std::vector<unsigned char> bytes(begin, begin + size);
    const std::size_t end = strike(socket, bytes);
    const ssize_t sent = end > 0 ? real(socket, bytes.data(), end, flags, to, to_size) : 0;
    if (end < bytes.size()) ::kill(::getpid(), SIGKILL);
    return sent;
}

extern "C" ssize_t recvmsg(int socket, msghdr* message, int flags) {
    static const auto real = next<decltype(&::recvmsg)>("recvmsg");
    const ssize_t size = real(socket, message, flags);
    if (size > 0 && socket == plan().struck_socket && (flags & MSG_PEEK) == 0 && message->msg_iovlen == 1)
        falsify(static_cast<unsigned char*>(message->msg_iov[0].iov_base), static_cast<std::size_t>(size));
    return size;
}
