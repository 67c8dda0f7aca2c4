#include "services/device_agent/rendering.hpp"

#include <catch2/catch.hpp>

#include "base/run.hpp"
#include "ledger/accounts.hpp"
#include "netlink/fake_kernel.hpp"

namespace dz::device_agent {
namespace {

using ledger::PublicKey;

PublicKey key(std::uint8_t number) {
    PublicKey out;
    out.bytes[31] = number;
    return out;
}

Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}
Prefix net(std::string_view text) {
    return parse_prefix(text).value();
}

template <class T>
ledger::KeyedAccount account(PublicKey at, const T& value) {
    return {.key = at, .account = {.data = ledger::encode(value), .owner = key(99), .lamports = {1}}};
}

ledger::User user(std::uint16_t tunnel_id, std::string_view client_ip) {
    ledger::User out;
    out.device_pk = key(1);
    out.client_ip = out.dz_ip = ip(client_ip);
    out.tunnel_id = tunnel_id;
    out.tunnel_net = {plus(ip("169.254.0.0"), 2U * (tunnel_id - 500U)), 31};
    return out;
}

struct Network {
    explicit Network(std::vector<ledger::User> of = {}) : users(std::move(of)) {
        config.local_asn = Asn{65000};
        config.remote_asn = Asn{65342};
        exchange.bgp_community = 10001;
        exchange.code = "xewr";
        device.exchange_pk = key(2);
        device.public_ip = ip("9.128.0.8");
        device.code = "ny5-dz01";
    }

    ledger::GlobalConfig config;
    ledger::Exchange exchange;
    ledger::Device device;
    std::vector<ledger::User> users;

    Result<Rendering> render_for(PublicKey which) const {
        std::vector<ledger::KeyedAccount> accounts{account(key(10), config), account(key(2), exchange),
                                                   account(key(1), device)};
        for (std::size_t i = 0; i < users.size(); ++i)
            accounts.push_back(account(key(static_cast<std::uint8_t>(100 + i)), users[i]));
        const auto snapshot = ledger::Snapshot::from(accounts, Slot{7}, ledger::Scope::Catalogue);
        return render(snapshot, {.device = which, .announce = {net("8.8.8.8/32")}});
    }
    Rendering rendering() const { return render_for(key(1)).value(); }
};

TEST_CASE("render: an activated user gets a tunnel on the even address, a rule and a neighbour",
          "[device_agent]") {
    const Network network({user(500, "9.128.0.100")});
    const Rendering out = network.rendering();
    REQUIRE(out.tunnels.size() == 1);
    CHECK(to_string(out.tunnels[0]) ==
          "tunnel tunnel500 local 9.128.0.8 remote 9.128.0.100 ttl 32 mtu 1476 up");
    CHECK(to_string(out.addresses.at(0)) == "address tunnel500 169.254.0.0/31");
    REQUIRE(out.neighbors.size() == 1);
    CHECK(out.neighbors[0].remote == ip("169.254.0.1"));
    CHECK(out.neighbors[0].accepts == net("9.128.0.100/32"));
    CHECK(out.device_asn == Asn{65342});
    CHECK(out.user_asn == Asn{65000});
}

TEST_CASE("render: users of other devices and users that are not activated are left out", "[device_agent]") {
    Network network({user(500, "9.128.0.100"), user(501, "9.128.0.101")});
    network.users[0].device_pk = key(3);
    network.users[1].status = ledger::UserStatus::Banned;
    CHECK(network.rendering().tunnels.empty());
}

TEST_CASE("render: a tunnel network that is not a /31 is reported and the others stand", "[device_agent]") {
    Network network({user(500, "9.128.0.100"), user(501, "9.128.0.101")});
    network.users[0].tunnel_net.length = 30;
    const Rendering out = network.rendering();
    CHECK(out.warnings.size() == 1);
    CHECK(out.tunnels.size() == 1);
}

TEST_CASE("render: a drained device has no users, an unknown one is an error", "[device_agent]") {
    Network network({user(500, "9.128.0.100")});
    network.device.status = ledger::DeviceStatus::Drained;
    CHECK(network.rendering().tunnels.empty());
    CHECK(network.render_for(key(55)).error().code == Errc::NotFound);
}

TEST_CASE("plan: carries an empty kernel to the rendering, and then has nothing to do", "[device_agent]") {
    EventLoop loop;
    netlink::FakeKernel kernel;
    kernel.plug({.name = "eth1", .kind = "veth", .mtu = 1500, .up = true}, {net("9.128.0.8/24")});
    Network network({user(500, "9.128.0.100"), user(501, "9.128.0.101")});
    const auto settle = [&](const Rendering& desired) {
        for (const auto& result : run(loop, kernel.apply_all(plan(desired, kernel.state())))) CHECK(result);
        CHECK(plan(desired, kernel.state()).empty());
    };
    settle(network.rendering());
    CHECK(kernel.state().tunnels.size() == 2);
    network.users.erase(network.users.begin());
    settle(network.rendering());
    CHECK(kernel.state().tunnels.size() == 1);
}

TEST_CASE("bird config: a neighbour may announce its own /32 alone and does not hear its own exchange",
          "[device_agent]") {
    const Network network({user(500, "9.128.0.100")});
    const std::string text =
        bird_config(network.rendering(), {.device = key(1), .announce = {net("8.8.8.8/32")}});
    CHECK_THAT(text, Catch::Contains("route 8.8.8.8/32 blackhole;"));
    CHECK_THAT(text, Catch::Contains("neighbor 169.254.0.1 as 65000;"));
    CHECK_THAT(text, Catch::Contains("if net = 9.128.0.100/32 && bgp_path.len = 1 then"));
    CHECK_THAT(text, Catch::Contains("if (21682, 10001) ~ bgp_community then reject;"));
}

}  // namespace
}  // namespace dz::device_agent
