#include "daemon/cleanup.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/clock.hpp"
#include "base/listen.hpp"
#include "base/run.hpp"
#include "base/worker.hpp"
#include "netlink/linux_kernel.hpp"
#include "reconciler/cleanup.hpp"

namespace dz::daemon {

namespace {

constexpr unsigned kOwnersSocket = 0600;

/// The socket as a lock: no daemon has it, and none can start before this is done.
class SocketLock {
  public:
    static Result<SocketLock> take(const std::filesystem::path& path) {
        auto held = net::listen_unix(path, kOwnersSocket);
        if (held) return SocketLock(*std::move(held), net::SocketFile(path));
        // Where there is no folder there is no daemon.
        if (held.error().code == Errc::NotFound) return SocketLock({}, {});
        Error error = std::move(held).error();
        error.text += error.code == Errc::Exists ? "; stop that daemon first (systemctl stop doublezerod)"
                                                 : "; run as root, or name the daemon's socket by -sock-file";
        return std::unexpected(std::move(error));
    }
    SocketLock(SocketLock&&) = default;
    SocketLock& operator=(SocketLock&&) = default;
    ~SocketLock() { file_.remove(); }

  private:
    SocketLock(Descriptor socket, net::SocketFile file)
        : socket_(std::move(socket)), file_(std::move(file)) {}

    Descriptor socket_;
    net::SocketFile file_;
};

std::string describe(const reconciler::State& removed) {
    if (removed == reconciler::State{}) return "nothing to remove\n";
    std::string text;
    for (const auto& tunnel : removed.tunnels)
        text += fmt::format("removed {}\n", netlink::to_string(tunnel));
    text += fmt::format("removed {} addresses, {} routes and {} rules\n", removed.addresses.size(),
                        removed.routes.size(), removed.rules.size());
    return text;
}

}  // namespace

Result<std::string> clean_up(const CleanUp& what) {
    TRY(const SocketLock lock, SocketLock::take(what.socket));
    EventLoop loop(1);
    Worker worker(loop);
    reconciler::OwnedFile owned(worker, what.state_directory);
    TRY(const auto kernel, netlink::LinuxKernel::open(loop));
    TRY(const reconciler::State removed,
        dz::run(loop, reconciler::clean_up(*kernel, owned, what.keep_links)));
    return describe(removed);
}

}  // namespace dz::daemon
