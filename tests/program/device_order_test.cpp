// The order of checks on devices (ledger-processors.md 7): of two violated ones the earlier answers.
#include "tests/program/devices.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Device;
using ledger::DeviceStatus;
using ledger::Interface;

namespace {

struct Creation : Devices {
    Creation() {
        args.code = "new";
        args.public_ip = ip(9, 128, 2, 8);
        args.dz_prefixes = {Prefix{ip(9, 128, 2, 136), 29}};
        args.mgmt_vrf = "mgmt";
        args.resource_count = 2;
    }
    ix::CreateDevice args;
    TransactionInstruction instruction() override {
        return as(payer).make(args, {next_index(), contributor, location, exchange});
    }
};

struct Update : Devices {
    Update() {
        lax = addresses().location(next_index());
        const ix::CreateLocation place{"lax", "Los Angeles", "US", 34, -118, 0};
        REQUIRE(send("foundation", as("foundation").make(place, next_index())) == "ok");
        to = lax;
    }
    ix::UpdateDevice args;
    PublicKey lax, from = location, to;
    PublicKey by = contributor;
    /// Another number of allocators than there are accounts for.
    std::optional<std::uint64_t> claimed;
    TransactionInstruction instruction() override {
        auto made = as(payer).make(args, {device, by, from, to});
        auto claim = args;
        claim.resource_count = claimed.value_or(args.resource_count);
        made.data = ledger::encode_instruction(claim);
        return made;
    }
};

struct Deletion : Devices {
    Deletion() {
        spoil_device([](Device& d) { d.status = DeviceStatus::Drained; });
    }
    ix::DeleteDevice args{2};
    PublicKey by = contributor;
    TransactionInstruction instruction() override {
        return as(payer).make(
            args,
            {device, by, location, exchange, pk("contributor"), {args.resource_count, pk("contributor")}});
    }
};

}  // namespace

TEST_CASE("order: CreateDevice", "[program]") {
    using C = Creation;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
              {{kAbort, "a foreign contributor", [](C& c) { c.take_owner(c.contributor); }},
               {kAbort, "a foreign location", [](C& c) { c.take_owner(c.location); }},
               {kAbort, "a foreign exchange", [](C& c) { c.take_owner(c.exchange); }}},
              {{kOurs, "the device exists", [](C& c) { c.occupy(c.addresses().device(c.next_index())); }}},
              stranger<C>("1 InvalidOwnerPubkey"),
              {{kAbort, "another address", [](C& c) { c.replaced[0] = c.nothing(); }}},
              {{"62 InvalidPublicIp", "an address inside a prefix",
                [](C& c) { c.args.public_ip = ip(9, 128, 2, 137); }}},
              {{"65 InvalidArgument", "a resource too many", [](C& c) { c.args.resource_count = 3; }}},
              {{"34 CodeTooLong", "a long code", [](C& c) { c.args.code = std::string(33, 'x'); }}},
              {{"19 InvalidAccountCode", "a vrf with a blank", [](C& c) { c.args.mgmt_vrf = "a b"; }}},
              {{"62 InvalidPublicIp", "a private address", [](C& c) { c.args.public_ip = ip(10, 0, 0, 1); }}},
              {{"38 InvalidDzPrefix", "a private prefix",
                [](C& c) { c.args.dz_prefixes[0] = Prefix{ip(10, 0, 0, 0), 29}; }}}});
}

TEST_CASE("order: UpdateDevice", "[program]") {
    using C = Update;
    expect_order<C>(
        C{},
        {unsigned_payer<C>(),
         stranger<C>(),
         foreign_contributor<C>(),
         {{"19 InvalidAccountCode", "a code with a blank", [](C& c) { c.args.code = "a b"; }}},
         {{"65 InvalidArgument", "prefixes without their accounts",
           [](C& c) { c.args.dz_prefixes = std::vector{Prefix{ip(9, 128, 3, 136), 29}}; }}},
         {{"60 InvalidActualLocation", "not from there",
           [](C& c) { std::tie(c.from, c.to) = std::pair(c.lax, c.location); }}},
         {{"8 NotAllowed", "a status that is not the contributor's",
           [](C& c) { c.args.status = DeviceStatus::Deleting; }},
          {"8 NotAllowed", "the status it has", [](C& c) { c.args.status = DeviceStatus::Activated; }}},
         {{"62 InvalidPublicIp", "a private address", [](C& c) { c.args.public_ip = ip(10, 0, 0, 1); }}}});
}

TEST_CASE("order: UpdateDevice, its accounts", "[program]") {
    // A new prefix: the config, tunnel ids and one block.
    using C = Update;
    C valid;
    valid.args.dz_prefixes = std::vector{Prefix{ip(9, 128, 3, 136), 29}};
    valid.args.resource_count = 2;
    expect_order<C>(valid,
                    {unsigned_payer<C>(),
                     {{"65 InvalidArgument", "an allocator more than accounts", [](C& c) { c.claimed = 9; }}},
                     {{kAbort, "tunnel ids without a block", [](C& c) { c.args.resource_count = 1; }}},
                     {{kAbort, "other tunnel ids", [](C& c) { c.replaced[6] = c.nothing(); }}},
                     stranger<C>(),
                     foreign_contributor<C>()});
    expect_order<C>(valid,
                    {{{kAbort, "another block", [](C& c) { c.replaced[7] = c.nothing(); }}}, stranger<C>()});
}

TEST_CASE("order: DeleteDevice", "[program]") {
    using C = Deletion;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              stranger<C>(),
              foreign_contributor<C>(),
              {{"7 InvalidStatus", "an active device",
                [](C& c) { c.spoil_device([](Device& d) { d.status = DeviceStatus::Activated; }); }},
               {"7 InvalidStatus", "a device on its way out",
                [](C& c) { c.spoil_device([](Device& d) { d.status = DeviceStatus::Deleting; }); }}},
              {{"13 ReferenceCountNotZero", "somebody is on it",
                [](C& c) { c.spoil_device([](Device& d) { d.reference_count = 1; }); }}},
              {{"70 DeviceHasInterfaces", "an interface",
                [](C& c) {
                    c.spoil_device([](Device& d) {
                        Interface port;
                        port.name = "Ethernet1";
                        d.interfaces.push_back(port);
                    });
                }}},
              {{"2 InvalidLocationPubkey", "another location", [](C& c) { c.replaced[3] = c.exchange; }}},
              {{"3 InvalidExchangePubkey", "another exchange", [](C& c) { c.replaced[4] = c.location; }}},
              {{"10 InvalidContributorPubkey", "another contributor",
                [](C& c) {
                    c.payer = "foundation";
                    c.by = c.rivals;
                }}},
              {{"1 InvalidOwnerPubkey", "another owner", [](C& c) { c.replaced[9] = c.pk("rival"); }}},
              {{"65 InvalidArgument", "an allocator is left behind", [](C& c) {
                    c.spoil_device([](Device& d) { d.dz_prefixes.push_back(Network::kPrefix); });
                }}}});
}
