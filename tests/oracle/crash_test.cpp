// The oracle dies at every moment there is, one after the other, and the client goes on with the next one:
// the books balance each time.
#include <catch2/catch.hpp>

#include <functional>

#include "tests/oracle/town.hpp"

using namespace dz;
using namespace dz::test;
using oracle::api::Phase;

namespace {

/// A client who repeats what was not answered, over as many oracles as it takes.
class Client {
  public:
    explicit Client(Town& town) : town_(town), life_(std::make_unique<Life>(town)) { revive(); }

    Life& life() { return *life_; }

    oracle::api::ReservationView reserve() {
        for (;;) {
            const auto answer = life_->reserve(town_.request(), "the one");
            if (!answer || town_.fate.dead) revive();
            // "Ask again" is an answer too.
            if (!answer || !*answer) continue;
            const auto& view = (**answer).view;
            told_.insert(view.deposit_address);
            return view;
        }
    }
    void pay(std::uint64_t lamports) { town_.pay(PublicKey::parse(*told_.begin()).value(), lamports); }
    void settle(const std::string& id) {
        for (;;) {
            const auto answer = life_->ask(life_->authority.settle(id, "acme", {}));
            if (!answer || town_.fate.dead) revive();
            if (!answer || !*answer) continue;
            REQUIRE_FALSE(life_->complete(**answer));
            return;
        }
    }
    void wait_for(const std::string& id, Phase phase, std::uint64_t refunded = 0) {
        for (int i = 0; i < 3000; ++i) {
            if (town_.fate.dead) revive();
            const auto view = life_->authority.find(id, "acme");
            if (view && view->phase == phase && view->refunded == refunded) return;
            life_->pass();
        }
        FAIL("it never was " << to_string(phase));
    }
    /// Until nothing is left to do.
    void rest() {
        for (int i = 0; i < 10; ++i) {
            if (town_.fate.dead) revive();
            life_->pass();
        }
        if (town_.fate.dead) revive();
    }
    const std::set<std::string>& told() const { return told_; }

  private:
    void revive() {
        while (town_.fate.dead || !life_->ready) {
            life_.reset();
            town_.fate.dead = false;
            life_ = std::make_unique<Life>(town_);
        }
    }

    Town& town_;
    std::unique_ptr<Life> life_;
    std::set<std::string> told_;
};

/// Runs `story` again and again, the oracle dying one moment later each time, until it survives. Returns how
/// often.
std::size_t die_everywhere(const std::function<void(Town&, Client&)>& story) {
    for (std::size_t at = 0;; ++at) {
        CAPTURE(at);
        Town town;
        town.fate.at = at;
        Client client(town);
        story(town, client);
        client.rest();
        // One reservation, one address, told the same every time.
        CHECK(town.disk.size() == 1);
        CHECK(client.told().size() == 1);
        CHECK(town.disk.begin()->second.deposit.to_string() == *client.told().begin());
        CHECK(town.balance(town.disk.begin()->second.deposit) == 0);
        CHECK_FALSE(town.disk.begin()->second.flight);
        CHECK(town.reserved() == 0);
        if (town.fate.moments <= at) return at;
    }
}

}  // namespace

TEST_CASE("crash: at every moment of a sale, the client is settled once and pays once", "[oracle]") {
    const std::size_t deaths = die_everywhere([](Town& town, Client& client) {
        const auto view = client.reserve();
        client.pay(kSeatPrice.value + 5'000'000);
        client.wait_for(view.id, Phase::Ready);
        client.settle(view.id);
        client.wait_for(view.id, Phase::Settled, 5'000'000);
        CHECK(town.users() == 1);
        CHECK(town.balance(town.pk("treasury")) == kStartBalance + kSeatPrice.value);
    });
    // Six writes, three transactions and two answers, with two moments each.
    CHECK(deaths >= 22);
}

TEST_CASE("crash: at every moment of a reservation that is not paid, the seat comes back", "[oracle]") {
    const std::size_t deaths = die_everywhere([](Town& town, Client& client) {
        const auto view = client.reserve();
        client.wait_for(view.id, Phase::Expired);
        CHECK(town.users() == 0);
    });
    CHECK(deaths >= 14);
}

TEST_CASE("crash: at every moment of a payment that is too small, it goes back once", "[oracle]") {
    const std::size_t deaths = die_everywhere([](Town& town, Client& client) {
        const auto view = client.reserve();
        client.pay(kSeatPrice.value - 1);
        const std::uint64_t before = town.balance(town.pk("client"));
        client.wait_for(view.id, Phase::Expired, kSeatPrice.value - 1);
        CHECK(town.balance(town.pk("client")) == before + kSeatPrice.value - 1);
    });
    CHECK(deaths >= 18);
}

TEST_CASE("crash: at every moment of a refusal, nothing is left behind", "[oracle]") {
    for (std::size_t at = 0;; ++at) {
        CAPTURE(at);
        Town town;
        town.set_seats(1);
        town.fate.at = at;
        // The only seat goes between the question whether there is one and the attempt to take it.
        town.rpc.ahead = [&town] {
            const auto taken = town.as("foundation").make(ix::ReserveSeat{ip(9, 9, 9, 10)}, town.device);
            REQUIRE(town.send("foundation", taken) == "ok");
        };
        {
            Life first(town);
            const auto answer = first.reserve(town.request());
            if (answer && !town.fate.dead) CHECK(answer->error().problem.code == "no_seat");
        }
        const bool over = town.fate.moments <= at;
        town.fate.dead = false;
        if (const auto happen = std::exchange(town.rpc.ahead, {})) happen();
        Life next(town);
        next.pass(200);
        CHECK(town.disk.empty());
        CHECK(town.reserved() == 1);
        if (over) break;
    }
}
