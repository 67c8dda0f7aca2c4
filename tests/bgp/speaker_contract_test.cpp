// speaker_contract_test.cpp: what every speaker promises, asked of the fake and of the real one alike.
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "base/run.hpp"
#include "protocols/bgp/asio_speaker.hpp"
#include "protocols/bgp/fake_speaker.hpp"
#include "protocols/bgp/metrics.hpp"
#include "tests/bgp/device.hpp"

namespace dz::bgp {
namespace {

using namespace test;

const Ipv4 kDevice = Ipv4::loopback();

/// A speaker, and what its one device does.
class World {
  public:
    virtual ~World() = default;
    virtual Speaker& speaker() = 0;
    virtual void establish() = 0;
    virtual void lose() = 0;
    virtual void announce(std::string_view route) = 0;
    virtual void withdraw(std::string_view route) = 0;

    PeerConfig config() const {
        PeerConfig wanted;
        wanted.local = Ipv4::loopback();
        wanted.remote = kDevice;
        wanted.local_asn = kClientAs;
        wanted.remote_asn = kDeviceAs;
        wanted.announce = prefix("198.18.0.5/32");
        wanted.port = port_;
        wanted.policy.third_party_next_hop = true;
        return wanted;
    }

  protected:
    EventLoop loop_;
    FakeClock clock_{loop_};
    std::uint16_t port_ = 179;
};

class FakeWorld final : public World {
  public:
    Speaker& speaker() override { return speaker_; }
    void establish() override { speaker_.establish(kDevice); }
    void lose() override { speaker_.lose(kDevice); }
    void announce(std::string_view route) override { speaker_.announce(kDevice, prefix(route)); }
    void withdraw(std::string_view route) override { speaker_.withdraw(kDevice, prefix(route)); }

  private:
    FakeSpeaker speaker_{clock_};
};

class LoopbackWorld final : public World {
  public:
    LoopbackWorld() { port_ = device_.port(); }
    Speaker& speaker() override { return speaker_; }
    void establish() override {
        device_.establish();
        run_until(loop_, [this] { return speaker_.peer(kDevice)->state == State::Established; });
    }
    void lose() override {
        device_.close();
        run_until(loop_, [this] { return speaker_.peer(kDevice)->state != State::Established; });
    }
    void announce(std::string_view route) override { tell(announcement({route})); }
    void withdraw(std::string_view route) override { tell(withdrawal({route})); }

  private:
    void tell(const Update& update) {
        const auto before = speaker_.peer(kDevice)->counters.messages_in;
        device_.send(update);
        run_until(loop_, [&] { return speaker_.peer(kDevice)->counters.messages_in > before; });
    }

