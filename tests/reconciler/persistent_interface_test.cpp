// A link whose service ends stays when it is told to, so that its index does.
#include <catch2/catch.hpp>

#include "reconciler/cleanup.hpp"
#include "tests/reconciler/world.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;

const std::string kResting = "tunnel doublezero0 local 9.128.0.5 remote 9.200.0.1 mtu 1476\n";

/// How often a link of ours was made or removed: its index changes with it.
class Indexes {
  public:
    explicit Indexes(World& world) : world_(world) {}
    bool changed() {
        const auto events = world_.loop().events(seen_);
        for (const auto& event : events) seen_ = event.id;
        return std::ranges::any_of(events, [](const Event& event) {
            return event.text.starts_with("add tunnel") || event.text.starts_with("remove tunnel");
        });
    }

  private:
    World& world_;
    std::uint64_t seen_ = 0;
};

struct Host : World {
    Host() {
        settings.persistent_interface = true;
        restart();
        connect();
        announce("9.200.2.9/32");
    }
};

TEST_CASE("persistent interface: a user that leaves leaves the link, down and without addresses",
          "[reconciler]") {
    Host host;
    host.remove_user();
    CHECK(host.text() == kResting);
    CHECK(host.report().services.empty());
    CHECK(host.foreign() == host.before);
    const auto applied = host.kernel.applied();
    host.pass_time(100s);
    CHECK(host.kernel.applied() == applied);
}

TEST_CASE("persistent interface: the next service has the same link, led to its device", "[reconciler]") {
    Host host;
    const auto before = host.text();
    Indexes indexes(host);
    CHECK(indexes.changed());  // when it was built
    host.remove_user();
    auto next = user();
    next.device_pk = kDeviceB;
    host.put_user(next);
    CHECK(host.tunnel()->remote == ip("9.200.0.2"));
    CHECK(host.tunnel()->up);
    CHECK(host.report().services.at(0).provisioned);
    host.put_user(user());
    host.establish();
    host.announce("9.200.2.9/32");
    CHECK(host.text() == before);
    CHECK_FALSE(indexes.changed());
}

TEST_CASE("persistent interface: the link outlives disable, the end of the daemon and its next start",
          "[reconciler]") {
    Host host;
    Indexes indexes(host);
    indexes.changed();
    host.disable();
    CHECK(host.text() == kResting);
    host.enable();
    CHECK(host.tunnel()->up);
    host.loop().stop(OnExit::Remove);
    host.pass_time(1s);
    CHECK(host.ended());
    CHECK(host.text() == kResting);
    CHECK_FALSE(indexes.changed());
    host.restart();
    host.poll();
    CHECK(host.tunnel()->up);
    CHECK_FALSE(Indexes(host).changed());
}

TEST_CASE("persistent interface: a resting link gives way to a service that needs its endpoints",
          "[reconciler]") {
    Host host;
    host.remove_user();
    auto same_ends = publisher({kGroup1});
    same_ends.tunnel_endpoint = ip("9.200.0.1");
    host.put_user(same_ends, kMulticastUser);
    CHECK_FALSE(host.tunnel(kUnicastLink));
    REQUIRE(host.tunnel(kMulticastLink));
    CHECK(host.tunnel(kMulticastLink)->up);
}

TEST_CASE("persistent interface: what somebody does to a resting link is put right", "[reconciler]") {
    Host host;
    host.remove_user();
    host.meddle(netlink::SetUp{"doublezero0"});
    host.meddle(netlink::Add{netlink::LinkAddress{.link = "doublezero0", .prefix = prefix("9.200.1.9/32")}});
    CHECK(host.text() == kResting);
    // Whoever removes it wants it gone: an index that is lost is lost.
    host.meddle(netlink::Remove{*host.tunnel()});
    host.pass_time(61s);
    CHECK(host.text().empty());
}

TEST_CASE("persistent interface: without the option the link goes with the next pass", "[reconciler]") {
    Host host;
    host.remove_user();
    host.settings.persistent_interface = false;
    host.restart();
    host.poll();
    CHECK(host.text().empty());
}

TEST_CASE("persistent interface: cleaning up keeps the links where told to", "[reconciler]") {
    Host host;
    host.kill();
    const auto kept = run(host.io, clean_up(host.kernel, host.owned, true));
    REQUIRE(kept);
    CHECK(kept->tunnels.empty());
    CHECK(kept->routes.size() == 1);
    CHECK(to_string(ours(host.kernel.state(), {})) == kResting);
    REQUIRE(run(host.io, clean_up(host.kernel, host.owned, false)));
    CHECK(ours(host.kernel.state(), {}) == State{});
    host.fresh_process();
}

}  // namespace
}  // namespace dz::reconciler
