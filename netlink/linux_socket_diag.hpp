// netlink/linux_socket_diag.hpp: the namespaces of the running kernel (target dz::netlink_linux).
//
// A thread of its own does all the looking, since entering a namespace moves the calling thread and every
// answer is waited for. It is elsewhere only while a socket is made: a netlink socket stays bound to the
// namespace of its birth, so the thread is back before the first question is sent.
#pragma once

#include <filesystem>
#include <memory>

#include "base/task.hpp"
#include "netlink/socket_diag.hpp"

namespace dz::netlink {

class LinuxSocketDiag final : public SocketDiag {
  public:
    /// Looks into every namespace that has a name in `directory`. Entering one takes CAP_SYS_ADMIN. `loop`
    /// must outlive it.
    static std::unique_ptr<LinuxSocketDiag> of_directory(EventLoop& loop, std::filesystem::path directory);
    /// Looks only into the namespace that the process lives in. Takes no privilege.
    static std::unique_ptr<LinuxSocketDiag> of_this_namespace(EventLoop& loop);
    ~LinuxSocketDiag() override;

    Task<Result<std::vector<NamespaceReport>>> look(std::uint16_t port) override;

  private:
    struct State;
    explicit LinuxSocketDiag(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

/// Moves the calling thread, and whatever threads it starts later, into a namespace: for `main`, before there
/// is a second thread. Errors: NotFound, Permission, BadValue (the file is no network namespace).
Result<> enter_namespace(const std::filesystem::path& file);

}  // namespace dz::netlink
