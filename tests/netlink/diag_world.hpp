// tests/netlink/diag_world.hpp: what the contract of `SocketDiag` is tested in: a directory of namespaces
// that a test fills. FakeDiagWorld is in memory, LinuxDiagWorld in the running kernel.
#pragma once

#include <memory>
#include <string>

#include "base/run.hpp"
#include "netlink/socket_diag.hpp"

namespace dz::netlink {

class DiagWorld {
  public:
    virtual ~DiagWorld() = default;
    virtual SocketDiag& diag() = 0;

    /// A new namespace, its loopback up.
    virtual void add(const std::string& name) = 0;
    virtual void add_name(const std::string& name, const std::string& of) = 0;
    virtual void add_file(const std::string& name) = 0;
    virtual void remove(const std::string& name) = 0;
    virtual void remove_directory() = 0;
    /// On the loopback.
    virtual void plug(const std::string& name, const Prefix& address) = 0;
    virtual void listen(const std::string& name, std::uint16_t port) = 0;
    /// From `client` to the listener at `server`, both addresses of this namespace.
    virtual void connect(const std::string& name, Ipv4 client, Ipv4 server, std::uint16_t port) = 0;
    /// Ends every connection that was made.
    virtual void disconnect(const std::string& name) = 0;

    Result<std::vector<NamespaceReport>> look(std::uint16_t port) { return run(loop, diag().look(port)); }

    EventLoop loop;
};

std::unique_ptr<DiagWorld> make_diag_world();

}  // namespace dz::netlink
