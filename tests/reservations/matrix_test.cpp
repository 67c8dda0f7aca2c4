// The mode matrix, cell by cell: about who is asked at all.
#include <catch2/catch.hpp>

#include "chain/reservations/host.hpp"
#include "tests/reservations/gas_ledger.hpp"
#include "tests/reservations/spy_engine.hpp"

using namespace dz;
using namespace dz::test;

namespace {

enum class Want { Fallback, Invalid, NodeError };

struct Row {
    Kind kind;
    Want lax, strict, active;
};

constexpr Row kMatrix[] = {
    {Kind::NotImplemented, Want::Fallback, Want::Fallback, Want::NodeError},
    {Kind::InsufficientFunds, Want::Fallback, Want::Invalid, Want::Invalid},
    {Kind::PlanTooLarge, Want::Fallback, Want::Invalid, Want::Invalid},
    {Kind::SenderResolutionFailure, Want::Fallback, Want::Invalid, Want::Invalid},
    {Kind::SessionOpen, Want::NodeError, Want::NodeError, Want::NodeError},
    {Kind::SessionClosed, Want::NodeError, Want::NodeError, Want::NodeError},
    {Kind::NonZeroRemainder, Want::NodeError, Want::NodeError, Want::NodeError},
    {Kind::Overflow, Want::NodeError, Want::NodeError, Want::NodeError},
    {Kind::InvariantViolation, Want::NodeError, Want::NodeError, Want::NodeError},
    {Kind::UnknownStatus, Want::NodeError, Want::NodeError, Want::NodeError},
};

const Journal kSilent(Log::none());
const Plan kPlan = Plan::of(std::vector<Charge>{{address("A"), 1}}).value();
const Host::Exists kAll = [](const Address&) { return true; };

Verdict expected(Want want, Stage stage, const Failure& failure) {
    if (want == Want::Fallback) return Fallback{failure};
    if (want == Want::Invalid) return BlockInvalid{stage, failure};
    return NodeError{stage, failure};
}

BlockContext at(Mode mode) {
    return {mode, mode == Mode::Active ? 28U : 27U, 7};
}

}  // namespace

TEST_CASE("X-1 to X-57: what each result means in each mode, at Begin and at End", "[reservations]") {
    int cells = 0;
    for (const Row& row : kMatrix) {
        const Failure failure{row.kind, "why", std::nullopt, row.kind == Kind::UnknownStatus ? 77U : 0U};
        for (const auto& [mode, want] : {std::pair(Mode::Lax, row.lax), std::pair(Mode::Strict, row.strict),
                                         std::pair(Mode::Active, row.active)}) {
            INFO(name_of(row.kind) << " in mode " << to_string(mode));
            SpyEngine engine;
            Host host(engine, at(mode), kSilent);
            ++cells;
            if (row.kind == Kind::SenderResolutionFailure) {
                const auto verdict = host.begin(kPlan, [](const Address&) { return false; });
                CHECK(verdict.index() == expected(want, Stage::Begin, failure).index());
                CHECK(engine.begun == 0);
                continue;
            }
            engine.begin_with = failure;
            CHECK(host.begin(kPlan, kAll) == expected(want, Stage::Begin, failure));
            CHECK_FALSE(host.is_active());

            SpyEngine late;
            late.end_with = failure;
            Host ending(late, at(mode), kSilent);
            REQUIRE(ending.begin(kPlan, kAll) == Verdict(Proceed{}));
            ++cells;
            CHECK(ending.end() == expected(want, Stage::End, failure));
            // A run that is discarded leaves no session behind.
            CHECK(late.aborted == (want == Want::Fallback ? 1 : 0));
        }
    }
    CHECK(cells == 57);
}

TEST_CASE("matrix: numbers of an engine are told apart, and unknown ones are the node's fault",
          "[reservations]") {
    CHECK_FALSE(from_status(0, ""));
    for (const Row& row : kMatrix) {
        const auto status = status_of(row.kind);
        if (!status) continue;
        CHECK(from_status(*status, "x") == Failure{row.kind, "x"});
    }
    const auto unknown = from_status(77, "x");
    REQUIRE(unknown);
    CHECK(unknown->kind == Kind::UnknownStatus);
    CHECK(unknown->to_string() == "unknown reservation status 77: x");
    CHECK(Failure{Kind::InsufficientFunds}.to_string() == "ErrReservationsInsufficientFunds");
}

TEST_CASE("matrix: a plan that cannot be built is judged like any other failure", "[reservations]") {
    const auto owing = Plan::of(std::vector<Charge>{{address("A"), std::nullopt}});
    SpyEngine engine;
    Host lax(engine, at(Mode::Lax), kSilent);
    CHECK(std::holds_alternative<Fallback>(lax.begin(owing, kAll)));
    Host active(engine, at(Mode::Active), kSilent);
    CHECK(std::holds_alternative<BlockInvalid>(active.begin(owing, kAll)));
    CHECK(engine.begun == 0);
}

TEST_CASE("X-58: in legacy mode the engine hears nothing", "[reservations]") {
    SpyEngine engine;
    Host host(engine, at(Mode::Legacy), kSilent);
    CHECK(host.begin(kPlan, kAll) == Verdict(Proceed{}));
    CHECK(host.end() == Verdict(Proceed{}));
    host.leave();
    CHECK(engine.begun + engine.ended + engine.aborted == 0);
}

TEST_CASE("X-59: a variable is on when it is exactly 1, under either name", "[reservations]") {
    const auto with = [](const char* name, const char* value) {
        return Features::from(
            [=](const char* asked) { return std::string_view(asked) == name ? value : nullptr; });
    };
    for (const char* name : {"LOTUS_ENABLE_TIPSET_RESERVATIONS", "LEDGER_ENABLE_BLOCK_RESERVATIONS"}) {
        CHECK(with(name, "1") == Features{true, false});
        for (const char* value : {"true", "yes", " 1", "1 ", "", "0"})
            CHECK(with(name, value) == Features{false, false});
        CHECK(with((std::string(name) + "_STRICT").c_str(), "1") == Features{false, true});
    }
    CHECK(with("OTHER", "1") == Features{});
}

TEST_CASE("X-60, X-61: strict alone is legacy, and from version 28 on flags mean nothing", "[reservations]") {
    CHECK(mode_of(27, {}) == Mode::Legacy);
    CHECK(mode_of(27, {false, true}) == Mode::Legacy);
    CHECK(mode_of(27, {true, false}) == Mode::Lax);
    CHECK(mode_of(27, {true, true}) == Mode::Strict);
    for (const bool reserve : {false, true})
        for (const bool strict : {false, true}) CHECK(mode_of(28, {reserve, strict}) == Mode::Active);
}

TEST_CASE("X-63: after a fallback the engine is not asked to end anything", "[reservations]") {
    SpyEngine engine;
    engine.begin_with = Failure{Kind::NotImplemented};
    Host host(engine, at(Mode::Lax), kSilent);
    REQUIRE(std::holds_alternative<Fallback>(host.begin(kPlan, kAll)));
    CHECK(host.end() == Verdict(Proceed{}));
    CHECK(engine.ended == 0);
}

TEST_CASE("X-64: an old engine is good enough for an empty plan after activation", "[reservations]") {
    LegacyEngine engine;
    Host host(engine, at(Mode::Active), kSilent);
    CHECK(host.begin(Plan{}, kAll) == Verdict(Proceed{}));
    CHECK(host.end() == Verdict(Proceed{}));
    Host other(engine, at(Mode::Active), kSilent);
    CHECK(std::holds_alternative<NodeError>(other.begin(kPlan, kAll)));
}
