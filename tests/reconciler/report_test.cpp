#include "reconciler/report.hpp"

#include <catch2/catch.hpp>

#include "reconciler/history.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::reconciler {
namespace {

using namespace test;

Service service() {
    Service service;
    service.device_code = "dev-a";
    service.tunnel_dst = ip("9.200.0.1");
    return service;
}

bgp::PeerReport peer(bgp::Status status, std::string error = "") {
    bgp::PeerReport report;
    report.status = status;
    report.last_error = std::move(error);
    return report;
}

TEST_CASE("explain: a session that is up needs no words", "[reconciler]") {
    CHECK(explain(service(), true, peer(bgp::Status::Up), {}, {}) == Explanation{ServiceState::Up, "", ""});
}

TEST_CASE("explain: a device that does not answer comes with what to check", "[reconciler]") {
    CHECK(explain(service(), true, peer(bgp::Status::Unreachable, "connect: timed out"), {}, {}) ==
          Explanation{ServiceState::Failed, "device dev-a does not answer: connect: timed out",
                      "let GRE (IP protocol 47) to and from 9.200.0.1 through the firewall"});
}

TEST_CASE("explain: a blocking problem comes before everything else", "[reconciler]") {
    auto blocked = service();
    blocked.problems = {
        {.code = ProblemCode::BehindNat, .text = "nat", .remedy = "do this", .blocking = true}};
    CHECK(explain(blocked, true, peer(bgp::Status::Up), {}, {}) ==
          Explanation{ServiceState::Blocked, "nat", "do this"});
}

TEST_CASE("explain: a service that waits says for how long", "[reconciler]") {
    const Problem trouble{.code = ProblemCode::StepFailed, .text = "cannot", .remedy = "be root"};
    CHECK(explain(service(), false, {}, trouble, 1500ms) ==
          Explanation{ServiceState::Retrying, "cannot", "tries again in 2 s; be root"});
}

TEST_CASE("explain: without a tunnel it is being built", "[reconciler]") {
    CHECK(explain(service(), false, {}, {}, {}).state == ServiceState::Building);
}

TEST_CASE("history: the oldest events are forgotten first, and ids go on", "[reconciler]") {
    History history(3);
    for (const auto* text : {"a", "b", "c", "d"}) history.add(WallTime{}, "ledger", text);
    REQUIRE(history.after(0).size() == 3);
    CHECK(history.after(0)[0].text == "b");
    CHECK(history.after(3).size() == 1);
    CHECK(history.after(3)[0].id == 4);
}

TEST_CASE("history: many routes are told by their number", "[reconciler]") {
    Outcome outcome;
    for (std::uint32_t i = 0; i < 500; ++i) {
        outcome.done.emplace_back(netlink::Change{
            netlink::Add{netlink::Route{.destination = host_prefix(plus(ip("9.200.2.0"), i))}}});
    }
    outcome.done.emplace_back(RemovePeer{ip("169.254.0.0")});
    CHECK(tell(outcome) == std::vector<Line>{{"remove peer 169.254.0.0", false}, {"add 500 routes", true}});
}

}  // namespace
}  // namespace dz::reconciler
