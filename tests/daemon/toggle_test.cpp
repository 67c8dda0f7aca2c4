// Tests for /enable and /disable as a whole: whatever else goes on, the last call wins, in memory, on disk
// and in the kernel.
#include <boost/asio/co_spawn.hpp>
#include <random>

#include "tests/daemon/world.hpp"

using namespace dz;
using namespace dz::test;

namespace {

constexpr const char* kOn = R"({"reconciler_enabled":true})";
constexpr const char* kOff = R"({"reconciler_enabled":false})";

/// One world, and somebody who does things to it at random.
class Mischief {
  public:
    explicit Mischief(unsigned seed) : random_(seed) {
        world_.rpc.put(kUser, user());
        REQUIRE(world_.start());
        world_.pass(1s);
        REQUIRE(world_.settle([this] { return world_.state() == kOff; }));
    }

    void act() {
        switch (pick(7)) {
            case 0:
            case 1:
                return toggle(pick(2) == 0);
            case 2:
                return toggle_at_once();
            case 3:
                world_.rpc.latency = pick(2) == 0 ? Duration(1h) : Duration(0s);
                return;
            case 4:
                return world_.pass(Duration(1s) * pick(20));
            case 5:
                return spoil_disk(pick(2) == 0);
            default:
                if (world_.kernel_has("tunnel doublezero0")) world_.kernel.unplug("doublezero0");
        }
    }

    void end() {
        spoil_disk(false);
        const bool on = pick(2) == 0;
        toggle(on);
        CHECK(world_.status().reconciler_enabled == on);
        world_.rpc.latency = 0s;
        CHECK(world_.settle([&] { return world_.kernel_has("tunnel doublezero0") == on; }));
        world_.pass(1min);
        CHECK(world_.kernel_has("tunnel doublezero0") == on);
        CHECK(world_.state() == (on ? kOn : kOff));
        CHECK(world_.status().reconciler_enabled == on);
    }

  private:
    int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }

    /// Answered without any time passing, however the ledger hangs.
    void toggle(bool on) {
        const auto done = run(world_.loop, on ? world_.client.enable() : world_.client.disable());
        CHECK(done.has_value() == !spoilt_);
        if (done) last_ = on;
        agree();
    }

    /// Nobody knows which of two calls comes last; but all sides agree about it.
    void toggle_at_once() {
        int answers = 0;
        const auto count = [&answers](std::exception_ptr, Result<>) { ++answers; };
        boost::asio::co_spawn(world_.loop, world_.client.enable(), count);
        boost::asio::co_spawn(world_.loop, world_.client.disable(), count);
        while (answers < 2) {
            world_.loop.restart();
            world_.loop.run_one();
        }
        if (!spoilt_) last_ = world_.status().reconciler_enabled;
        agree();
    }

    void agree() {
        CHECK(world_.status().reconciler_enabled == last_);
        CHECK(world_.state() == (last_ ? kOn : kOff));
    }

    void spoil_disk(bool spoil) {
        const auto in_the_way = world_.settings.state_directory / "state.json.tmp";
        spoilt_ = spoil;
        if (spoil)
            std::filesystem::create_directories(in_the_way / "in the way");
        else
            std::filesystem::remove_all(in_the_way);
    }

    std::minstd_rand random_;
    World world_;
    bool last_ = false;
    bool spoilt_ = false;
};

}  // namespace

TEST_CASE("toggle: after any mischief the last call has won, everywhere", "[daemon]") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        Mischief mischief(seed);
        for (int step = 0; step < 12; ++step) mischief.act();
        mischief.end();
    }
}
