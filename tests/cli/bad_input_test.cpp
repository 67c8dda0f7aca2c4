// Tests for what goes wrong outside: keys, daemon, ledger, version. Each failure is one error with its
// remedy.
#include <catch2/catch.hpp>
#include <fstream>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/version_gate.hpp"
#include "ledger/http_rpc.hpp"
#include "tests/cli/desk.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;

namespace {

std::string failure_of(const Result<>& result) {
    REQUIRE_FALSE(result);
    return result.error().text;
}

Task<Result<http::ClientResponse>> repeat(Result<http::ClientResponse> reply) {
    co_return reply;
}

/// A ledger whose every answer is `reply`.
ledger::HttpRpc rpc_that_answers(Result<http::ClientResponse> reply, Clock& clock) {
    return {{.url = "https://ledger.example:8899/secret-token"},
            [reply](const http::ClientRequest&) { return repeat(reply); },
            clock};
}

}  // namespace

TEST_CASE("daemon: each way it can be missing has its own error and remedy", "[cli]") {
    Desk desk;
    SECTION("it does not run") {
        desk.daemon.stop();
        CHECK_THAT(failure_of(desk.run(cli::status({}, desk.context, desk.out))),
                   Contains("cannot reach the daemon\n") && Contains("no such file or directory") &&
                       Contains("Try: sudo systemctl start doublezerod"));
    }
    SECTION("it died and left its socket") {
        desk.daemon.stop();
        std::ofstream(desk.directory / "daemon.sock") << "";
        CHECK_THAT(failure_of(desk.run(cli::status({}, desk.context, desk.out))),
                   Contains("Try: sudo systemctl restart doublezerod"));
    }
    SECTION("it serves another network") {
        desk.daemon.config.program_id = "DZtnuQ839pSaDMFG5q1ad2V95G82S5EC4RrB3Ndw2Heb";
        CHECK_THAT(failure_of(desk.run(connect_ibrl({}, desk.context, desk.out))),
                   Contains("another network than this command: testnet instead of local") &&
                       Contains("Try: doublezero config set --env testnet"));
    }
    SECTION("it serves a program that nobody knows") {
        desk.daemon.config.program_id = "JAQxrJ2WuDF4APfSifurJJ4HzV5Z3FyBuBeSMj7mo9aw";
        CHECK_THAT(failure_of(desk.run(enable(desk.context, desk.out))),
                   Contains("JAQxrJ2WuDF4APfSifurJJ4HzV5Z3FyBuBeSMj7mo9aw instead of local") &&
                       Contains("--program-id"));
    }
    SECTION("it has not found its address") {
        desk.daemon.status.client_ip = {};
        CHECK_THAT(failure_of(desk.run(disconnect({}, desk.context, desk.out))),
                   Contains("has not discovered its client IP") && Contains("--client-ip ADDRESS"));
    }
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("daemon: a stuck one ends as a timeout, never as a hang", "[cli]") {
    Desk desk;
    desk.daemon.stuck = true;
    daemon::api::Client impatient{desk.http, desk.directory / "daemon.sock", 50ms};
    Context context(
        desk.loop, desk.clock, desk.context.settings, desk.rpc, impatient, desk.err,
        [](std::string_view) { return std::nullopt; }, ProgressStyle::Silent);
    CHECK_THAT(failure_of(desk.run(connect_ibrl({}, context, desk.out))),
               Contains("did not answer in time") && Contains("Try: sudo systemctl restart doublezerod"));
    CHECK(desk.rpc.sent == 0);
}

namespace {

Task<Result<>> read_users(Context& context) {
    CO_TRY_OK(co_await read_kinds(context, {ledger::AccountType::User}));
    co_return Result<>{};
}

}  // namespace

TEST_CASE("ledger: down, slow, cut off or no ledger at all each end in one error with a remedy", "[cli]") {
    Desk desk;
    Result<http::ClientResponse> reply;
    std::string remedy = "Try: check the network, or name another ledger than ledger.example:8899 with --url";
    SECTION("down") {
        reply = fail(Errc::Unavailable, "connection refused");
    }
    SECTION("slow") {
        reply = fail(Errc::Timeout, "no answer within 30 s");
    }
    SECTION("cut off") {
        reply =
            http::ClientResponse{200, R"({"jsonrpc":"2.0","id":1,"result":{"cont)", "application/json", 0};
        remedy = "ledger.example:8899";
    }
    SECTION("garbage") {
        reply = http::ClientResponse{200, "<html>hello</html>", "text/html", 0};
        remedy = "ledger.example:8899";
    }
    auto rpc = rpc_that_answers(reply, desk.clock);
    Settings settings = desk.context.settings;
    settings.rpc_url = rpc.url();
    Context context(
        desk.loop, desk.clock, settings, rpc, desk.client, desk.err,
        [](std::string_view) { return std::nullopt; }, ProgressStyle::Silent);
    const std::string text = failure_of(desk.run(balance({}, context, desk.out)));
    CHECK_THAT(text, Catch::StartsWith("cannot read the balance\n  caused by: ") && Contains(remedy));
    CHECK_THAT(text, !Contains("secret-token"));
    CHECK_THAT(failure_of(desk.run(read_users(context))), Contains("cannot read the ledger\n"));
    CHECK_THAT(failure_of(desk.run(connect_ibrl({}, context, desk.out))), Contains("Try: check"));
    CHECK(desk.out.str().empty());
}

TEST_CASE("keys: a key that cannot be used is an error that names its source and never another key",
          "[cli]") {
    std::string content, why;
    SECTION("not JSON") {
        content = "hello";
        why = "not a JSON array of 64 numbers";
    }
    SECTION("cut off") {
        content = "[1,2,3]";
        why = "3 numbers instead of 64";
    }
    SECTION("halves that do not belong together") {
        content = "[1";
        for (int i = 1; i < 64; ++i) content += ",1";
        content += "]";
        why = "the public half does not belong to the secret half";
    }
    Desk desk;
    std::ofstream(desk.directory / "id.json") << content;
    const std::string text = failure_of(desk.run(address({}, desk.context, desk.out)));
    CHECK_THAT(text, Catch::StartsWith("cannot use the key of --keypair\n") && Contains("id.json") &&
                         Contains(why) && Contains("Try: "));
    CHECK_THAT(failure_of(desk.run(connect_ibrl({}, desk.context, desk.out))), Contains(why));
    CHECK(desk.out.str().empty());
}

TEST_CASE("keys: a variable may hold the key itself", "[cli]") {
    World world;
    Desk desk([&world](Settings& settings) {
        settings.key = {KeySource::Kind::Variable, world.key("carol").to_json(), true};
    });
    REQUIRE(desk.run(address({}, desk.context, desk.out)));
    CHECK(desk.out.str() == world.pk("carol").to_string() + "\n");
}

TEST_CASE("keys: no key file means no key, said before the ledger is asked", "[cli]") {
    Desk desk(
        [](Settings& settings) { settings.key = {KeySource::Kind::File, "/nonexistent/id.json", false}; });
    const std::string text = failure_of(desk.run(connect_ibrl({}, desk.context, desk.out)));
    CHECK_THAT(text, Contains("there is no signing key yet\n") && Contains("/nonexistent/id.json") &&
                         Contains("doublezero keygen"));
}

TEST_CASE("balance: credits in their shortest form, and none is an error for those who must pay", "[cli]") {
    Desk desk;
    const PublicKey alice = desk.network.pk("alice");
    desk.network.put(alice, {985'000'000, ledger::kSystemProgram, {}, false});
    REQUIRE(desk.run(balance({}, desk.context, desk.out)));
    desk.network.put(alice, {1'000'000'000, ledger::kSystemProgram, {}, false});
    REQUIRE(desk.run(balance({}, desk.context, desk.out)));
    desk.network.put(alice, {0, ledger::kSystemProgram, {}, false});
    REQUIRE(desk.run(balance({}, desk.context, desk.out)));
    CHECK(desk.out.str() == "0.985 Credits\n1 Credits\n0 Credits\n");
    CHECK_THAT(failure_of(desk.run(disconnect({}, desk.context, desk.out))),
               Contains("account " + alice.to_string() + " has no credits") && Contains("Try: "));
}

TEST_CASE("keygen: a key of 64 numbers only its owner may read, never over another one", "[cli]") {
    Desk desk([](Settings& settings) {
        settings.keypair_path = settings.sock_file.parent_path() / "new" / "id.json";
    });
    const auto path = desk.context.settings.keypair_path;
    REQUIRE(desk.run(keygen({}, desk.context, desk.out)));
    const auto first = ledger::read_keypair(path)->public_key();
    CHECK(desk.out.str() == "Pubkey: " + first.to_string() + "\n");
    CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::mask) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));

    const std::string text = failure_of(desk.run(keygen({}, desk.context, desk.out)));
    CHECK_THAT(text, Contains("no key was written to " + path.string()) && Contains("--force"));
    CHECK(ledger::read_keypair(path)->public_key() == first);

    KeygenOptions force;
    force.force = true;
    REQUIRE(desk.run(keygen(force, desk.context, desk.out)));
    CHECK(ledger::read_keypair(path)->public_key() != first);

    KeygenOptions elsewhere;
    elsewhere.outfile = desk.directory / "other.json";
    REQUIRE(desk.run(keygen(elsewhere, desk.context, desk.out)));
    CHECK(std::filesystem::exists(*elsewhere.outfile));
}

