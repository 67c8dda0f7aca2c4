// tests/netlink/agreement_test.cpp: the fake and the running kernel, side by side through the same changes.
// Part of netlink_contract: needs root and GRE.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>

#include "netlink/fake_kernel.hpp"
#include "tests/netlink/contract.hpp"
#include "tests/netlink/random_changes.hpp"

namespace dz::netlink {
namespace {

std::string outcome(const Result<>& result) {
    return result ? "ok" : std::string(to_string(result.error().code));
}

std::string outcome(const Result<Path>& path) {
    return path ? to_string(*path) : std::string(to_string(path.error().code));
}

/// One object a line, in an order that does not depend on who lists them.
std::vector<std::string> lines(const State& state) {
    std::vector<std::string> all;
    const auto add = [&](const auto& objects) {
        for (const auto& object : objects) all.push_back(to_string(object));
    };
    add(state.tunnels);
    add(state.addresses);
    add(state.routes);
    add(state.rules);
    std::ranges::sort(all);
    // The fallback device that comes with the GRE module.
    std::erase_if(all, [](const std::string& line) { return line.starts_with("tunnel gre0 "); });
    return all;
}

/// "fake: ..." for what only the fake has, "Linux: ..." for what only Linux has.
std::vector<std::string> differences(const State& fake, const State& real) {
    const auto ours = lines(fake);
    const auto theirs = lines(real);
    std::vector<std::string> only_ours, only_theirs, all;
    std::ranges::set_difference(ours, theirs, std::back_inserter(only_ours));
    std::ranges::set_difference(theirs, ours, std::back_inserter(only_theirs));
    for (const auto& line : only_ours) all.push_back("fake: " + line);
    for (const auto& line : only_theirs) all.push_back("Linux: " + line);
    return all;
}

TEST_CASE("kernel: the fake does what Linux does, whatever the changes", "[netlink][gre]") {
    rc::prop("same outcomes, same state", [] {
        const auto world = make_world();
        FakeKernel fake;
        const Prefix eth0 = parse_prefix("192.0.2.10/24").value();
        world->plug("eth0", {eth0});
        fake.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true}, {eth0});
        for (const Change& change : *rc::gen::noShrink(random_changes())) {
            const auto expected = outcome(run(world->loop, world->kernel().apply(change)));
            RC_LOG() << to_string(change) << ": " << expected << '\n';
            RC_ASSERT(outcome(run(world->loop, fake.apply(change))) == expected);
            const State real = run(world->loop, world->kernel().read(Parts::All)).value();
            RC_ASSERT(differences(fake.state(), real) == std::vector<std::string>{});
            for (const char* destination : {"8.8.8.8", "169.254.0.0"}) {
                const Ipv4 to = parse_ipv4(destination).value();
                RC_ASSERT(outcome(run(world->loop, fake.route_to(to))) ==
                          outcome(run(world->loop, world->kernel().route_to(to))));
            }
        }
    });
}

}  // namespace
}  // namespace dz::netlink
