// The scenarios of ledger.md 7 on access passes, as signed transactions.
#include <catch2/catch.hpp>

#include "ledger/limits.hpp"
#include "tests/program/scenario.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

std::string set_pass_as(Network& world, const std::string& payer, const std::string& user_payer,
                        Ipv4 client_ip, std::optional<PublicKey> remove = {},
                        std::optional<PublicKey> add = {}) {
    ix::SetAccessPass args = Network::unlimited();
    args.client_ip = client_ip;
    return world.send(payer, world.as(payer).make(args, {world.pk(user_payer), remove, add}));
}

PublicKey add_tenant(Network& world, const std::string& code, const std::string& administrator) {
    const ix::CreateTenant args{code, world.pk(administrator), {}, false, false};
    REQUIRE(world.send("foundation", world.as("foundation").make(args).value()) == "ok");
    return world.addresses().tenant(code)->key;
}

}  // namespace

TEST_CASE("scenario 21a: foundation, sentinel and feed authority may set one, others not", "[program]") {
    Network world(scenario());
    const ix::SetAuthority authorities{{}, world.pk("sentinel"), {}, world.pk("feeds")};
    REQUIRE(world.send("foundation", world.as("foundation").make(authorities)) == "ok");
    CHECK(set_pass_as(world, "foundation", "a", ip(9, 128, 0, 101)) == "ok");
    CHECK(set_pass_as(world, "sentinel", "b", ip(9, 128, 0, 102)) == "ok");
    CHECK(set_pass_as(world, "feeds", "c", ip(9, 128, 0, 103)) == "ok");
    CHECK(set_pass_as(world, "mallory", "d", ip(9, 128, 0, 104)) == "8 NotAllowed");
}

TEST_CASE("scenario 21b: a tenant's administrator gives passes of that tenant only", "[program]") {
    Network world(scenario());
    const PublicKey acme = add_tenant(world, "acme", "boss");
    const PublicKey other = add_tenant(world, "other", "rival");
    CHECK(set_pass_as(world, "boss", "alice", kClient, PublicKey{}, acme) == "ok");
    CHECK(world.get<ledger::AccessPass>(world.pass("alice", kClient)).tenant_allowlist == std::vector{acme});
    CHECK(world.get<ledger::Tenant>(acme).reference_count == 1);
    // Taking the pass away from a tenant is up to that tenant's administrator.
    CHECK(set_pass_as(world, "rival", "alice", kClient, acme, other) == "8 NotAllowed");
    CHECK(set_pass_as(world, "boss", "alice", kClient, PublicKey{}, other) == "8 NotAllowed");
    // Even the foundation cannot add to a tenant that it does not administrate.
    CHECK(set_pass_as(world, "foundation", "alice", kClient, PublicKey{}, other) == "22 Unauthorized");
    CHECK(set_pass_as(world, "foundation", "alice", kClient, acme, PublicKey{}) == "ok");
    CHECK(world.get<ledger::Tenant>(acme).reference_count == 0);
}

TEST_CASE("scenario 22: a past epoch is 21, epoch 0 withdraws, a validator needs a key", "[program]") {
    Network world(scenario());
    ix::SetAccessPass args;
    args.last_access_epoch = world.now.epoch - 1;
    CHECK(world.set_pass("alice", kClient, args) == "21 InvalidLastAccessEpoch");
    args.last_access_epoch = 0;
    CHECK(world.set_pass("alice", kClient, args) == "ok");
    args.last_access_epoch = world.now.epoch;
    CHECK(world.set_pass("alice", kClient, args) == "ok");
    args.accesspass_type = ledger::access::SolanaValidator{};
    CHECK(world.set_pass("alice", kClient, args) == "23 InvalidSolanaPubkey");
    args.last_access_epoch = world.now.epoch - 1;
    CHECK(world.set_pass("alice", kClient, args) == "23 InvalidSolanaPubkey");
    args.last_access_epoch = world.now.epoch;
    args.accesspass_type = ledger::access::SolanaValidator{world.pk("validator")};
    CHECK(world.set_pass("alice", kClient, args) == "ok");
    REQUIRE(world.create_user("alice", kClient) == "ok");
    CHECK(world.get_user(kClient).validator_pubkey == world.pk("validator"));
}

TEST_CASE("scenario 23: one in use is not closed; closing pays the payer", "[program]") {
    Network world(scenario());
    const auto close = [&] {
        return world.send("foundation",
                          world.as("foundation").make(ix::CloseAccessPass{}, world.pass("alice", kClient)));
    };
    CHECK(close() == "53 AccessPassNotFound");
    REQUIRE(world.set_pass("alice", kClient) == "ok");
    REQUIRE(world.create_user("alice", kClient) == "ok");
    CHECK(close() == "72 AccessPassInUse");
    REQUIRE(world.delete_user("alice", kClient) == "ok");
    const std::uint64_t before = world.balance(world.pk("foundation"));
    CHECK(close() == "ok");
    CHECK_FALSE(world.exists(world.pass("alice", kClient)));
    CHECK(world.balance(world.pk("foundation")) ==
          before + ledger::rent_exempt_lamports(103) - devnet::kLamportsPerSignature);
}

