// netlink/linux_kernel.hpp: the network stack of the running kernel, by rtnetlink (target dz::netlink_linux).
//
// Requests and events have a socket each. The kernel answers a request before the send returns, so nothing
// here ever blocks; a long batch or dump yields to the loop between its parts.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "netlink/kernel.hpp"

namespace dz::netlink {

class LinuxKernel final : public Kernel {
  public:
    /// Opens the sockets in the network namespace of the calling thread and stays bound to it, whichever the
    /// thread enters later. Needs no privilege; only changes do. `loop` must outlive the kernel.
    static Result<std::unique_ptr<LinuxKernel>> open(EventLoop& loop);
    ~LinuxKernel() override;

    Task<std::vector<Result<>>> apply_all(std::vector<Change> changes) override;
    Task<Result<State>> read(Parts parts) override;
    Task<Result<Path>> route_to(Ipv4 destination) override;
    Task<Result<std::vector<Event>>> next_events() override;

  private:
    struct Sockets;
    explicit LinuxKernel(std::shared_ptr<Sockets> sockets);

    std::shared_ptr<Sockets> sockets_;
};

}  // namespace dz::netlink