TEST_CASE("version gate: too old is refused, older is noted, current is silent", "[cli]") {
    Desk desk;
    const PublicKey where = desk.network.addresses().program_config();
    auto program = desk.network.get<ledger::ProgramConfig>(where);
    const auto set = [&](ledger::Version version, ledger::Version minimum) {
        program.version = version;
        program.min_compatible_version = minimum;
        desk.network.set(where, program);
    };
    set({0, 34, 0}, {0, 30, 0});
    CHECK(desk.run(version_gate(desk.context, GateKind::Refuse, true)));
    CHECK(desk.err.str().empty());

    set({0, 35, 0}, {0, 34, 0});
    CHECK(desk.run(version_gate(desk.context, GateKind::Refuse, true)));
    CHECK_THAT(desk.err.str(), Contains("available: 0.34.0 -> 0.35.0\nTry: sudo apt update"));
    desk.err.str("");
    CHECK(desk.run(version_gate(desk.context, GateKind::Refuse, false)));
    CHECK(desk.err.str().empty());

    // The warning can be turned off, the refusal cannot.
    set({0, 35, 0}, {0, 34, 1});
    CHECK_THAT(
        failure_of(desk.run(version_gate(desk.context, GateKind::Refuse, false))),
        Contains("doublezero 0.34.0 is too old for this ledger, which wants 0.34.1 at least\nTry: sudo apt"));

    // What is only read gets by, with a warning unless that is turned off.
    CHECK(desk.run(version_gate(desk.context, GateKind::Warn, true)));
    CHECK_THAT(desk.err.str(), Contains("Warning: doublezero 0.34.0 is too old"));
    desk.err.str("");
    CHECK(desk.run(version_gate(desk.context, GateKind::Warn, false)));
    CHECK(desk.run(version_gate(desk.context, GateKind::None, true)));
    CHECK(desk.err.str().empty());

    desk.rpc.fault = Error{Errc::Unavailable, "connection refused"};
    CHECK_THAT(failure_of(desk.run(version_gate(desk.context, GateKind::Refuse, true))),
               Contains("cannot read the ledger"));
}

TEST_CASE("version: what the ledger cannot say is left out", "[cli]") {
    Desk desk;
    REQUIRE(desk.run(version({}, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), Catch::StartsWith("client version:       0.34.0") &&
                                   Contains("\nprogram version:      ") &&
                                   Contains("\nmin required version: "));
    desk.out.str("");
    desk.rpc.fault = Error{Errc::Unavailable, "connection refused"};
    REQUIRE(desk.run(version({}, desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), !Contains("program version"));
}
