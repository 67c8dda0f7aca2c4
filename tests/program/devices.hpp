// tests/program/devices.hpp: attempts on devices, in a network of two with two contributors.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/program/order.hpp"

namespace dz::test {

inline constexpr std::uint64_t kTenGigabit = 10'000'000'000;

/// The network's device and a second one, "far", both of "contributor"; "rival" is another contributor.
struct Devices : Attempt {
    Devices() {
        payer = "contributor";
        far = add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
        rivals = addresses().contributor(next_index());
        REQUIRE(send("foundation",
                     as("foundation").make(ix::CreateContributor{"co02"}, next_index(), pk("rival"))) ==
                "ok");
    }
    void spoil_device(const std::function<void(ledger::Device&)>& change) {
        spoil<ledger::Device>(device, change);
    }
    std::string add_interface(const PublicKey& at, const std::string& name,
                              ledger::LoopbackType type = ledger::LoopbackType::None) {
        ix::CreateDeviceInterface args;
        args.name = name;
        args.loopback_type = type;
        args.bandwidth = kTenGigabit;
        args.mtu = 9000;
        args.use_onchain_allocation = true;
        return send("contributor", as("contributor").make(args, ledger::DeviceAccounts{at, contributor}));
    }
    PublicKey far, rivals;
};

/// The instruction names a contributor that the device does not belong to.
template <class C>
Step<C> foreign_contributor() {
    return {{"10 InvalidContributorPubkey", "another contributor's device", [](C& c) {
                 c.by = c.rivals;
                 if (c.payer == "contributor") c.payer = "rival";
             }}};
}

}  // namespace dz::test
