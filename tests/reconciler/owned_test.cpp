#include "reconciler/owned.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "base/files.hpp"
#include "tests/reconciler/world.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::reconciler {
namespace {

using namespace test;
using ledger::UserType;
using netlink::Add;
using netlink::Rule;

const Rule kTo{.priority = 100, .to = prefix("203.0.113.0/24"), .table = 100};
const Rule kFrom{.priority = 101, .from = prefix("203.0.113.0/24"), .table = 101};
/// Bears our mark, and nobody here made it.
const Rule kTheirs{.priority = 100, .to = prefix("9.250.0.0/24"), .table = 100};

bool has_rule(const World& world, const Rule& rule) {
    const auto rules = world.kernel.state().rules;
    return std::ranges::find(rules, rule) != rules.end();
}

TEST_CASE("owned: a record reads back as it was written", "[reconciler]") {
    CHECK(encode_owned({kTo, kFrom}) == R"({"rules":[{"priority":100,"to":"203.0.113.0/24","table":100},)"
                                        R"({"priority":101,"from":"203.0.113.0/24","table":101}]})");
    const auto again = parse_owned(encode_owned({kTo, kFrom}));
    REQUIRE(again);
    CHECK(*again == std::vector{kTo, kFrom});
    CHECK(parse_owned(encode_owned({})) == std::vector<Rule>{});
}

TEST_CASE("owned: a record that we cannot have written is refused", "[reconciler]") {
    CHECK_FALSE(parse_owned(""));
    CHECK_FALSE(parse_owned("[]"));
    CHECK_FALSE(parse_owned(R"({"rules":{}})"));
    CHECK_FALSE(parse_owned(R"({"rules":[{"priority":100,"to":"203.0.113.0/40","table":100}]})"));
    CHECK_FALSE(parse_owned(R"({"rules":[{"priority":4294967396,"to":"203.0.113.0/24","table":100}]})"));
    // A rule of somebody else that got in here would be removed as ours.
    CHECK_FALSE(parse_owned(R"({"rules":[{"priority":32766,"table":254}]})"));
}

TEST_CASE("owned: without a record the mark decides, with one the record does", "[reconciler]") {
    CHECK(OwnedRules().is_ours(kTo));
    CHECK_FALSE(OwnedRules().has(kTo));
    CHECK(OwnedRules({kTo}).is_ours(kTo));
    CHECK_FALSE(OwnedRules({kTo}).is_ours(kFrom));
    CHECK(OwnedRules({kFrom, kTo, kFrom}) == OwnedRules({kTo, kFrom}));
    CHECK(OwnedRules() != OwnedRules(std::vector<Rule>{}));
}

TEST_CASE("owned: the file says when there is none, and keeps a damaged one aside", "[reconciler]") {
    const TemporaryDirectory directory;
    EventLoop loop;
    Worker worker(loop);
    OwnedFile file(worker, directory.path());
    CHECK(run(loop, file.load()).error().code == Errc::NotFound);
    REQUIRE(run(loop, file.save({kTo})));
    CHECK(run(loop, file.load()) == std::vector{kTo});

    std::ofstream(directory.path() / "owned.json") << R"({"rules":[)";
    const auto damaged = run(loop, file.load());
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().code == Errc::BadValue);
    CHECK_THAT(damaged.error().text, Catch::Contains("owned.json is damaged") && Catch::Contains("kept as"));
    CHECK(files::read(directory.path() / "owned.json.damaged", 100) == R"({"rules":[)");
}

TEST_CASE("owned: rules are written down before they are made, and forgotten when they are gone",
          "[reconciler]") {
    World world;
    world.owned.rules.emplace();
    world.owned.broken = true;
    world.enable();
    world.put_user(user(UserType::EdgeFiltering));
    world.poll();
    world.establish();
    // What cannot be written down is not made, and is reported; the tunnel does not wait for it.
    CHECK(world.kernel.state().rules.empty());
    CHECK(world.tunnel());
    CHECK(world.speaker().peers().size() == 1);
    CHECK(world.has_problem(ProblemCode::StepFailed));

    world.owned.broken = false;
    world.pass_time(61s);
    CHECK(world.kernel.state().rules.size() == 4);
    CHECK(OwnedRules(*world.owned.rules) == OwnedRules(world.kernel.state().rules));
    CHECK_FALSE(world.has_problem(ProblemCode::StepFailed));

    world.remove_user();
    CHECK(world.kernel.state().rules.empty());
    CHECK(world.owned.rules->empty());
}

TEST_CASE("owned: a quiet daemon writes nothing down", "[reconciler]") {
    World world;
    world.connect(user(UserType::EdgeFiltering));
    world.poll();
    const int saves = world.owned.saves;
    world.pass_time(300s);
    CHECK(world.owned.saves == saves);
}

TEST_CASE("owned: a rule of another program with our mark is never touched", "[reconciler]") {
    World world;
    world.connect();
    world.meddle(Add{kTheirs});
    world.pass_time(61s);
    CHECK(has_rule(world, kTheirs));
    world.put_user(user(UserType::EdgeFiltering));
    world.poll();
    CHECK(world.kernel.state().rules.size() == 5);
    world.restart();
    world.poll();
    world.disable();
    CHECK(world.kernel.state().rules == std::vector{kTheirs});
}

TEST_CASE("owned: of a host without a record what bears our mark is taken over", "[reconciler]") {
    World world;
    world.meddle(Add{kTheirs});  // as the reference daemon leaves them behind
    REQUIRE_FALSE(world.owned.rules);
    SECTION("and goes when nobody wants it") {
        world.connect();
        CHECK_FALSE(has_rule(world, kTheirs));
    }
    SECTION("and stays while nothing is known of what is wanted") {
        world.rpc.fail_next(1000);
        world.enable();
        world.pass_time(60s);
        CHECK(has_rule(world, kTheirs));
        CHECK(world.owned.rules == std::vector{kTheirs});
    }
}

TEST_CASE("owned: after a crash between record and rule the next process goes on", "[reconciler]") {
    World world;
    world.owned.rules = std::vector{kTo, kFrom};  // neither was made, and nobody wants them any more
    world.connect(user(UserType::EdgeFiltering));
    world.poll();
    CHECK(world.kernel.state().rules.size() == 4);
    CHECK(OwnedRules(*world.owned.rules) == OwnedRules(world.kernel.state().rules));
}

}  // namespace
}  // namespace dz::reconciler
