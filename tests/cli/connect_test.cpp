// Tests for connect ibrl: real transactions on a ledger in memory, a daemon on a real socket.
#include <catch2/catch.hpp>

#include "cli/commands.hpp"
#include "tests/cli/joining.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;

namespace {

/// A tenant "acme", as the ledger holds it.
PublicKey add_tenant(Desk& desk) {
    const ledger::Address key = desk.network.addresses().tenant("acme").value();
    ledger::Tenant tenant;
    tenant.bump = key.bump;
    tenant.code = "acme";
    tenant.vrf_id = 7;
    const PublicKey program = desk.network.addresses().program();
    desk.network.put(key, {kCredit, program, ledger::encode(tenant), false});
    return key;
}

}  // namespace

TEST_CASE("connect: an account is created, the daemon enabled and the session awaited", "[cli]") {
    PassDesk desk;
    REQUIRE(desk.connect());
    const auto key = desk.network.pk("alice").to_string();
    CHECK_THAT(desk.out.str(),
               Catch::StartsWith("⚡  Connecting to local...\n    DoubleZero ID: " + key +
                                 "\n"
                                 "⚡  Provisioning for IP: 9.128.0.100\n"
                                 "    Creating account...\n"
                                 "    Device selected: ny5-dz01 (1.00 ms, the only one that takes users and "
                                 "answers)\n"
                                 "    Signature: "));
    CHECK_THAT(desk.out.str(), Catch::EndsWith("    Tunnel Src: 9.128.0.100\n"
                                               "    Tunnel Dst: 9.128.0.8\n"
                                               "    DoubleZero IP: 9.128.0.100\n"
                                               "    Session: BGP Session Up\n"
                                               "✅  User Provisioned\n"));
    CHECK(desk.err.str().empty());
    CHECK(desk.user().status == ledger::UserStatus::Activated);
    CHECK(desk.user().tunnel_endpoint == Network::kDeviceIp);
    CHECK(desk.user().owner == desk.network.pk("alice"));
    CHECK(desk.daemon.status.reconciler_enabled);
}

TEST_CASE("connect: a second time nothing is sent and the outcome is the same", "[cli]") {
    PassDesk desk;
    REQUIRE(desk.connect());
    desk.out.str("");
    REQUIRE(desk.connect());
    CHECK(desk.rpc.sent == 1);
    CHECK_THAT(desk.out.str(), Contains("An account already exists: ") && Contains("✅  User Provisioned\n"));
}

TEST_CASE("connect: --allocate-addr makes the type that gets an address of the device", "[cli]") {
    PassDesk desk;
    ConnectOptions options;
    options.allocate_addr = true;
    REQUIRE(desk.connect(options));
    const auto user = desk.user(ledger::UserType::IbrlWithAllocatedIp);
    CHECK(Network::kPrefix.contains(user.dz_ip));
    CHECK_THAT(desk.out.str(), Contains("DoubleZero IP: " + user.dz_ip.to_string()));
}

TEST_CASE("connect: hybrid and edge devices take users of both unicast types, transit ones none", "[cli]") {
    PassDesk desk;
    const auto [type, takes] =
        GENERATE(table<ledger::DeviceType, bool>({{ledger::DeviceType::Hybrid, true},
                                                  {ledger::DeviceType::Edge, true},
                                                  {ledger::DeviceType::Transit, false}}));
    desk.change(desk.network.device,
                [&wanted = type](ledger::Device& device) { device.device_type = wanted; });
    ConnectOptions options;
    options.allocate_addr = GENERATE(false, true);
    CHECK(desk.connect(options).has_value() == takes);
    // A second time nothing is created for either type.
    CHECK(desk.connect(options).has_value() == takes);
    CHECK(desk.rpc.sent == (takes ? 1 : 0));
}

TEST_CASE("connect: the other unicast type is refused, since a host has one unicast tunnel", "[cli]") {
    PassDesk desk;
    REQUIRE(desk.connect());
    ConnectOptions options;
    options.allocate_addr = true;
    const auto done = desk.connect(options);
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Contains("already has an account of type IBRL\n") &&
                                      Contains("Try: doublezero disconnect ibrl, then connect again"));
    CHECK(desk.rpc.sent == 1);
}

TEST_CASE("connect: a pass for any address serves as well as the exact one", "[cli]") {
    Desk desk;
    REQUIRE(desk.network.set_pass("alice", Ipv4{}) == "ok");
    CHECK(desk.run(connect_ibrl({}, desk.context, desk.out)));
}

