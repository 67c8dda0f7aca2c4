// netlink/socket_diag.hpp: port to the TCP sessions and addresses of this host's network namespaces.
//
//     CO_TRY(const auto reports, co_await diag.look(179));
//
// `LinuxSocketDiag` asks sock_diag and rtnetlink; `FakeSocketDiag` keeps the state in memory by the same
// rules. Both pass tests/netlink/socket_diag_contract_test.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace dz::netlink {

/// One established TCP connection between IPv4 addresses, as one of its ends sees it. Addresses that an IPv6
/// socket holds in mapped form count as IPv4.
struct TcpSession {
    Ipv4 local, remote;
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    /// Smoothed round-trip time; none where the kernel does not tell.
    std::optional<std::chrono::microseconds> rtt;

    bool operator==(const TcpSession&) const = default;
};

struct NamespaceView {
    std::vector<Prefix> addresses;  ///< IPv4, of every link, with the length of the on-link network
    std::vector<TcpSession> sessions;

    bool operator==(const NamespaceView&) const = default;
};

struct NamespaceReport {
    std::string name;  ///< of its file; empty for the namespace this process lives in
    /// Errors: Permission (CAP_SYS_ADMIN is missing), Unsupported (the kernel lacks tcp_diag), LimitExceeded,
    /// Timeout, Io; the first two texts end with a remedy.
    Result<NamespaceView> view;
};

/// More than this of either kind in one namespace is LimitExceeded.
inline constexpr std::size_t kMaxSessions = 65'536;
inline constexpr std::size_t kMaxAddresses = 65'536;

/// Used from the loop's thread only.
class SocketDiag {
  public:
    virtual ~SocketDiag() = default;

    /// One look at every namespace, each once, in order of their names (the first one where it has several).
    /// Sessions are those with `port` at either end. What is no namespace, or is gone before it was entered,
    /// is left out.
    /// Errors: those of listing the namespaces, NotFound among them; Internal when the looking thread could
    /// not return to its own namespace, after which nothing works any more and the process should end.
    virtual Task<Result<std::vector<NamespaceReport>>> look(std::uint16_t port) = 0;
};

}  // namespace dz::netlink