    metrics::Registry registry_;
    Metrics metrics_{registry_};
    Device device_{loop_};
    AsioSpeaker speaker_{loop_, clock_, Log::none(), metrics_};
};

/// "+198.18.0.7/32" for a route that is there now, "-..." for one that is not.
std::vector<std::string> changes(Speaker& speaker) {
    std::vector<std::string> texts;
    for (const auto& change : speaker.take_changes()) {
        const AdjRibIn* rib = speaker.rib(change.peer);
        const auto route = rib == nullptr ? std::nullopt : rib->find(change.prefix);
        texts.push_back((route && route->accepted() ? "+" : "-") + change.prefix.to_string());
    }
    return texts;
}

using Texts = std::vector<std::string>;

TEMPLATE_TEST_CASE("every speaker: a peer is pending, then up, then down", "[bgp]", FakeWorld,
                   LoopbackWorld) {
    TestType world;
    Speaker& speaker = world.speaker();
    CHECK(speaker.peer(kDevice) == std::nullopt);
    CHECK(speaker.rib(kDevice) == nullptr);
    speaker.set(world.config());
    CHECK(speaker.peer(kDevice)->status == Status::Pending);
    CHECK(speaker.peers().size() == 1);
    world.establish();
    CHECK(speaker.peer(kDevice)->status == Status::Up);
    world.lose();
    CHECK(speaker.peer(kDevice)->status == Status::Down);
}

TEMPLATE_TEST_CASE("every speaker: each change of an accepted route is reported once", "[bgp]", FakeWorld,
                   LoopbackWorld) {
    TestType world;
    Speaker& speaker = world.speaker();
    speaker.set(world.config());
    world.establish();
    world.announce("198.18.0.7/32");
    world.announce("10.0.0.1/32");
    CHECK(changes(speaker) == Texts{"+198.18.0.7/32"});
    CHECK(speaker.peer(kDevice)->routes == 2);
    CHECK(changes(speaker).empty());
    world.withdraw("198.18.0.7/32");
    CHECK(changes(speaker) == Texts{"-198.18.0.7/32"});
}

TEMPLATE_TEST_CASE("every speaker: a lost session takes its routes along", "[bgp]", FakeWorld,
                   LoopbackWorld) {
    TestType world;
    Speaker& speaker = world.speaker();
    speaker.set(world.config());
    world.establish();
    world.announce("198.18.0.7/32");
    changes(speaker);
    world.lose();
    CHECK(changes(speaker) == Texts{"-198.18.0.7/32"});
    CHECK(speaker.rib(kDevice)->size() == 0);
}

TEMPLATE_TEST_CASE("every speaker: a removed peer takes its routes along", "[bgp]", FakeWorld,
                   LoopbackWorld) {
    TestType world;
    Speaker& speaker = world.speaker();
    speaker.set(world.config());
    world.establish();
    world.announce("198.18.0.7/32");
    changes(speaker);
    CHECK(speaker.remove(kDevice));
    CHECK_FALSE(speaker.remove(kDevice));
    CHECK(changes(speaker) == Texts{"-198.18.0.7/32"});
    CHECK(speaker.peers().empty());
}

TEMPLATE_TEST_CASE("every speaker: policy and prefix change within a session, the rest restarts it", "[bgp]",
                   FakeWorld, LoopbackWorld) {
    TestType world;
    Speaker& speaker = world.speaker();
    speaker.set(world.config());
    world.establish();
    world.announce("198.18.0.7/32");
    changes(speaker);

    PeerConfig config = world.config();
    config.policy.filter = RouteFilter::excluding({prefix("198.18.0.0/24")});
    config.announce = prefix("198.18.0.6/32");
    speaker.set(config);
    CHECK(changes(speaker) == Texts{"-198.18.0.7/32"});
    CHECK(speaker.peer(kDevice)->config == config);
    CHECK(speaker.peer(kDevice)->status == Status::Up);

    config.policy = world.config().policy;
    speaker.set(config);
    CHECK(changes(speaker) == Texts{"+198.18.0.7/32"});

    config.local_asn = {65001};
    speaker.set(config);
    CHECK(changes(speaker) == Texts{"-198.18.0.7/32"});
    CHECK(speaker.peer(kDevice)->status == Status::Pending);
}

TEMPLATE_TEST_CASE("every speaker: routes that are not wanted are not learned", "[bgp]", FakeWorld,
                   LoopbackWorld) {
    TestType world;
    Speaker& speaker = world.speaker();
    PeerConfig config = world.config();
    config.learn_routes = false;
    speaker.set(config);
    world.establish();
    world.announce("198.18.0.7/32");
    CHECK(speaker.rib(kDevice)->size() == 0);
    CHECK(changes(speaker).empty());
}

TEMPLATE_TEST_CASE("every speaker: it tells of each change of status and route", "[bgp]", FakeWorld,
                   LoopbackWorld) {
    TestType world;
    Speaker& speaker = world.speaker();
    int told = 0;
    speaker.on_change([&told] { ++told; });
    const auto happened = [&told] { return std::exchange(told, 0) > 0; };
    speaker.set(world.config());
    CHECK(happened());
    world.establish();
    CHECK(happened());
    world.announce("198.18.0.7/32");
    CHECK(happened());
    world.announce("198.18.0.7/32");
    world.withdraw("198.18.0.7/32");
    CHECK(happened());
    world.lose();
    CHECK(happened());
    speaker.remove(kDevice);
    CHECK(happened());
}

}  // namespace
}  // namespace dz::bgp