TEST_CASE("connect: without a usable AccessPass nothing is sent", "[cli]") {
    Desk desk;
    ix::SetAccessPass pass;
    std::string why = "there is none";
    SECTION("none") {}
    SECTION("of another key") {
        REQUIRE(desk.network.set_pass("bob", Desk::kIp) == "ok");
    }
    SECTION("over") {
        pass.last_access_epoch = 5;
        REQUIRE(desk.network.set_pass("alice", Desk::kIp, pass) == "ok");
        desk.network.now.epoch = 6;
        why = "it ended with epoch 5, now is epoch 6";
    }
    SECTION("blocked") {
        pass.last_access_epoch = 0;
        REQUIRE(desk.network.set_pass("alice", Desk::kIp, pass) == "ok");
        why = "it is blocked: its last epoch is 0";
    }
    const auto done = desk.run(connect_ibrl({}, desk.context, desk.out));
    REQUIRE_FALSE(done);
    CHECK(done.error().text == "no usable AccessPass for IP 9.128.0.100 and payer " +
                                   desk.network.pk("alice").to_string() + "\n  caused by: " + why +
                                   "\nTry: ask the foundation for a pass for this address and key");
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("connect: devices that cannot take the user are refused by name and passed over by choice",
          "[cli]") {
    PassDesk desk;
    const PublicKey second = desk.network.add_device("zzz-dz02", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    auto device = desk.network.get_device();
    std::string why;
    SECTION("transit") {
        device.device_type = ledger::DeviceType::Transit;
        why = "it is a transit device";
    }
    SECTION("locked") {
        device.max_users = 0;
        why = "it is locked: its max_users is 0";
    }
    SECTION("full") {
        device.users_count = 9;
        device.reserved_seats = 1;
        why = "it is full: 9 users and 1 reserved seats of 10";
    }
    SECTION("unicast limit") {
        device.max_unicast_users = 3;
        device.unicast_users_count = 3;
        why = "it has reached its unicast user limit (3/3)";
    }
    SECTION("drained") {
        device.status = ledger::DeviceStatus::Drained;
        why = "it is drained";
    }
    desk.network.set(desk.network.device, device);

    const auto named = desk.connect(on_device("ny5-dz01"));
    REQUIRE_FALSE(named);
    CHECK(named.error().text == "Device is not accepting more users: ny5-dz01\n  caused by: " + why +
                                    "\nTry: choose another device with --device, or leave it out");
    CHECK(desk.rpc.sent == 0);

    REQUIRE(desk.connect());
    CHECK_THAT(desk.out.str(), Contains("Device selected: zzz-dz02"));
    CHECK(desk.user().device_pk == second);
}

TEST_CASE("connect: with no eligible device at all the error says so", "[cli]") {
    PassDesk desk;
    auto device = desk.network.get_device();
    device.max_users = 0;
    desk.network.set(desk.network.device, device);
    const auto done = desk.connect();
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text,
               Contains("No device takes this user: ny5-dz01: it is locked: its max_users is 0"));
}

TEST_CASE("connect: a device is named by code in any case or by address, or is not found", "[cli]") {
    PassDesk desk;
    SECTION("code") {
        CHECK(desk.connect(on_device("NY5-dz01")));
    }
    SECTION("address") {
        CHECK(desk.connect(on_device(desk.network.device.to_string())));
    }
    SECTION("unknown") {
        const auto done = desk.connect(on_device("nowhere"));
        REQUIRE_FALSE(done);
        CHECK(done.error().text == "Device not found: nowhere\nTry: doublezero device list");
    }
}

TEST_CASE("connect: an existing account is not moved behind the operator's back", "[cli]") {
    PassDesk desk;
    REQUIRE(desk.connect());
    CHECK(desk.connect(on_device("ny5-dz01")));
    const auto moved = desk.connect(on_device("other"));
    REQUIRE_FALSE(moved);
    CHECK_THAT(moved.error().text, Contains("already connected with device ny5-dz01, not other") &&
                                       Contains("Try: doublezero connect ibrl --move"));
    ConnectOptions tenant;
    tenant.tenant = "acme";
    CHECK_THAT(desk.connect(tenant).error().text, Contains("already connected with tenant none, not acme"));
    CHECK(desk.rpc.sent == 1);
}

TEST_CASE("connect: an account of another key or in another state is an error, never taken over", "[cli]") {
    PassDesk desk;
    REQUIRE(desk.connect());
    auto user = desk.user();
    std::string what;
    SECTION("another key") {
        user.owner = desk.network.pk("bob");
        what = "the account of this address belongs to another key";
    }
    SECTION("banned") {
        user.status = ledger::UserStatus::Banned;
        what = "this user is banned";
    }
    SECTION("out of credits") {
        user.status = ledger::UserStatus::OutOfCredits;
        what = "user status unexpected: out_of_credits";
    }
    desk.network.set(desk.network.user(Desk::kIp), user);
    const auto done = desk.connect();
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Catch::StartsWith(what));
    CHECK(desk.rpc.sent == 1);
}

TEST_CASE("connect: what the ledger refuses is said once, with its reason and a remedy", "[cli]") {
    PassDesk desk;
    add_tenant(desk);
    ConnectOptions options;
    options.tenant = "acme";  // The pass is not for it.
    const auto done = desk.connect(options);
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text, Catch::StartsWith("Error creating user\n  caused by: ") &&
                                      Contains("Try: see what your pass allows"));
    CHECK(desk.err.str().empty());
    CHECK_FALSE(desk.has_user());
}