TEST_CASE("scenario 24: the user's account is topped up, never taken from", "[program]") {
    Network world(scenario());
    const std::uint64_t each = ledger::rent_exempt_lamports(906) + 40'000;
    const auto start_with = [&](std::uint64_t lamports) {
        world.put(world.pk("alice"), {lamports, ledger::kSystemProgram, {}, false});
    };
    start_with(0);
    REQUIRE(world.set_pass("alice", kClient) == "ok");
    CHECK(world.balance(world.pk("alice")) == each);
    ix::SetAccessPass many = Network::unlimited();
    many.allow_multiple_ip = true;
    many.max_unicast_users = 2;
    many.max_multicast_users = 3;
    REQUIRE(world.set_pass("alice", kClient, many) == "ok");
    CHECK(world.balance(world.pk("alice")) == 5 * each);
    start_with(kCredit);
    REQUIRE(world.set_pass("alice", kClient, many) == "ok");
    CHECK(world.balance(world.pk("alice")) == kCredit);
}

TEST_CASE("scenario 25: lamports sent to its address beforehand do not hinder it", "[program]") {
    Network world(scenario());
    const PublicKey pass = world.pass("alice", kClient);
    const auto gift = ledger::system_transfer(world.pk("bob"), pass, Lamports{kCredit});
    REQUIRE(world.send("bob", gift) == "ok");
    CHECK(world.set_pass("alice", kClient) == "ok");
    CHECK(world.balance(pass) == kCredit);
    CHECK(world.get<ledger::AccessPass>(pass).user_payer == world.pk("alice"));
}

TEST_CASE("scenario 26: the feed authority works on its own passes only", "[program]") {
    Network world(scenario());
    REQUIRE(world.send("foundation",
                       world.as("foundation").make(ix::SetAuthority{{}, {}, {}, world.pk("feeds")})) == "ok");
    REQUIRE(world.set_pass("alice", kClient) == "ok");
    const PublicKey pass = world.pass("alice", kClient);
    const auto feeds = world.as("feeds");
    CHECK(set_pass_as(world, "feeds", "alice", kClient) == "8 NotAllowed");
    CHECK(world.send("feeds", feeds.make(ix::CloseAccessPass{}, pass)) == "8 NotAllowed");
    CHECK(world.send("feeds", feeds.make(ix::SetAccessPassFlags{true, {}}, pass)) == "8 NotAllowed");
    CHECK(set_pass_as(world, "feeds", "bob", kClient) == "ok");
    CHECK(set_pass_as(world, "feeds", "bob", kClient) == "ok");
    CHECK(world.send("feeds", feeds.make(ix::CloseAccessPass{}, world.pass("bob", kClient))) == "ok");
}

TEST_CASE("scenario 27: flags change one by one", "[program]") {
    Network world(scenario());
    ix::SetAccessPass args = Network::unlimited();
    args.allow_multiple_ip = true;
    REQUIRE(world.set_pass("alice", kClient, args) == "ok");
    const PublicKey pass = world.pass("alice", kClient);
    const auto set = [&](std::optional<bool> multiple, std::optional<bool> locked) {
        const ix::SetAccessPassFlags flags{multiple, locked};
        return world.send("foundation", world.as("foundation").make(flags, pass));
    };
    CHECK(set({}, {}) == "65 InvalidArgument");
    CHECK(set({}, true) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).flags == 3);
    CHECK(set(false, {}) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).flags == 1);
    // Setting the pass again writes the other bit only.
    REQUIRE(world.set_pass("alice", kClient, args) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).flags == 3);
}

TEST_CASE("scenario 28: in March 2026 a pass for any address is bound to the first that uses it",
          "[program]") {
    Network world(ledger::Dialect::Blocks, scenario(ledger::Dialect::Blocks));
    REQUIRE(world.set_pass("alice", Ipv4{}) == "ok");
    const PublicKey pass = world.pass("alice", Ipv4{});
    CHECK(world.get<ledger::AccessPass>(pass).flags == 1);
    CHECK(world.create_user("alice", kClient, ledger::UserType::Ibrl, pass) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).client_ip == kClient);
    CHECK(world.create_user("alice", ip(9, 128, 0, 110), ledger::UserType::Ibrl, pass) == "22 Unauthorized");
}

TEST_CASE("access pass: today's pass for any address stays one", "[program]") {
    Network world;
    REQUIRE(world.set_pass("alice", Ipv4{}) == "ok");
    const PublicKey pass = world.pass("alice", Ipv4{});
    CHECK(world.get<ledger::AccessPass>(pass).flags == 0);
    CHECK(world.create_user("alice", kClient, ledger::UserType::Ibrl, pass) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).client_ip == Ipv4{});
    CHECK(world.create_user("alice", ip(9, 128, 0, 110), ledger::UserType::Ibrl, pass) == "ok");
}

TEST_CASE("access pass: with several addresses it is free for the next one when the last user leaves",
          "[program]") {
    Network world;
    ix::SetAccessPass args = Network::unlimited();
    args.allow_multiple_ip = true;
    REQUIRE(world.set_pass("alice", Ipv4{}, args) == "ok");
    const PublicKey pass = world.pass("alice", Ipv4{});
    const Ipv4 other = ip(9, 128, 0, 110);
    CHECK(world.create_user("alice", kClient, ledger::UserType::Ibrl, pass) == "ok");
    CHECK(world.create_user("alice", other, ledger::UserType::Ibrl, pass) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).connection_count == 2);
    CHECK(world.delete_user("alice", kClient) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).status == ledger::AccessPassStatus::Connected);
    CHECK(world.delete_user("alice", other) == "ok");
    CHECK(world.get<ledger::AccessPass>(pass).status == ledger::AccessPassStatus::Disconnected);
}
