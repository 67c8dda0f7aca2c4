// What became of transactions, when requests and answers get lost.
#include "services/oracle/courier.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <catch2/catch.hpp>

#include "tests/oracle/town.hpp"

using namespace dz;
using namespace dz::test;
using oracle::Courier;
using Kind = oracle::Courier::Outcome::Kind;

namespace {

/// Loses requests and answers on their way.
class LossyRpc final : public WorldRpc {
  public:
    using WorldRpc::WorldRpc;
    int lose_requests = 0, lose_answers = 0, requests = 0;

    Task<Result<ledger::Signature>> send_transaction(Bytes bytes, ledger::SendOptions options) override {
        ++requests;
        if (lose_requests-- > 0) co_return fail(Errc::Unavailable, "lost");
        const auto id = ledger::decode_transaction(bytes)->id();
        if (id == landed_)
            co_return fail(Errc::Rejected, "this transaction has already been processed", -32002);
        const auto trial = co_await simulate_transaction(bytes, options.preflight_commitment);
        if (!options.skip_preflight && trial->value.error) co_return fail(Errc::Rejected, "no", 20);
        landed_ = id;
        const auto sent = co_await WorldRpc::send_transaction(std::move(bytes), options);
        if (lose_answers-- > 0) co_return fail(Errc::Timeout, "lost");
        co_return sent;
    }

  private:
    ledger::Signature landed_;
};

struct Post {
    Courier::Outcome carry(std::uint64_t lamports, Courier::Sent sent, std::uint64_t last_valid = 1'000'000) {
        const std::vector instructions{
            ledger::system_transfer(world.pk("a"), world.pk("b"), Lamports{lamports})};
        auto message = ledger::compile(world.pk("a"), instructions, {}).value();
        Bytes bytes = encode(ledger::sign(std::move(message), world.key("a")).value());
        std::optional<Courier::Outcome> outcome;
        boost::asio::co_spawn(
            loop, until(courier.carry(std::move(bytes), last_valid, sent)),
            [&](const std::exception_ptr&, Courier::Outcome end) { outcome = std::move(end); });
        clock.advance(0s);
        for (int i = 0; !outcome && i < 1000; ++i) {
            if (stop_after-- == 0) courier.stop();
            world.wait_slots(1);
            clock.advance(1s);
        }
        REQUIRE(outcome);
        return *outcome;
    }
    Task<Courier::Outcome> until(Task<Courier::Outcome> carried) {
        using namespace boost::asio::experimental::awaitable_operators;
        auto first = co_await (std::move(carried) || courier.run());
        co_return std::get<0>(std::move(first));
    }
    std::uint64_t received() { return world.balance(world.pk("b")) - kStartBalance; }

    World world;
    EventLoop loop{1};
    FakeClock clock{loop};
    LossyRpc rpc{world};
    Courier courier{loop, clock, rpc, Log::none()};
    int stop_after = -1;
};

}  // namespace

TEST_CASE("courier: a transaction lands, whatever is lost on the way", "[oracle]") {
    Post post;
    SECTION("nothing") {}
    SECTION("requests") {
        post.rpc.lose_requests = 3;
    }
    SECTION("the answer") {
        post.rpc.lose_answers = 1;
    }
    CHECK(post.carry(5, Courier::Sent::Never).kind == Kind::Landed);
    CHECK(post.received() == 5);
}

TEST_CASE("courier: what a trial run refuses never lands and costs nothing", "[oracle]") {
    Post post;
    const auto outcome = post.carry(kStartBalance + 1, Courier::Sent::Never);
    CHECK(outcome.kind == Kind::Failed);
    CHECK(outcome.error.detail == 20);
    CHECK(post.world.balance(post.world.pk("a")) == kStartBalance);
}

TEST_CASE("courier: of what may have been sent before, only the ledger knows", "[oracle]") {
    Post post;
    SECTION("it was not: it is sent") {
        CHECK(post.carry(5, Courier::Sent::Perhaps).kind == Kind::Landed);
    }
    SECTION("it was: its refusal means nothing") {
        REQUIRE(post.carry(5, Courier::Sent::Never).kind == Kind::Landed);
        CHECK(post.carry(5, Courier::Sent::Perhaps).kind == Kind::Landed);
    }
    CHECK(post.received() == 5);
}

TEST_CASE("courier: what failed on the ledger is told with the program's code", "[oracle]") {
    Post post;
    const auto outcome = post.carry(kStartBalance + 1, Courier::Sent::Perhaps);
    CHECK(outcome.kind == Kind::Failed);
    CHECK_FALSE(outcome.error.text.empty());
}

TEST_CASE("courier: what is too old ever to land has lapsed, and not before", "[oracle]") {
    Post post;
    post.rpc.lose_requests = 1'000'000;
    const std::uint64_t last_valid = post.world.now.slot + 20;
    CHECK(post.carry(5, Courier::Sent::Never, last_valid).kind == Kind::Lapsed);
    CHECK(post.world.now.slot > last_valid);
    CHECK(post.received() == 0);
}

TEST_CASE("courier: one that stops leaves the end open", "[oracle]") {
    Post post;
    post.rpc.lose_requests = 1'000'000;
    post.stop_after = 2;
    CHECK(post.carry(5, Courier::Sent::Never).kind == Kind::Abandoned);
    CHECK(post.carry(6, Courier::Sent::Never).kind == Kind::Abandoned);
}