TEST_CASE("connect: the tenant is that of the argument, else of the configuration, else of the pass",
          "[cli]") {
    std::string source = "Access Pass";
    ConnectOptions options;
    std::optional<std::string> configured;
    SECTION("pass") {}
    SECTION("configuration") {
        configured = "ACME";
        source = "configuration file";
    }
    SECTION("argument") {
        configured = "other";
        options.tenant = "acme";
        source = "CLI argument";
    }
    Desk desk([&configured](Settings& settings) { settings.tenant = configured; });
    REQUIRE(desk.network.set_pass("alice", Desk::kIp) == "ok");
    const PublicKey tenant = add_tenant(desk);
    auto pass = desk.network.get<ledger::AccessPass>(desk.network.pass("alice", Desk::kIp));
    pass.tenant_allowlist = {tenant};
    desk.network.set(desk.network.pass("alice", Desk::kIp), pass);
    REQUIRE(desk.run(connect_ibrl(options, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), Contains("    Using tenant 'acme' (" + source + ")\n"));
    CHECK(desk.user().tenant_pk == tenant);

    REQUIRE(desk.run(disconnect({}, desk.context, desk.out)));
    CHECK_FALSE(desk.has_user());
}

TEST_CASE("connect: an unknown tenant is an error before anything is sent", "[cli]") {
    PassDesk desk;
    ConnectOptions options;
    options.tenant = "acme";
    const auto done = desk.connect(options);
    REQUIRE_FALSE(done);
    CHECK(done.error().text ==
          "tenant not found: acme\n  caused by: named by: CLI argument\nTry: doublezero tenant list");
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("connect: a daemon that cannot be enabled is a failure, and the account stays", "[cli]") {
    PassDesk desk;
    desk.daemon.refuses_enable = true;
    const auto done = desk.connect();
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().text,
               Contains("failed to enable reconciler") && Contains("the state file cannot be written"));
    CHECK(desk.has_user());
}

TEST_CASE("connect: a session that does not come up ends as a timeout that tells the last state", "[cli]") {
    PassDesk desk;
    desk.daemon.session = "BGP Session Failed";
    const TimePoint start = desk.clock.now();
    const auto done = desk.connect();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::Timeout);
    CHECK(done.error().text ==
          "the account is active but the tunnel is not up yet\n  caused by: BGP Session Failed\nTry: "
          "doublezero status; the daemon goes on trying");
    CHECK(desk.clock.now() - start >= 60s);
    CHECK(desk.clock.now() - start < 61s);
    desk.out.str("");
    desk.daemon.status.problems = {{"the /31 of the tunnel is missing", ""}};
    CHECK_THAT(desk.connect().error().text, Contains("caused by: the /31 of the tunnel is missing"));
}

TEST_CASE("connect: --no-wait ends as soon as the daemon is enabled", "[cli]") {
    PassDesk desk;
    desk.daemon.session = "BGP Session Down";
    ConnectOptions options;
    options.no_wait = true;
    REQUIRE(desk.connect(options));
    CHECK_THAT(desk.out.str(), Catch::EndsWith("✅  User Provisioned; the daemon is building the tunnel\n"));
}

TEST_CASE("connect: --dry-run prints the plan and changes nothing", "[cli]") {
    PassDesk desk;
    ConnectOptions options;
    options.dry_run = true;
    SECTION("as text") {
        REQUIRE(desk.connect(options));
        CHECK_THAT(desk.out.str(), Contains(" action          | create the account\n") &&
                                       Contains(" device          | ny5-dz01\n") &&
                                       Contains(" tunnel_endpoint | 9.128.0.8\n"));
    }
    SECTION("as JSON") {
        options.style.json = true;
        REQUIRE(desk.connect(options));
        const auto plan = json::parse(desk.out.str()).value();
        CHECK(json::string(plan, "account").value() == desk.network.user(Desk::kIp).to_string());
        CHECK(json::string(plan, "user_type").value() == "IBRL");
    }
    CHECK(desk.rpc.sent == 0);
    CHECK(desk.daemon.count("POST /enable") == 0);
}

TEST_CASE("connect: an interrupt says what is on the ledger by then", "[cli]") {
    PassDesk desk;
    std::vector<std::string> notes;
    desk.daemon.on_request = [&] {
        if (notes.empty() || notes.back() != desk.context.interrupt_note)
            notes.push_back(desk.context.interrupt_note);
    };
    REQUIRE(desk.connect());
    REQUIRE(notes.size() == 2);
    CHECK(notes[0].empty());
    CHECK_THAT(notes[1], Contains(desk.network.user(Desk::kIp).to_string() + " is on the ledger") &&
                             Contains("doublezero disconnect ibrl"));
    desk.context.print_interrupted();
    CHECK_THAT(desk.err.str(), Catch::StartsWith("Interrupted: account ") && Catch::EndsWith("\n"));
}
