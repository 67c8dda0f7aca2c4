#include "netlink/linux_socket_diag.hpp"

#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "base/worker.hpp"
#include "netlink/linux_namespace.hpp"
#include "netlink/socket_diag_messages.hpp"

namespace dz::netlink {

namespace {

// The kernel puts up to 32 KiB into a datagram.
constexpr std::size_t kDatagram = 65'536;
constexpr int kMaxDumps = 3;
constexpr std::size_t kMaxNames = 4096;

/// One netlink socket in a conversation of dumps.
class Conversation {
  public:
    explicit Conversation(const Descriptor& socket) : fd_(socket.get()), buffer_(kDatagram) {}

    /// Asks for a dump and visits its messages. One that was disturbed is asked for again, after `restart()`.
    template <class Request, class Restart, class Visitor>
    Result<> dump(Request request, Restart restart, Visitor visit) {
        TRY(const std::uint32_t port, local_port());
        for (int attempt = 0; attempt < kMaxDumps; ++attempt) {
            restart();
            DumpReader reader(++sequence_, port);
            TRY_OK(send(request(sequence_)));
            auto progress = DumpReader::Progress::More;
            while (progress == DumpReader::Progress::More) {
                TRY(const ByteView datagram, receive());
                TRY(progress, reader.feed(datagram, visit));
            }
            if (progress == DumpReader::Progress::Done) return {};
        }
        return fail(Errc::Unavailable, "what the kernel lists changes faster than it can be read");
    }

  private:
    Result<std::uint32_t> local_port() const {
        ::sockaddr_nl own{};
        ::socklen_t size = sizeof own;
        void* const generic = &own;
        if (::getsockname(fd_, static_cast<::sockaddr*>(generic), &size) != 0)
            return fail_errno(errno, "name of a netlink socket");
        return own.nl_pid;
    }

    Result<> send(const Bytes& request) const {
        if (::send(fd_, request.data(), request.size(), 0) < 0) return fail_errno(errno, "ask the kernel");
        return {};
    }

    /// The next datagram of the kernel: others may write to this socket, too.
    Result<ByteView> receive() {
        for (;;) {
            ::sockaddr_nl sender{};
            ::socklen_t size = sizeof sender;
            void* const generic = &sender;
            const ::ssize_t length = ::recvfrom(fd_, buffer_.data(), buffer_.size(), MSG_TRUNC,
                                                static_cast<::sockaddr*>(generic), &size);
            if (length < 0 && errno == EINTR) continue;
            if (length < 0 && errno == EAGAIN) return fail(Errc::Timeout, "the kernel did not answer");
            if (length < 0) return fail_errno(errno, "receive from the kernel");
            if (sender.nl_pid != 0) continue;
            if (static_cast<std::size_t>(length) > buffer_.size())
                return fail(Errc::Truncated, "an answer of the kernel does not fit");
            return ByteView(buffer_).first(static_cast<std::size_t>(length));
        }
    }

