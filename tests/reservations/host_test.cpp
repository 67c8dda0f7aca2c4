#include "chain/reservations/host.hpp"

#include <catch2/catch.hpp>

#include "tests/reservations/gas_ledger.hpp"
#include "tests/reservations/spy_engine.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Plan kPlan = Plan::of(std::vector<Charge>{{address("A"), 10}}).value();
const Host::Exists kAll = [](const Address&) { return true; };
constexpr BlockContext kActive{Mode::Active, 28, 7};

/// A real session behind the port.
struct RealEngine final : Engine {
    Session session;
    Expected<> begin(const Plan& plan) override {
        return session.begin(plan, [](const Address& who) { return Account{who, 10}; });
    }
    Expected<> end() override { return session.end(); }
    void abort() override { session.abort(); }
};

}  // namespace

TEST_CASE("L-14: what an error leaves open is ended, told as a warning, and discarded", "[reservations]") {
    std::vector<std::string> lines;
    const Journal journal(Log::to_lines(lines, LogLevel::Warn));
    RealEngine engine;
    {
        Host host(engine, kActive, journal);
        const SessionGuard guard(host);
        REQUIRE(host.begin(kPlan, kAll) == Verdict(Proceed{}));
    }
    CHECK_FALSE(engine.session.is_open());
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Contains("WARN") && Catch::Contains("ErrReservationsNonZeroRemainder"));
}

TEST_CASE("host: a block that went well leaves nothing for the guard", "[reservations]") {
    std::vector<std::string> lines;
    const Journal journal(Log::to_lines(lines, LogLevel::Warn));
    RealEngine engine;
    {
        Host host(engine, kActive, journal);
        const SessionGuard guard(host);
        REQUIRE(host.begin(kPlan, kAll) == Verdict(Proceed{}));
        REQUIRE(engine.session.release(address("A"), 10));
        CHECK(host.end() == Verdict(Proceed{}));
        CHECK(host.end() == Verdict(Proceed{}));
    }
    CHECK(lines.empty());
}

TEST_CASE("matrix: a real session gives every verdict that it can", "[reservations]") {
    const Journal silent(Log::none());
    for (const Mode mode : {Mode::Lax, Mode::Strict, Mode::Active}) {
        const BlockContext block{mode, mode == Mode::Active ? 28U : 27U, 7};
        const bool lax = mode == Mode::Lax;
        const auto refused = [&](const Plan& plan) {
            RealEngine engine;
            return Host(engine, block, silent).begin(plan, kAll);
        };
        // Insufficient funds.
        const auto poor = refused(Plan::of(std::vector<Charge>{{address("A"), 11}}).value());
        CHECK(poor.index() == Verdict(lax ? Verdict(Fallback{}) : BlockInvalid{}).index());
        // Too many senders.
        std::vector<Charge> crowd;
        for (std::uint32_t i = 0; i < 65'537; ++i)
            crowd.push_back({Address(bytes::Writer().u32(i).take()), Amount{1}});
        CHECK(refused(Plan::of(crowd).value()).index() == poor.index());
        // A session that is open already, one that is not, and one that something is left in.
        RealEngine busy;
        REQUIRE(busy.begin(kPlan));
        CHECK(std::holds_alternative<NodeError>(Host(busy, block, silent).begin(kPlan, kAll)));
        RealEngine lost;
        Host host(lost, block, silent);
        REQUIRE(host.begin(kPlan, kAll) == Verdict(Proceed{}));
        const auto left = host.end();
        REQUIRE(std::holds_alternative<NodeError>(left));
        CHECK(std::get<NodeError>(left).reason.kind == Kind::NonZeroRemainder);
        lost.session.abort();
        const auto closed = host.end();
        REQUIRE(std::holds_alternative<NodeError>(closed));
        CHECK(std::get<NodeError>(closed).reason.kind == Kind::SessionClosed);
    }
}

TEST_CASE("X-65: a node error says nothing of the block, which validates once the engine is replaced",
          "[reservations]") {
    const Journal silent(Log::none());
    LegacyEngine old;
    const auto verdict = Host(old, kActive, silent).begin(kPlan, kAll);
    CHECK(std::holds_alternative<NodeError>(verdict));
    CHECK_FALSE(std::holds_alternative<BlockInvalid>(verdict));
    RealEngine fresh;
    Host host(fresh, kActive, silent);
    CHECK(host.begin(kPlan, kAll) == Verdict(Proceed{}));
    REQUIRE(fresh.session.release(address("A"), 10));
    CHECK(host.end() == Verdict(Proceed{}));
}

TEST_CASE("host: texts that leave it tell start from end", "[reservations]") {
    CHECK(BlockInvalid{Stage::Begin, {Kind::InsufficientFunds, "x"}}.text() ==
          "start of reservations: ErrReservationsInsufficientFunds: x");
    CHECK(NodeError{Stage::End, {Kind::NonZeroRemainder}}.text() ==
          "end of reservations: ErrReservationsNonZeroRemainder");
}
