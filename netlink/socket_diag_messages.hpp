// netlink/socket_diag_messages.hpp: the netlink messages behind `SocketDiag`, both ways (sock_diag(7),
// rtnetlink(7)).
//
// Everything the kernel sends passes through `bytes::Reader`. Decoders are total: what is short, broken or of
// no interest gives an error or nothing, never a wrong value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "netlink/socket_diag.hpp"

namespace dz::netlink {

enum class Family : std::uint8_t { Ipv4 = 2, Ipv6 = 10 };

/// All established TCP sockets of one family, with their TCP_INFO.
Bytes tcp_dump_request(Family family, std::uint32_t sequence);
/// All IPv4 addresses of all links.
Bytes address_dump_request(std::uint32_t sequence);

struct MessageHeader {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    std::uint32_t sequence = 0;
    std::uint32_t port = 0;

    static constexpr std::uint16_t kError = 2, kDone = 3;
    static constexpr std::uint16_t kDumpInterrupted = 0x10;
    static constexpr std::size_t kSize = 16;
};

struct Message {
    MessageHeader header;
    ByteView body;
};

/// Cuts the next message off the front of a datagram. Errors: Truncated, BadValue (a length that cannot be).
Result<Message> take_message(bytes::Reader& datagram);

/// The errno, positive, in the body of an error or of the message that ends a dump; 0 is success. Errors:
/// Truncated.
Result<int> decode_errno(ByteView body);

/// Puts the datagrams of one dump together.
class DumpReader {
  public:
    enum class Progress {
        More,   ///< the end has not come yet
        Done,   ///< it has
        Again,  ///< it has, but things changed meanwhile: what was read may lack something or have it twice
    };

    /// Messages of another sequence number, or for another port, belong to somebody else's dump.
    DumpReader(std::uint32_t sequence, std::uint32_t port) : sequence_(sequence), port_(port) {}

    /// Calls `visit(ByteView body) -> Result<>` for each message of the dump. Errors: the kernel's (`detail`
    /// is the errno), those of `visit`, Truncated, BadValue.
    template <class Visitor>
    Result<Progress> feed(ByteView datagram, Visitor visit) {
        bytes::Reader in(datagram);
        while (!in.empty()) {
            TRY(const Message message, take_message(in));
            if (message.header.sequence != sequence_ || message.header.port != port_) continue;
            if ((message.header.flags & MessageHeader::kDumpInterrupted) != 0) interrupted_ = true;
            const bool done = message.header.type == MessageHeader::kDone;
            if (done || message.header.type == MessageHeader::kError) TRY_OK(check_errno(message.body));
            if (done) return interrupted_ ? Progress::Again : Progress::Done;
            if (message.header.type != MessageHeader::kError) TRY_OK(visit(message.body));
        }
        return Progress::More;
    }

  private:
    static Result<> check_errno(ByteView body);

    std::uint32_t sequence_;
    std::uint32_t port_;
    bool interrupted_ = false;
};

/// From the body of one answer to `tcp_dump_request`. None for another state than established, and for
/// addresses that are not IPv4. Broken attributes cost the round-trip time and nothing else. Errors:
/// Truncated.
Result<std::optional<TcpSession>> decode_tcp_session(ByteView body);

/// The kernel's `struct tcp_info`, which grows with each version: only a field that is all there counts, and
/// the time only together with its variance.
std::optional<std::chrono::microseconds> decode_rtt(ByteView tcp_info);

/// From the body of one answer to `address_dump_request`. None for other families. Errors: Truncated.
Result<std::optional<Prefix>> decode_link_address(ByteView body);

}  // namespace dz::netlink
