// Tests for multicast publish, unpublish, subscribe and unsubscribe.
#include <catch2/catch.hpp>

#include "cli/transaction_text.hpp"
#include "tests/cli/joining.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;
using Keys = std::vector<PublicKey>;

namespace {

/// Where "alice" publishes to alpha.
struct MemberDesk : GroupDesk {
    MemberDesk() {
        REQUIRE(multicast({.publish = {"alpha"}}));
        rpc.sent = 0;
        rpc.instructions.clear();
    }
};

}  // namespace

TEST_CASE("multicast subscribe: groups are joined one by one and the other role stays", "[cli]") {
    MemberDesk desk;
    const Printed done = desk.type("multicast subscribe BETA " + desk.alpha.to_string());
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(desk.rpc.sent == 2);
    CHECK(desk.member().publishers == Keys{desk.alpha});
    CHECK(desk.member().subscribers == Keys{desk.beta, desk.alpha});
    CHECK_THAT(done.out, Catch::StartsWith("⚡  Multicast subscribe: client_ip: 9.128.0.100\n"
                                           "    beta: subscribed. Signature: ") &&
                             Catch::EndsWith("✅  Groups updated; routes adjust shortly\n"));
}

TEST_CASE("multicast publish: what is so already is skipped, and a group named twice is sent once", "[cli]") {
    MemberDesk desk;
    const Printed done = desk.type("multicast publish alpha beta beta");
    CHECK(done.status == 0);
    CHECK(desk.rpc.sent == 1);
    CHECK_THAT(done.out,
               Contains("    alpha: already published, skipping\n    beta: published. Signature: "));
}

TEST_CASE("multicast unpublish: losing the last publisher role or the last group is warned of", "[cli]") {
    MemberDesk desk;
    SECTION("the last group") {
        const Printed done = desk.type("multicast unpublish alpha");
        CHECK(done.status == 0);
        CHECK_THAT(done.err, Contains("Note: no group is left"));
        CHECK(desk.member().publishers.empty());
    }
    SECTION("the last publisher role") {
        REQUIRE(desk.type("multicast subscribe alpha").status == 0);
        const Printed done = desk.type("multicast unpublish alpha");
        CHECK_THAT(done.err, Contains("Note: this host publishes to no group any more"));
        CHECK(desk.member().subscribers == Keys{desk.alpha});
    }
    SECTION("no warning when nothing changes") {
        const Printed done = desk.type("multicast unsubscribe alpha");
        CHECK(done.status == 0);
        CHECK(done.err.empty());
        CHECK(desk.rpc.sent == 0);
    }
}

TEST_CASE("multicast verbs: an unknown group keeps everything from being sent", "[cli]") {
    MemberDesk desk;
    const Printed done = desk.type("multicast publish beta omega");
    CHECK(done.status == 1);
    CHECK_THAT(done.err, Contains("Multicast group not found: omega"));
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("multicast verbs: without a group they are a usage error", "[cli]") {
    MemberDesk desk;
    CHECK(desk.type("multicast publish").status == 2);
}

TEST_CASE("multicast verbs: without a multicast account the next step is told", "[cli]") {
    GroupDesk desk;
    std::string next = "Try: doublezero connect multicast --subscribe alpha\n";
    SECTION("no account") {}
    SECTION("IBRL only") {
        REQUIRE(desk.connect());
    }
    const Printed done = desk.type("multicast subscribe alpha");
    CHECK(done.status == 1);
    CHECK(done.err == "Error: No active multicast user for 9.128.0.100\n" + next);
}

TEST_CASE("multicast verbs: without a client IP, key or credits nothing is sent", "[cli]") {
    MemberDesk desk;
    SECTION("client IP") {
        desk.daemon.status.client_ip = {};
        CHECK_THAT(desk.type("multicast publish beta").err, Contains("has not discovered its client IP"));
    }
    SECTION("another network") {
        desk.daemon.config.program_id = desk.network.pk("other").to_string();
        CHECK_THAT(desk.type("multicast publish beta").err, Contains("serves another network"));
    }
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("multicast verbs: one failure does not keep the next group from being tried", "[cli]") {
    MemberDesk desk;
    desk.rpc.refuse_next = true;
    const Printed done = desk.type("multicast subscribe alpha beta");
    CHECK(done.status == 1);
    CHECK(desk.rpc.sent == 2);
    CHECK(desk.member().subscribers == Keys{desk.beta});
    CHECK_THAT(done.err, Contains("Error: subscribe alpha\n  caused by: ") &&
                             Contains("Error: subscribe failed for 1 of 2 groups: alpha\n"));
}

TEST_CASE("multicast verbs: a role that the pass does not list is refused before anything is sent", "[cli]") {
    PassDesk desk;
    const PublicKey one = desk.network.add_group("one");
    REQUIRE(desk.network.allow("alice", Desk::kIp, one, false, true) == "ok");
    REQUIRE(desk.multicast({.subscribe = {"one"}}));
    CHECK_THAT(desk.type("multicast publish one").err,
               Contains("the access pass does not let you publish to one"));
    CHECK(desk.rpc.sent == 1);
}

TEST_CASE("multicast verbs: --dry-run prints the very transactions that are then sent, --json the outcome",
          "[cli]") {
    MemberDesk desk;
    const auto plan = desk.type("multicast subscribe alpha beta --dry-run --json").json();
    CHECK(desk.rpc.sent == 0);
    CHECK_THAT(desk.type("multicast subscribe alpha beta --dry-run").out,
               Contains("UpdateMulticastGroupRoles") && Catch::EndsWith("Nothing was sent (--dry-run)\n"));
    const auto outcome = desk.type("multicast subscribe alpha beta --json").json();
    CHECK(plan["transactions"] ==
          json::parse(json::dump(cli::transactions_json(desk.rpc.instructions))).value());
    REQUIRE(outcome["groups"].size() == 2);
    CHECK(outcome["groups"][0]["group"] == "alpha");
    CHECK(outcome["groups"][0]["publisher"] == true);
    CHECK(outcome["groups"][1]["publisher"] == false);
    CHECK(outcome["groups"][1]["subscriber"] == true);
}
