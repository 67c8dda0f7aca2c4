// protocols/latency/fake_echo.hpp: an ICMP socket in memory: addresses that answer after a time of their own.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "protocols/latency/echo_socket.hpp"

namespace dz::latency {

/// On a network where nobody answers at first.
class FakeEcho final : public EchoSocket {
  public:
    FakeEcho(EventLoop& loop, Clock& clock) : clock_(clock), wake_(loop, clock) {}

    /// From now on `address` answers after `rtt`; nullopt: not at all.
    void place(Ipv4 address, std::optional<Duration> rtt);
    /// The next `count` requests to `address` get lost.
    void lose(Ipv4 address, int count) { to_lose_[address] += count; }
    /// While set, nothing can be opened, and nothing is sent.
    std::optional<Error> trouble;

    struct Request {
        Ipv4 to;
        TimePoint at;
    };
    const std::vector<Request>& requests() const { return requests_; }

    Result<> open() override;
    Result<> send(Ipv4 to, std::uint16_t sequence) override;
    Task<Reply> receive() override;

  private:
    Clock& clock_;
    Wake wake_;
    std::map<Ipv4, Duration> distances_;
    std::map<Ipv4, int> to_lose_;
    std::vector<Request> requests_;
    std::multimap<TimePoint, Reply> under_way_;
};

}  // namespace dz::latency
