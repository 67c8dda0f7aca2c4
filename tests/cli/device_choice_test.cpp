#include "cli/device_choice.hpp"

#include <catch2/catch.hpp>

namespace dz::cli {
namespace {

ledger::PublicKey key(std::uint8_t number) {
    ledger::PublicKey key;
    key.bytes[31] = number;
    return key;
}

Ipv4 address(std::uint8_t last) {
    return Ipv4{0x09800000U + last};
}

ledger::Device device(std::string code, std::uint8_t last) {
    ledger::Device device;
    device.code = std::move(code);
    device.public_ip = address(last);
    device.max_users = 10;
    device.dz_prefixes = {{address(128), 29}};
    return device;
}

ledger::Interface endpoint(std::uint8_t last) {
    ledger::Interface interface;
    interface.name = "Loopback100";
    interface.ip_net = host_prefix(address(last));
    interface.user_tunnel_endpoint = true;
    return interface;
}

ledger::Snapshot catalogue(const std::vector<ledger::Device>& devices) {
    std::vector<ledger::KeyedAccount> accounts;
    for (const auto& one : devices) {
        ledger::AccountInfo info;
        info.data = ledger::encode(one);
        accounts.push_back({key(static_cast<std::uint8_t>(accounts.size() + 1)), info});
    }
    return ledger::Snapshot::from(accounts, {}, ledger::Scope::Catalogue);
}

TEST_CASE("device choice: the first code wins, whatever the order of the accounts", "[cli]") {
    const auto devices = catalogue({device("zzz", 1), device("aaa", 2), device("mmm", 3)});
    const auto choice = choose_device(devices, {}, std::nullopt).value();
    CHECK(choice.device->value.code == "aaa");
    CHECK(choice.endpoint == address(2));
}

TEST_CASE("device choice: a device whose endpoints are all in use is passed over", "[cli]") {
    const auto devices = catalogue({device("aaa", 1), device("bbb", 2)});
    CHECK(choose_device(devices, {address(1)}, std::nullopt)->device->value.code == "bbb");
    CHECK_FALSE(choose_device(devices, {address(1), address(2)}, std::nullopt));
}

TEST_CASE("device choice: a spare endpoint keeps the device and is used", "[cli]") {
    ledger::Device with_spare = device("aaa", 1);
    with_spare.interfaces = {endpoint(9)};
    const auto devices = catalogue({with_spare, device("bbb", 2)});
    const auto choice = choose_device(devices, {address(1)}, std::nullopt).value();
    CHECK(choice.device->value.code == "aaa");
    CHECK(choice.endpoint == address(9));
}

TEST_CASE("device choice: a named device without an endpoint left is an error, never the address 0.0.0.0",
          "[cli]") {
    ledger::Device one = device("aaa", 1);
    one.interfaces = {endpoint(9)};
    one.interfaces.front().ip_net = {};
    const auto choice = choose_device(catalogue({one}), {address(1)}, "aaa");
    REQUIRE_FALSE(choice);
    CHECK_THAT(choice.error().text, Catch::Contains("device aaa has no free tunnel endpoint"));
}

TEST_CASE("endpoints in use: those of full and inactive devices count too", "[cli]") {
    ledger::Device full = device("aaa", 1);
    full.max_users = 0;
    full.status = ledger::DeviceStatus::Drained;
    const auto devices = catalogue({full});
    ledger::User user;
    user.tunnel_id = 500;
    user.device_pk = key(1);
    ledger::User named = user;
    named.tunnel_endpoint = address(77);
    ledger::User without_tunnel = user;
    without_tunnel.tunnel_id = 0;
    std::vector<ledger::KeyedAccount> accounts;
    for (const auto& one : {user, named, without_tunnel}) {
        ledger::AccountInfo info;
        info.data = ledger::encode(one);
        accounts.push_back({key(static_cast<std::uint8_t>(accounts.size() + 10)), info});
    }
    const auto users = ledger::Snapshot::from(accounts, {}, ledger::Scope::Mine);
    CHECK(endpoints_in_use(users, devices) == std::vector{address(1), address(77)});
}

}  // namespace
}  // namespace dz::cli
