// tests/placement/devices.hpp: devices, catalogues and latencies in a word each.
#pragma once

#include <string>
#include <vector>

#include "placement/placement.hpp"

namespace dz::test {

inline ledger::PublicKey device_key(std::uint8_t number) {
    ledger::PublicKey key;
    key.bytes[31] = number;
    return key;
}

/// 9.128.0.`last`
inline Ipv4 underlay(std::uint8_t last) {
    return Ipv4{0x09800000U + last};
}

/// An active hybrid device of 10 seats.
inline ledger::Device device(std::string code, std::uint8_t last) {
    ledger::Device device;
    device.code = std::move(code);
    device.public_ip = underlay(last);
    device.max_users = 10;
    device.dz_prefixes = {{underlay(128), 29}};
    return device;
}

inline ledger::Interface endpoint_interface(Ipv4 address) {
    ledger::Interface interface;
    interface.name = "Loopback100";
    interface.ip_net = host_prefix(address);
    interface.user_tunnel_endpoint = true;
    return interface;
}

/// The keys are 1, 2, ... in this order.
inline ledger::Snapshot catalogue(const std::vector<ledger::Device>& devices) {
    std::vector<ledger::KeyedAccount> accounts;
    for (const auto& one : devices) {
        ledger::AccountInfo info;
        info.data = ledger::encode(one);
        accounts.push_back({device_key(static_cast<std::uint8_t>(accounts.size() + 1)), info});
    }
    return ledger::Snapshot::from(accounts, {}, ledger::Scope::Catalogue);
}

inline placement::Latency latency(std::uint8_t device, std::uint8_t last, Duration min,
                                  Duration mean = Duration{}) {
    return {device_key(device), underlay(last), min, mean == Duration{} ? min : mean};
}

}  // namespace dz::test
