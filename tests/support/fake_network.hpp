// support/fake_network.hpp: a small DoubleZero network on a fake ledger: one exchange, two devices, and users
// as a test wants them.
#pragma once

#include <string_view>

#include "ledger/address.hpp"
#include "tests/support/fake_rpc.hpp"

namespace dz::test {

inline Ipv4 ip(std::string_view text) {
    return parse_ipv4(text).value();
}
inline Prefix prefix(std::string_view text) {
    return parse_prefix(text).value();
}
/// A key that differs from others by one number.
inline ledger::PublicKey key(std::uint8_t number) {
    ledger::PublicKey key;
    key.bytes.fill(7);
    key.bytes[31] = number;
    return key;
}

inline const ledger::PublicKey kProgram = key(200);
inline const ledger::PublicKey kExchange = key(1), kTenant = key(2), kDeviceA = key(3), kDeviceB = key(4),
                               kGroup1 = key(5), kGroup2 = key(6);
inline const ledger::PublicKey kUser = key(10), kOtherUser = key(11), kMulticastUser = key(12);
inline const Ipv4 kClientIp = ip("9.128.0.5");

inline ledger::GlobalConfig global_config() {
    ledger::GlobalConfig config;
    config.local_asn = {65000};
    config.remote_asn = {65342};
    return config;
}

inline ledger::Device device(std::string_view code, std::string_view public_ip, std::string_view dz_prefix) {
    ledger::Device device;
    device.code = code;
    device.public_ip = ip(public_ip);
    device.exchange_pk = kExchange;
    device.dz_prefixes = {prefix(dz_prefix)};
    return device;
}

inline ledger::User user(ledger::UserType type = ledger::UserType::Ibrl) {
    ledger::User user;
    user.user_type = type;
    user.client_ip = kClientIp;
    user.dz_ip = type == ledger::UserType::Ibrl ? kClientIp : ip("9.200.1.9");
    user.device_pk = kDeviceA;
    user.tunnel_id = 500;
    user.tunnel_net = prefix(type == ledger::UserType::Multicast ? "169.254.0.2/31" : "169.254.0.0/31");
    return user;
}

inline ledger::MulticastGroup group(std::string_view code, std::string_view address) {
    ledger::MulticastGroup group;
    group.code = code;
    group.multicast_ip = ip(address);
    return group;
}

/// The network without users.
inline void found_network(FakeRpc& rpc) {
    ledger::Exchange exchange;
    exchange.code = "xewr";
    exchange.name = "New York";
    ledger::Tenant tenant;
    tenant.code = "acme";
    rpc.put(ledger::Addresses(kProgram).global_config().key, global_config());
    rpc.put(kExchange, exchange);
    rpc.put(kTenant, tenant);
    rpc.put(kDeviceA, device("dev-a", "9.200.0.1", "9.200.1.8/29"));
    rpc.put(kDeviceB, device("dev-b", "9.200.0.2", "9.200.2.8/29"));
    rpc.put(kGroup1, group("group-1", "233.84.178.1"));
    rpc.put(kGroup2, group("group-2", "233.84.178.2"));
}

}  // namespace dz::test
