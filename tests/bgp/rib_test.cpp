#include "protocols/bgp/rib.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/bgp/messages.hpp"

namespace dz::bgp {
namespace {

using namespace test;

const TimePoint kStart{1000s};
const Ipv4 kNeighbor = ip("169.254.0.0");

void announce(AdjRibIn& rib, std::string_view route, const PathAttributes& attributes = device_attributes(),
              TimePoint at = kStart) {
    const Prefix one = prefix(route);
    rib.announce({&one, 1}, attributes, at);
}

std::vector<std::string> texts(const std::vector<Prefix>& prefixes) {
    std::vector<std::string> out;
    for (const auto& one : prefixes) out.push_back(one.to_string());
    return out;
}

using Texts = std::vector<std::string>;

TEST_CASE("rib: an announced route is there until it is withdrawn", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    rib.apply(announcement({"198.18.0.1/32", "198.18.0.2/32"}), kStart);
    CHECK(rib.accepted() == 2);
    CHECK(rib.distinct_attributes() == 1);
    CHECK(texts(rib.take_changes()) == Texts{"198.18.0.1/32", "198.18.0.2/32"});

    rib.apply(withdrawal({"198.18.0.1/32", "198.18.0.3/32"}), kStart);
    CHECK(texts(rib.take_changes()) == Texts{"198.18.0.1/32"});
    CHECK_FALSE(rib.find(prefix("198.18.0.1/32")));
    CHECK(rib.find(prefix("198.18.0.2/32"))->next_hop() == kNeighbor);
    rib.apply(withdrawal({"198.18.0.2/32"}), kStart);
    CHECK(rib.distinct_attributes() == 0);
}

TEST_CASE("rib: one UPDATE that withdraws and announces a prefix leaves it announced", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    Update update = announcement({"198.18.0.1/32"});
    update.withdrawn = update.announced;
    rib.apply(update, kStart);
    CHECK(rib.accepted() == 1);
}

TEST_CASE("rib: a refused route is kept with its verdict and is no change", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    announce(rib, "10.0.0.1/32");
    CHECK(rib.size() == 1);
    CHECK(rib.accepted() == 0);
    CHECK_FALSE(rib.has_changes());
    CHECK(rib.find(prefix("10.0.0.1/32"))->verdict == Verdict::Martian);
}

TEST_CASE("rib: the same announcement again changes nothing and keeps its age", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    announce(rib, "198.18.0.1/32");
    rib.take_changes();
    announce(rib, "198.18.0.1/32", device_attributes(), kStart + 5s);
    CHECK_FALSE(rib.has_changes());
    CHECK(rib.find(prefix("198.18.0.1/32"))->since == kStart);
}

TEST_CASE("rib: other communities replace the route without touching the kernel's view", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    announce(rib, "198.18.0.1/32");
    rib.take_changes();
    auto other = device_attributes();
    other.communities.clear();
    announce(rib, "198.18.0.1/32", other, kStart + 5s);
    CHECK_FALSE(rib.has_changes());
    CHECK(rib.find(prefix("198.18.0.1/32"))->attributes->communities.empty());
    CHECK(rib.distinct_attributes() == 1);
}

TEST_CASE("rib: a next hop that moves off the link takes the route out", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    announce(rib, "198.18.0.1/32");
    rib.take_changes();
    announce(rib, "198.18.0.1/32", device_attributes("169.254.0.9"));
    CHECK(texts(rib.take_changes()) == Texts{"198.18.0.1/32"});
    CHECK(rib.accepted() == 0);
}

TEST_CASE("rib: a new policy changes exactly the routes it judges otherwise", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    rib.apply(announcement({"198.18.0.1/32", "198.18.0.2/32", "198.19.0.1/32"}), kStart);
    rib.take_changes();
    Policy policy;
    policy.filter = RouteFilter::excluding({prefix("198.18.0.0/24")});
    rib.set_policy(policy);
    CHECK(texts(rib.take_changes()) == Texts{"198.18.0.1/32", "198.18.0.2/32"});
    CHECK(rib.accepted() == 1);
    rib.set_policy({});
    CHECK(texts(rib.take_changes()) == Texts{"198.18.0.1/32", "198.18.0.2/32"});
}

TEST_CASE("rib: a sweep takes the stale routes that were not announced again", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    rib.apply(announcement({"198.18.0.1/32", "198.18.0.2/32"}), kStart);
    rib.mark_stale();
    CHECK(rib.stale() == 2);
    CHECK(rib.accepted() == 2);
    rib.take_changes();
    announce(rib, "198.18.0.2/32");
    CHECK(rib.stale() == 1);
    rib.sweep_stale();
    CHECK(texts(rib.take_changes()) == Texts{"198.18.0.1/32"});
    CHECK(rib.stale() == 0);
    CHECK(rib.find(prefix("198.18.0.2/32")));
}

TEST_CASE("rib: cleared, it reports every accepted route as changed", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    rib.apply(announcement({"198.18.0.1/32", "10.0.0.1/32"}), kStart);
    rib.take_changes();
    rib.clear();
    CHECK(rib.size() == 0);
    CHECK(rib.distinct_attributes() == 0);
    CHECK(texts(rib.take_changes()) == Texts{"198.18.0.1/32"});
}

TEST_CASE("rib: multiprotocol prefixes have the next hop of their own attribute", "[bgp]") {
    AdjRibIn rib(kNeighbor);
    Update update = announcement({"198.18.0.1/32"});
    update.mp_reach = MpReach{ip("169.254.0.8"), {prefix("198.18.0.2/32")}};
    rib.apply(update, kStart);
    CHECK(rib.find(prefix("198.18.0.1/32"))->next_hop() == kNeighbor);
    CHECK(rib.find(prefix("198.18.0.2/32"))->next_hop() == ip("169.254.0.8"));
}

// --- against a model: a map, recomputed from scratch ---

struct Modelled {
    Ipv4 next_hop;
    bool stale = false;
    bool operator==(const Modelled&) const = default;
};
using Model = std::map<std::uint32_t, Modelled>;

std::set<std::uint32_t> accepted(const Model& model, const Policy& policy) {
    std::set<std::uint32_t> out;
    for (const auto& [address, route] : model) {
        if (judge(policy, host_prefix(Ipv4(address)), route.next_hop, kNeighbor) == Verdict::Accepted)
            out.insert(address);
    }
    return out;
}

TEST_CASE("rib: any sequence of events leaves what a plain map would hold", "[bgp]") {
    rc::prop("model", [] {
        AdjRibIn rib(kNeighbor);
        Model model;
        Policy policy;
        std::set<std::uint32_t> seen_by_reader;
        const int steps = *rc::gen::inRange(1, 60);
        for (int step = 0; step < steps; ++step) {
            // Half of the addresses are public, half private; few enough to collide.
            const std::uint32_t host = *rc::gen::inRange(0U, 6U);
            const std::uint32_t address = (host % 2 == 0 ? 0xC6120000U : 0x0A000000U) + host;
            const Prefix route = host_prefix(Ipv4(address));
            switch (*rc::gen::inRange(0, 9)) {
                case 0:
                case 1:
                case 2: {
                    const auto hop = *rc::gen::element("169.254.0.0", "169.254.0.9");
                    rib.announce({&route, 1}, device_attributes(hop), kStart);
                    model[address] = {ip(hop), false};
                    break;
                }
                case 3:
                case 4:
                    rib.withdraw({&route, 1});
                    model.erase(address);
                    break;
                case 5:
                    rib.mark_stale();
                    for (auto& [key, one] : model) one.stale = true;
                    break;
                case 6:
                    rib.sweep_stale();
                    std::erase_if(model, [](const auto& one) { return one.second.stale; });
                    break;
                case 7:
                    policy.third_party_next_hop = !policy.third_party_next_hop;
                    rib.set_policy(policy);
                    break;
                default:
                    for (const auto& changed : rib.take_changes()) {
                        const auto found = rib.find(changed);
                        if (found && found->accepted()) {
                            seen_by_reader.insert(changed.address.to_uint());
                        } else {
                            seen_by_reader.erase(changed.address.to_uint());
                        }
                    }
                    // A reader that only follows changes knows as much as one that reads everything.
                    RC_ASSERT(seen_by_reader == accepted(model, policy));
            }
            Model held;
            for (const Route& one : rib.routes())
                held[one.prefix.address.to_uint()] = {one.next_hop(), one.stale};
            RC_ASSERT(held == model);
            RC_ASSERT(rib.accepted() == accepted(model, policy).size());
            std::set<std::uint32_t> hops;
            for (const auto& [key, one] : model) hops.insert(one.next_hop.to_uint());
            RC_ASSERT(rib.distinct_attributes() == hops.size());
        }
    });
}

}  // namespace
}  // namespace dz::bgp
