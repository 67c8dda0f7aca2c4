#include "cli/parser.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "cli/failure.hpp"

namespace dz::cli {
namespace {

struct Parsed {
    std::variant<Invocation, int> result;
    std::string out, err;

    const Invocation& invocation() const { return std::get<Invocation>(result); }
    int status() const { return std::get<int>(result); }
};

Parsed parse_line(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    auto result = parse(arguments, out, err);
    return {std::move(result), out.str(), err.str()};
}

TEST_CASE("parser: without a command the help is printed and the status is 0", "[cli]") {
    const Parsed parsed = parse_line({});
    CHECK(parsed.status() == 0);
    CHECK_THAT(parsed.out, Catch::Contains("connect") && Catch::Contains("--sock-file"));
}

TEST_CASE("parser: usage errors go to stderr with status 2", "[cli]") {
    const std::vector<std::vector<std::string>> lines{
        {"frobnicate"},
        {"--no-such-flag"},
        {"connect"},
        {"connect", "IBRL"},
        {"disconnect", "all"},
        {"config", "set"},
        {"config", "set", "--tenant", "a", "--no-tenant"},
        {"access-pass", "set"},
        {"access-pass", "set", "--user-payer", "me", "--accesspass-type", "x"},
        {"device", "list", "--device-type", "router"}};
    for (const auto& line : lines) {
        const Parsed parsed = parse_line(line);
        INFO(line.back());
        REQUIRE(std::holds_alternative<int>(parsed.result));
        CHECK(parsed.status() == 2);
        CHECK(parsed.out.empty());
        CHECK_FALSE(parsed.err.empty());
    }
}

TEST_CASE("parser: global options may stand before and after the command", "[cli]") {
    CHECK(parse_line({"--env", "local", "status"}).invocation().global.env == "local");
    CHECK(parse_line({"status", "--env", "local"}).invocation().global.env == "local");
    CHECK(parse_line({"connect", "ibrl", "--socket-path", "/x"}).invocation().global.sock_file == "/x");
}

TEST_CASE("parser: help is no error at any level", "[cli]") {
    CHECK(parse_line({"connect", "ibrl", "--help"}).status() == 0);
    CHECK(parse_line({"-h"}).status() == 0);
}

TEST_CASE("parser: leaving is never behind the version gate, joining is", "[cli]") {
    CHECK(parse_line({"connect", "ibrl", "acme", "--device", "d"}).invocation().gate == GateKind::Refuse);
    CHECK(parse_line({"disconnect", "ibrl"}).invocation().gate == GateKind::None);
    CHECK(parse_line({"status"}).invocation().gate == GateKind::None);
    CHECK(parse_line({"device", "list"}).invocation().gate == GateKind::Warn);
    CHECK(parse_line({"location", "delete", "--pubkey", "x"}).invocation().gate == GateKind::Refuse);
}

TEST_CASE("parser: completion knows every command and is valid bash", "[cli]") {
    const Parsed parsed = parse_line({"completion", "bash"});
    CHECK(parsed.status() == 0);
    CHECK_THAT(parsed.out, Catch::Contains("'doublezero connect') words='") &&
                               Catch::Contains("'doublezero access-pass list'") &&
                               Catch::Contains("complete -o default -F _doublezero doublezero"));
    CHECK_THAT(parse_line({"completion", "fish"}).out,
               Catch::Contains("case 'doublezero access-pass list'\n") &&
                   Catch::Contains("complete -c doublezero -a '(__doublezero_words)'"));
    CHECK(parse_line({"completion", "tcsh"}).status() == 2);
}

TEST_CASE("parser: help names what users need first and what administrators need last", "[cli]") {
    const std::string help = parse_line({"--help"}).out;
    const std::vector<std::string> headings{
        "Join, leave and look:", "Key and configuration:", "The network:", "For administrators:"};
    std::vector<std::size_t> at;
    for (const std::string& heading : headings) at.push_back(help.find(heading));
    CHECK(std::ranges::is_sorted(at));
    CHECK(at.back() != std::string::npos);
    const std::string device = parse_line({"device", "--help"}).out;
    CHECK(device.find("  list") < device.find("For administrators:"));
    CHECK(device.find("  create") > device.find("For administrators:"));
}

TEST_CASE("parser: help of an option names its choices and its default", "[cli]") {
    const std::string help = parse_line({"link", "create", "wan", "--help"}).out;
    CHECK_THAT(help, Catch::Contains("--mtu N=9000") && Catch::Contains("--code TEXT REQUIRED"));
    CHECK_THAT(parse_line({"device", "list", "--help"}).out,
               Catch::Contains("Of this type: hybrid, transit or edge"));
}

TEST_CASE("parser: a bad value is a usage error that says what would be good", "[cli]") {
    CHECK_THAT(parse_line({"device", "list", "--device-type", "router"}).err,
               Catch::Contains("\"router\": choose one of hybrid, transit, edge"));
    CHECK_THAT(
        parse_line({"multicast", "group", "create", "--code", "a", "--owner", "me", "--max-bandwidth", "1"})
            .err,
        Catch::Contains("for example 10gbps"));
    CHECK(parse_line({"user", "list", "--client-ip"}).status() == 2);
}

TEST_CASE("parser: a value that is nearly right is recognized", "[cli]") {
    CHECK_THAT(parse_line({"device", "list", "--device-type", "hybird"}).err,
               Catch::Contains("\"hybird\": did you mean hybrid? choose one of hybrid, transit, edge"));
    CHECK_THAT(parse_line({"latency", "--plot", "histgram"}).err, Catch::Contains("did you mean histogram?"));
}

TEST_CASE("parser: latency and status take their options with and without values", "[cli]") {
    CHECK(parse_line({"latency", "--plot"}).invocation().run);
    CHECK(parse_line({"latency", "--plot", "histogram"}).invocation().run);
    CHECK(parse_line({"latency", "--plot", "--json"}).status() == 2);
    CHECK(parse_line({"status", "--watch"}).invocation().run);
    CHECK(parse_line({"status", "-w", "10", "--json"}).invocation().wants_json);
    CHECK(parse_line({"status", "--watch", "0"}).status() == 2);
    CHECK(parse_line({"status", "--watch", "soon"}).status() == 2);
}

TEST_CASE("parser: a usage error says what is wrong, what may be meant, and where help is", "[cli]") {
    CHECK(parse_line({"devise", "list"}).err ==
          "Error: unknown command: devise; did you mean device?\nTry: doublezero --help\n");
    CHECK(parse_line({"device", "lst"}).err ==
          "Error: unknown command: lst; did you mean list?\nTry: doublezero device --help\n");
    CHECK(parse_line({"device", "list", "--exchnge", "x"}).err ==
          "Error: unknown option: --exchnge; did you mean --exchange?\n"
          "Try: doublezero device list --help\n");
    CHECK(parse_line({"frobnicate"}).err == "Error: unknown command: frobnicate\nTry: doublezero --help\n");
    CHECK(parse_line({"connect"}).err ==
          "Error: doublezero connect needs a command: ibrl, multicast\nTry: doublezero connect --help\n");
    CHECK(parse_line({"disconnect", "all"}).err ==
          "Error: MODE: \"all\": choose one of ibrl, multicast\nTry: doublezero disconnect --help\n");
    CHECK(parse_line({"device", "get"}).err ==
          "Error: --code is required\nTry: doublezero device get --help\n");
}

TEST_CASE("parser: a usage error is JSON where the line asks for JSON, and still status 2", "[cli]") {
    const Parsed parsed = parse_line({"device", "get", "--json"});
    CHECK(parsed.status() == 2);
    CHECK(parsed.out.empty());
    CHECK(
        parsed.err ==
        R"({"error":{"code":"BadValue","message":"--code is required","try":"doublezero device get --help"}})"
        "\n");
    CHECK_THAT(parse_line({"devise", "--json-compact"}).err, Catch::StartsWith(R"({"error":{)"));
}

TEST_CASE("parser: completion speaks elvish and PowerShell", "[cli]") {
    CHECK_THAT(parse_line({"completion", "elvish"}).out,
               Catch::Contains("    &'doublezero access-pass list'='") &&
                   Catch::Contains("set edit:completion:arg-completer[doublezero] = {|@typed|"));
    CHECK_THAT(parse_line({"completion", "powershell"}).out,
               Catch::Contains("        'doublezero access-pass list' = '") &&
                   Catch::Contains("Register-ArgumentCompleter -Native -CommandName doublezero"));
    CHECK_THAT(parse_line({"completion", "bash"}).out, !Catch::Contains(" sentinel "));
}

TEST_CASE("parser: connect and disconnect print JSON of their plan and of their outcome", "[cli]") {
    CHECK(parse_line({"connect", "ibrl", "--dry-run", "--json"}).invocation().wants_json);
    CHECK(parse_line({"connect", "multicast", "--json-compact"}).invocation().wants_json);
    CHECK(parse_line({"disconnect", "--json"}).invocation().wants_json);
}

TEST_CASE("parser: groups come in two forms, and feeds not together with either", "[cli]") {
    for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                  {"publisher", "a", "b"},
                                                  {"--publish", "a", "b", "--subscribe", "a"},
                                                  {"--publish", "a,b", "--publish", "c"},
                                                  {"--subscribe-feed", "a", "--unsubscribe-feed", "b"}}) {
        std::vector<std::string> line{"connect", "multicast"};
        line.insert(line.end(), words.begin(), words.end());
        CHECK(std::holds_alternative<Invocation>(parse_line(line).result));
    }
    for (const std::vector<std::string>& words : {std::vector<std::string>{"Publisher", "a"},
                                                  {"--subscribe-feed", "a", "--publish", "b"},
                                                  {"subscriber", "a", "--unsubscribe-feed", "b"},
                                                  {"--subscribe-feed"},
                                                  {"--timeout", "0"}}) {
        std::vector<std::string> line{"connect", "multicast"};
        line.insert(line.end(), words.begin(), words.end());
        CHECK(parse_line(line).status() == 2);
    }
}

TEST_CASE("parser: --json is known to the error printer", "[cli]") {
    CHECK(parse_line({"status", "--json"}).invocation().wants_json);
    CHECK(parse_line({"user", "list", "--json-compact"}).invocation().wants_json);
    CHECK_FALSE(parse_line({"user", "list"}).invocation().wants_json);
}

TEST_CASE("failure: reads as what, why and what to do, and the same in JSON", "[cli]") {
    const auto error =
        failure("cannot reach the daemon", "no such file", "sudo systemctl start doublezerod").error();
    std::ostringstream err;
    print_failure(err, error);
    CHECK(
        err.str() ==
        "Error: cannot reach the daemon\n  caused by: no such file\nTry: sudo systemctl start doublezerod\n");
    CHECK(
        failure_json(error) ==
        R"({"error":{"code":"Rejected","message":"cannot reach the daemon","caused_by":"no such file","try":"sudo systemctl start doublezerod"}})");
}

}  // namespace
}  // namespace dz::cli
