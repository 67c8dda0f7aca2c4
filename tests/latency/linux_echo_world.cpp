// The kernel's own ICMP: the lab gives us a network namespace with 9.128.0.8 as a neighbour that answers, and
// nobody at 9.128.0.77. As root the socket is a raw one; without CAP_NET_RAW it is a ping socket.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <variant>

#include "base/run.hpp"
#include "protocols/latency/icmp_socket.hpp"
#include "tests/latency/echo_world.hpp"

namespace dz::latency {

namespace {

class LinuxEchoWorld final : public EchoWorld {
  public:
    EchoSocket& socket() override { return socket_; }
    Clock& clock() override { return clock_; }
    Ipv4 answering() const override { return Ipv4(0x09800008); }
    Ipv4 silent() const override { return Ipv4(0x0980004D); }
    void ping_by_others(std::uint16_t sequence) override {
        IcmpSocket other(loop_, clock_);
        if (other.open() && other.send(answering(), sequence)) (void)receive(other, 20s);
    }
    std::optional<Reply> next(Duration patience) override { return receive(socket_, patience); }

  private:
    std::optional<Reply> receive(IcmpSocket& socket, Duration patience) {
        return run(loop_, wait(socket, clock_, clock_.now() + patience));
    }
    static Task<std::optional<Reply>> wait(IcmpSocket& socket, Clock& clock, TimePoint limit) {
        using namespace boost::asio::experimental::awaitable_operators;
        auto first = co_await (socket.receive() || clock.sleep_until(limit));
        if (auto* const reply = std::get_if<Reply>(&first)) co_return *reply;
        co_return std::nullopt;
    }

    EventLoop loop_;
    SystemClock clock_{loop_};
    IcmpSocket socket_{loop_, clock_};
};

}  // namespace

std::unique_ptr<EchoWorld> make_echo_world() {
    return std::make_unique<LinuxEchoWorld>();
}

}  // namespace dz::latency