    int fd_;
    Bytes buffer_;
    std::uint32_t sequence_ = 0;
};

Result<> read_sessions(Conversation& kernel, Family family, std::uint16_t port,
                       std::vector<TcpSession>& out) {
    const std::size_t before = out.size();
    const auto asked = kernel.dump([family](auto sequence) { return tcp_dump_request(family, sequence); },
                                   [&] { out.resize(before); },
                                   [&](ByteView body) -> Result<> {
                                       TRY(const auto session, decode_tcp_session(body));
                                       if (!session) return {};
                                       if (session->local_port != port && session->remote_port != port)
                                           return {};
                                       if (out.size() == kMaxSessions)
                                           return fail(Errc::LimitExceeded, "too many sessions");
                                       out.push_back(*session);
                                       return {};
                                   });
    if (asked || asked.error().detail != ENOENT) return asked;
    // Without IPv6 there is nothing to miss.
    if (family == Family::Ipv6) return {};
    return fail(Errc::Unsupported,
                "the kernel's modules inet_diag and tcp_diag are not loaded: modprobe tcp_diag", ENOENT);
}

Result<> read_addresses(Conversation& kernel, std::vector<Prefix>& out) {
    return kernel.dump(
        address_dump_request, [&] { out.clear(); },
        [&](ByteView body) -> Result<> {
            TRY(const auto address, decode_link_address(body));
            if (!address) return {};
            if (out.size() == kMaxAddresses) return fail(Errc::LimitExceeded, "too many addresses");
            out.push_back(*address);
            return {};
        });
}

Result<NamespaceView> read_view(const DiagSockets& sockets, std::uint16_t port) {
    NamespaceView view;
    Conversation route(sockets.route), diag(sockets.sock_diag);
    TRY_OK(read_addresses(route, view.addresses));
    TRY_OK(read_sessions(diag, Family::Ipv4, port, view.sessions));
    TRY_OK(read_sessions(diag, Family::Ipv6, port, view.sessions));
    return view;
}

Result<std::vector<std::string>> sorted_names(const std::filesystem::path& directory) {
    std::error_code error;
    std::vector<std::string> names;
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator at(directory, error); !error && at != end; at.increment(error)) {
        if (names.size() == kMaxNames)
            return fail(Errc::LimitExceeded, directory.string() + " has too many entries");
        names.push_back(at->path().filename().string());
    }
    if (error) return fail_errno(error.value(), "list the namespaces in " + directory.string());
    std::ranges::sort(names);
    return names;
}

/// The report on one name; none when it is no namespace, gone, or seen already under another name.
std::optional<NamespaceReport> look_into(const std::filesystem::path& file, const OpenNamespace& home,
                                         std::uint16_t port, std::set<NamespaceId>& seen) {
    NamespaceReport report{.name = file.filename().string(), .view = {}};
    const auto opened = open_namespace(file);
    if (!opened) {
        if (opened.error().code == Errc::NotFound || opened.error().code == Errc::BadValue)
            return std::nullopt;
        report.view = std::unexpected(opened.error());
        return report;
    }
    if (!seen.insert(opened->id).second) return std::nullopt;
    const auto sockets = open_diag_sockets_in(*opened, home);
    report.view = sockets ? read_view(*sockets, port) : std::unexpected(sockets.error());
    return report;
}

Result<std::vector<NamespaceReport>> look_everywhere(const std::filesystem::path& directory,
                                                     std::uint16_t port) {
    TRY(const auto names, sorted_names(directory));
    TRY(const OpenNamespace home, own_namespace());
    std::vector<NamespaceReport> reports;
    std::set<NamespaceId> seen;
    for (const std::string& name : names) {
        auto report = look_into(directory / name, home, port, seen);
        if (!report) continue;
        if (!report->view && report->view.error().code == Errc::Internal)
            return std::unexpected(report->view.error());
        reports.push_back(*std::move(report));
    }
    return reports;
}

Result<std::vector<NamespaceReport>> look_here(std::uint16_t port) {
    TRY(const DiagSockets sockets, open_diag_sockets());
    return std::vector<NamespaceReport>{{.name = "", .view = read_view(sockets, port)}};
}

}  // namespace

struct LinuxSocketDiag::State {
    State(EventLoop& loop, std::optional<std::filesystem::path> of)
        : worker(loop), directory(std::move(of)) {}

    Worker worker;
    std::optional<std::filesystem::path> directory;  ///< none: this namespace only
    std::optional<Error> lost;                       ///< why the thread is not where it belongs
};

LinuxSocketDiag::LinuxSocketDiag(std::unique_ptr<State> state) : state_(std::move(state)) {}
LinuxSocketDiag::~LinuxSocketDiag() = default;

std::unique_ptr<LinuxSocketDiag> LinuxSocketDiag::of_directory(EventLoop& loop,
                                                               std::filesystem::path directory) {
    return std::unique_ptr<LinuxSocketDiag>(
        new LinuxSocketDiag(std::make_unique<State>(loop, std::move(directory))));
}

std::unique_ptr<LinuxSocketDiag> LinuxSocketDiag::of_this_namespace(EventLoop& loop) {
    return std::unique_ptr<LinuxSocketDiag>(new LinuxSocketDiag(std::make_unique<State>(loop, std::nullopt)));
}

Task<Result<std::vector<NamespaceReport>>> LinuxSocketDiag::look(std::uint16_t port) {
    if (const auto& lost = state_->lost) co_return std::unexpected(*lost);
    auto reports = co_await state_->worker.run([directory = state_->directory, port] {
        return directory ? look_everywhere(*directory, port) : look_here(port);
    });
    if (!reports && reports.error().code == Errc::Internal) state_->lost = reports.error();
    co_return reports;
}

Result<> enter_namespace(const std::filesystem::path& file) {
    TRY(const OpenNamespace opened, open_namespace(file));
    if (::setns(opened.file.get(), CLONE_NEWNET) != 0) return fail_errno(errno, "enter " + file.string());
    return {};
}

}  // namespace dz::netlink
