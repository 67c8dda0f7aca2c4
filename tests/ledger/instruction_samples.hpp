// tests/ledger/instruction_samples.hpp: instructions of every form of argument.
#pragma once

#include <vector>

#include "ledger/instructions.hpp"
#include "tests/ledger/samples.hpp"

namespace dz::test {

/// Arguments that are not defaults, of every form that occurs: options, lists, variants, text, 128 bits.
inline std::vector<ledger::Instruction> sample_instructions() {
    using namespace ledger;
    ix::UpdateDevice update_device;
    update_device.code = "fra-dz001";
    update_device.dz_prefixes = {sample_prefix(0xc6120100, 29)};
    update_device.max_users = 10;
    update_device.status = DeviceStatus::Drained;
    update_device.resource_count = 2;
    update_device.multicast_publishers_count = 1;
    ix::SetAccessPass pass{access::Others{"partner", "acme"}, Ipv4{0x01020304}, 77, true, 2, 3};
    ix::UpdateTenant tenant;
    tenant.billing = Billing{0, 5, 6};
    tenant.include_topologies = {sample_key(1)};
    ix::CreateLink link{
        "a-b", LinkType::Dzx, 10, 9000, 1, 2, "Ethernet1", std::nullopt, LinkDesiredStatus::Activated, true};
    return {
        ix::SetAuthority{{}, sample_key(1), {}, sample_key(2)},
        ix::SetFeatureFlags{u128{1} << 100},
        ix::CreateLocation{"ams", "Amsterdam", "NL", 52.4, -4.9, 7},
        update_device,
        link,
        pass,
        ix::SetAccessPass{access::EdgeSeat{{{sample_key(1), 1, 2, 3, 4, 5, 6}}}, Ipv4{}, 0, false, 1, 1},
        tenant,
        ix::AllocateResource{{ResourceKind::DzPrefixBlock, sample_key(1), 3}, IpOrId(std::uint16_t{7})},
        ix::AllocateResource{{ResourceKind::LinkIds, {}, 0}, std::nullopt},
        ix::DeallocateResource{{ResourceKind::TunnelIds, sample_key(1), 0},
                               IpOrId(sample_prefix(0x0a000000, 31))},
        ix::SetAccessPassFeeds{Ipv4{1}, sample_key(1), {{1, 2, 3, 4, -5}}},
        ix::UpdateUser{UserType::Multicast,
                       {},
                       Ipv4{9},
                       777,
                       sample_prefix(0xa9fe0000, 31),
                       {},
                       sample_key(3),
                       1,
                       1,
                       Ipv4{8}},
        ix::SetUserBgpStatus{BgpStatus::Up, 12'345'678},
    };
}

}  // namespace dz::test
