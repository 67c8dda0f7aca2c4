#include "reconciler/patience.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_network.hpp"

namespace dz::reconciler {
namespace {

const TimePoint kNow{1000s};
const Problem kProblem{.code = ProblemCode::StepFailed, .text = "no", .remedy = ""};
const netlink::RouteKey kOne{.destination = test::prefix("9.200.2.9/32")};
const netlink::RouteKey kTwo{.destination = test::prefix("9.200.2.10/32")};

TEST_CASE("patience: waits double up to the limit and end with success", "[reconciler]") {
    Patience patience(1s, 10s);
    TimePoint now = kNow;
    for (const auto wait : {1s, 2s, 4s, 8s, 10s, 10s}) {
        patience.failed("a", kProblem, now);
        CHECK(patience.next_retry(now) == now + wait);
        CHECK(patience.is_waiting("a", now));
        now += wait;
        CHECK_FALSE(patience.is_waiting("a", now));
    }
    patience.succeeded("a", now);
    patience.failed("a", kProblem, now);
    CHECK(patience.next_retry(now) == now + 1s);
}

TEST_CASE("patience: each link waits for itself", "[reconciler]") {
    Patience patience(1s, 10s);
    patience.failed("a", kProblem, kNow);
    CHECK_FALSE(patience.is_waiting("b", kNow));
    CHECK(patience.problem("a", kNow) == kProblem);
    CHECK_FALSE(patience.problem("b", kNow));
}

TEST_CASE("patience: a route that cannot be written does not hold up the others", "[reconciler]") {
    Patience patience(1s, 10s);
    patience.failed("a", kOne, kProblem, kNow);
    CHECK(patience.is_waiting("a", kOne, kNow));
    CHECK_FALSE(patience.is_waiting("a", kTwo, kNow));
    CHECK_FALSE(patience.is_waiting("a", kNow));
    CHECK(patience.problem("a", kNow));
}

TEST_CASE("patience: what went wrong with a route is known until it goes well", "[reconciler]") {
    Patience patience(1s, 10s);
    patience.failed("a", kOne, kProblem, kNow);
    patience.failed("b", kTwo, {.code = ProblemCode::StepFailed, .text = "other", .remedy = ""}, kNow);
    const std::map<netlink::RouteKey, std::string> both = {{kOne, "no"}, {kTwo, "other"}};
    CHECK(patience.refused() == both);
    patience.succeeded("a", kNow + 1s);
    CHECK(patience.refused() == std::map<netlink::RouteKey, std::string>{{kTwo, "other"}});
}

TEST_CASE("patience: routes that fail together wait together", "[reconciler]") {
    Patience patience(1s, 10s);
    patience.failed("a", kOne, kProblem, kNow);
    patience.failed("a", kTwo, kProblem, kNow);
    CHECK(patience.next_retry(kNow) == kNow + 1s);
    patience.failed("a", kTwo, kProblem, kNow + 1s);
    CHECK(patience.next_retry(kNow + 1s) == kNow + 3s);
    CHECK_FALSE(patience.is_waiting("a", kOne, kNow + 1s));
}

TEST_CASE("patience: success of something else does not end a wait", "[reconciler]") {
    Patience patience(1s, 10s);
    patience.failed("a", kOne, kProblem, kNow);
    patience.succeeded("a", kNow);
    CHECK(patience.is_waiting("a", kOne, kNow));
}

TEST_CASE("patience: many repairs in a row are a contest, one now and then is not", "[reconciler]") {
    Patience often(1s, 10s);
    for (int i = 0; i < 20; ++i) often.repaired("a", kNow + i * 100ms);
    CHECK(often.is_waiting("a", kNow + 2s));
    CHECK(often.problem("a", kNow + 2s)->code == ProblemCode::Contested);

    Patience seldom(1s, 10s);
    for (int i = 0; i < 200; ++i) seldom.repaired("a", kNow + i * 5s);
    CHECK_FALSE(seldom.is_waiting("a", kNow + 1000s));
}

TEST_CASE("patience: who comes back each time finds longer waits, until there was calm", "[reconciler]") {
    Patience patience(1s, 10s);
    TimePoint now = kNow;
    for (int i = 0; i < 20; ++i) patience.repaired("a", now);
    for (const auto wait : {1s, 2s, 4s, 8s, 10s, 10s}) {
        CHECK(patience.retry_at("a", now) == now + wait);
        now += wait;
        patience.succeeded("a", now);
        CHECK_FALSE(patience.is_waiting("a", now));
        patience.repaired("a", now);
    }
    now += 10s + 60s;
    for (int i = 0; i < 20; ++i) {
        CHECK_FALSE(patience.is_waiting("a", now));
        patience.repaired("a", now);
    }
    CHECK(patience.retry_at("a", now) == now + 1s);
}

}  // namespace
}  // namespace dz::reconciler
