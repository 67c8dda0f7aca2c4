// protocols/latency/icmp_socket.hpp: ICMP echo by Linux: a raw socket or, without CAP_NET_RAW, a ping socket.
#pragma once

#include <netinet/in.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>

#include "protocols/latency/echo.hpp"
#include "protocols/latency/echo_socket.hpp"

namespace dz::latency {

class IcmpSocket final : public EchoSocket {
  public:
    IcmpSocket(EventLoop& loop, Clock& clock);

    Result<> open() override;
    Result<> send(Ipv4 to, std::uint16_t sequence) override;
    Task<Reply> receive() override;

    /// Open, and of the kind that needs CAP_NET_RAW.
    bool raw() const { return raw_; }

  private:
    Result<int> make_socket();
    std::optional<Reply> read_one();

    Clock& clock_;
    boost::asio::posix::stream_descriptor socket_;
    Wake opened_;
    bool raw_ = false;
    std::uint64_t cookie_;
    bool drained_ = false;  ///< nothing more to read just now
};

}  // namespace dz::latency
