#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "protocols/latency/fake_echo.hpp"
#include "tests/latency/echo_world.hpp"

namespace dz::latency {

namespace {

class FakeEchoWorld final : public EchoWorld {
  public:
    FakeEchoWorld() { socket_.place(answering(), 1ms); }

    EchoSocket& socket() override { return socket_; }
    Clock& clock() override { return clock_; }
    Ipv4 answering() const override { return Ipv4(0x09C80001); }
    Ipv4 silent() const override { return Ipv4(0x09C80002); }
    void ping_by_others(std::uint16_t) override {}  // their replies go to them
    std::optional<Reply> next(Duration patience) override {
        std::optional<Reply> out;
        boost::asio::co_spawn(loop_, read(socket_, replies_), boost::asio::detached);
        for (const TimePoint end = clock_.now() + patience; replies_.empty() && clock_.now() < end;)
            clock_.advance(1ms);
        if (replies_.empty()) return {};
        out = replies_.front();
        replies_.erase(replies_.begin());
        return out;
    }

  private:
    static Task<> read(FakeEcho& socket, std::vector<Reply>& into) {
        into.push_back(co_await socket.receive());
    }

    EventLoop loop_;
    FakeClock clock_{loop_};
    FakeEcho socket_{loop_, clock_};
    std::vector<Reply> replies_;
};

}  // namespace

std::unique_ptr<EchoWorld> make_echo_world() {
    return std::make_unique<FakeEchoWorld>();
}

}  // namespace dz::latency
