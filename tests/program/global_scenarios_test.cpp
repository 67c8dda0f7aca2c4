// The scenarios of ledger.md 7 on global settings and permissions, as signed transactions.
#include <catch2/catch.hpp>

#include "tests/program/scenario.hpp"

using namespace dz;
using namespace dz::test;
using ledger::PermissionFlag;

namespace {

ix::SetGlobalConfig plan() {
    return {Asn{65000},
            Asn{65342},
            Prefix{ip(172, 16, 0, 0), 16},
            Prefix{ip(169, 254, 0, 0), 16},
            Prefix{ip(233, 84, 178, 0), 24},
            std::nullopt,
            Prefix{ip(148, 51, 120, 0), 21}};
}

/// A world in which nothing but the global state exists.
struct Fresh : World {
    explicit Fresh(std::shared_ptr<Witness> witness = {})
        : World(ledger::Dialect::Seats, std::move(witness)) {
        REQUIRE(send("foundation", as("foundation").make(ix::InitGlobalState{})) == "ok");
    }
    std::string configure(const ix::SetGlobalConfig& args, const std::string& payer = "foundation") {
        return send(payer, as(payer).make(args));
    }
};

}  // namespace

TEST_CASE("global: whoever initialises first is the foundation, and again changes nothing", "[program]") {
    Fresh world;
    const auto state = world.state();
    CHECK(state.foundation_allowlist == std::vector{world.pk("foundation")});
    CHECK(state.contributor_airdrop_lamports == 1'000'000'000);
    CHECK(state.user_airdrop_lamports == 40'000);
    CHECK(world.send("mallory", world.as("mallory").make(ix::InitGlobalState{})) == "ok");
    CHECK(world.state() == state);
    const auto program = world.get<ledger::ProgramConfig>(world.addresses().program_config());
    CHECK(program.version == ledger::Version{0, 34, 0});
    CHECK(program.min_compatible_version == ledger::Version{0, 30, 0});
}

TEST_CASE("scenario 56a: blocks that addresses came from do not change", "[program]") {
    Fresh world(scenario());
    REQUIRE(world.configure(plan()) == "ok");
    auto changed = plan();
    changed.device_tunnel_block = Prefix{ip(172, 17, 0, 0), 16};
    CHECK(world.configure(changed) == "68 ImmutableField");
    changed = plan();
    changed.local_asn = Asn{65001};
    CHECK(world.configure(changed) == "ok");
    CHECK(world.get<ledger::GlobalConfig>(world.addresses().global_config()).local_asn == Asn{65001});
    CHECK(world.get<ledger::GlobalConfig>(world.addresses().global_config()).next_bgp_community == 10000);
    CHECK(world.configure(plan(), "mallory") == "8 NotAllowed");
}

TEST_CASE("scenario 56b: a public device block is refused", "[program]") {
    Fresh world(scenario());
    auto args = plan();
    args.device_tunnel_block = Prefix{ip(9, 9, 0, 0), 16};
    CHECK(world.configure(args) == "88 InvalidDeviceTunnelBlock");
}

TEST_CASE("scenario 56c: the publisher block may be added later, once", "[program]") {
    Fresh world(scenario());
    auto args = plan();
    args.multicast_publisher_block = Prefix{};
    REQUIRE(world.configure(args) == "ok");
    CHECK_FALSE(world.exists(world.addresses().multicast_publisher_block()));
    CHECK(world.configure(plan()) == "ok");
    CHECK(world.exists(world.addresses().multicast_publisher_block()));
    CHECK(world.configure(args) == "68 ImmutableField");
}

TEST_CASE("global: clients of March 2026, who send no admin group bits, are understood", "[program]") {
    Fresh world;
    auto instruction = world.as("foundation").make(plan());
    std::erase_if(instruction.accounts, [&](const ledger::AccountMeta& account) {
        return account.key == world.addresses().admin_group_bits().key;
    });
    CHECK(world.send("foundation", instruction) == "ok");
    CHECK_FALSE(world.exists(world.addresses().admin_group_bits()));
    CHECK(world.configure(plan()) == "ok");
    CHECK(world.exists(world.addresses().admin_group_bits()));
}

TEST_CASE("scenario 57: the foundation cannot be emptied or listed twice", "[program]") {
    Fresh world(scenario());
    const auto builder = world.as("foundation");
    CHECK(world.send("foundation", builder.make(ix::RemoveFoundationAllowlist{world.pk("foundation")})) ==
          "66 InvalidFoundationAllowlist");
    CHECK(world.send("foundation", builder.make(ix::AddFoundationAllowlist{world.pk("foundation")})) ==
          "InvalidArgument");
    CHECK(world.send("foundation", builder.make(ix::AddFoundationAllowlist{world.pk("second")})) == "ok");
    CHECK(world.send("second",
                     world.as("second").make(ix::RemoveFoundationAllowlist{world.pk("foundation")})) == "ok");
    CHECK(world.send("foundation", builder.make(ix::SetFeatureFlags{1})) == "8 NotAllowed");
    CHECK(world.send("second", world.as("second").make(ix::RemoveFoundationAllowlist{world.pk("nobody")})) ==
          "ok");
}

TEST_CASE("scenario 58: without the extension the reservation numbers are unknown", "[program]") {
    Network world(ledger::Dialect::Today, scenario(ledger::Dialect::Today));
    const auto reserve = world.as("foundation").make(ix::ReserveSeat{ip(1, 2, 3, 4)}, world.device);
    CHECK(world.send("foundation", reserve) == "InvalidInstructionData");
    const TransactionInstruction unknown{world.addresses().program(), {ledger::signer(world.pk("a"))}, {200}};
    CHECK(world.send("a", unknown) == "InvalidInstructionData");
    const TransactionInstruction empty{world.addresses().program(), {ledger::signer(world.pk("a"))}, {}};
    CHECK(world.send("a", empty) == "InvalidInstructionData");
}

TEST_CASE("scenario 59: with permission accounts required, the foundation too needs one", "[program]") {
    Fresh world(scenario());
    const auto builder = world.as("foundation");
    const u128 require_permissions = u128{1} << ledger::feature::kRequirePermissionAccountsBit;
    REQUIRE(world.send("foundation", builder.make(ix::SetFeatureFlags{require_permissions})) == "ok");
    CHECK(world.send("foundation", builder.make(ix::SetAirdrop{1, {}})) == "8 NotAllowed");
    // Permissions themselves can always be repaired.
    const ix::CreatePermission grant{world.pk("foundation"),
                                     permission_bit(PermissionFlag::GlobalstateAdmin)};
    CHECK(world.send("foundation", builder.make(grant)) == "ok");
    CHECK(world.send("foundation", world.with_permission("foundation").make(ix::SetAirdrop{1, {}})) == "ok");
    CHECK(world.state().contributor_airdrop_lamports == 1);
}

TEST_CASE("permission: a suspended one grants nothing, somebody else's is a fault", "[program]") {
    Fresh world;
    const auto builder = world.as("foundation");
    const ix::CreatePermission grant{world.pk("admin"), permission_bit(PermissionFlag::GlobalstateAdmin)};
    REQUIRE(world.send("foundation", builder.make(grant)) == "ok");
    const PublicKey permission = world.addresses().permission(world.pk("admin"));
    const auto change = [&](const std::string& payer) {
        return world.send(payer, ledger::InstructionBuilder(world.addresses(), world.pk(payer), permission)
                                     .make(ix::SetAirdrop{7, {}}));
    };
    CHECK(change("admin") == "ok");
    CHECK(change("foundation") == "InvalidArgument");
    REQUIRE(world.send("foundation", builder.make(ix::SuspendPermission{}, permission)) == "ok");
    CHECK(change("admin") == "8 NotAllowed");
    REQUIRE(world.send("foundation", builder.make(ix::ResumePermission{}, permission)) == "ok");
    CHECK(change("admin") == "ok");
    CHECK(world.send("foundation", builder.make(ix::ResumePermission{}, permission)) == "7 InvalidStatus");
    CHECK(world.send("foundation", builder.make(ix::CreatePermission{world.pk("x"), u128{1} << 100})) ==
          "65 InvalidArgument");
}

TEST_CASE("program: malformed arguments abort, missing accounts are reported", "[program]") {
    Network world;
    // A code of which one byte of four is there.
    TransactionInstruction torn =
        world.as("foundation").make(ix::CreateLocation{"abcd", "", "US", 0, 0, 0}, world.next_index());
    torn.data = {10, 4, 0, 0, 0, 0xff, 0xfe, 0xfd, 0xfc};
    CHECK(world.send("foundation", torn) == "ProgramFailedToComplete");
    TransactionInstruction few = world.as("foundation").make(ix::SetFeatureFlags{1});
    few.accounts.pop_back();
    CHECK(world.send("foundation", few) == "NotEnoughAccountKeys");
}

TEST_CASE("program: nobody acts for a payer who did not sign", "[program]") {
    Network world;
    auto instruction = world.as("foundation").make(ix::SetFeatureFlags{1});
    REQUIRE(instruction.accounts[1].key == world.pk("foundation"));
    instruction.accounts[1].signer = false;
    CHECK(world.send("mallory", instruction) == "ProgramFailedToComplete");
    CHECK(world.state().feature_flags == 0);
}
