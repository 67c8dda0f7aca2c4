// base/listen.hpp: listening sockets, ready to accept and non-blocking.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace dz::net {

/// A unix stream socket whose file has exactly `mode` before anybody can connect. A file left behind by a
/// dead process is replaced. Errors: Exists when a live process answers there or the path is no socket;
/// NotFound when the directory is missing; Permission; BadValue when the path is too long for a socket (107
/// bytes).
Result<Descriptor> listen_unix(const std::filesystem::path& path, unsigned mode);

/// The file of a socket of ours, so that we remove that one and not another process's of the same name.
class SocketFile {
  public:
    SocketFile() = default;
    /// Notes which file is at `path` now.
    explicit SocketFile(std::filesystem::path path);
    /// To be called while the socket is open: after that its inode number may be another file's.
    void remove();

  private:
    std::filesystem::path path_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
};

/// TCP on "host:port". The host is an IPv4 address, an IPv6 address in brackets, "localhost" (IPv4), or empty
/// for all IPv4 addresses; port 0 lets the kernel pick. Errors: BadValue; Exists when the port is taken;
/// Permission; NotFound when the address is not of this machine.
Result<Descriptor> listen_tcp(std::string_view host_port);

/// The port that a TCP socket is bound to.
Result<std::uint16_t> local_port(const Descriptor& socket);

}  // namespace dz::net
