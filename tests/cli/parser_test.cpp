#include "cli/parser.hpp"

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
    CHECK(parse_line({"connect", "ibrl", "acme", "--device", "d"}).invocation().gated);
    CHECK_FALSE(parse_line({"disconnect", "ibrl"}).invocation().gated);
    CHECK_FALSE(parse_line({"status"}).invocation().gated);
}

TEST_CASE("parser: completion knows every command and is valid bash", "[cli]") {
    const Parsed parsed = parse_line({"completion", "bash"});
    CHECK(parsed.status() == 0);
    CHECK_THAT(parsed.out, Catch::Contains("'doublezero connect') words='") &&
                               Catch::Contains("'doublezero access-pass list'") &&
                               Catch::Contains("complete -o default -F _doublezero doublezero"));
    CHECK(parse_line({"completion", "tcsh"}).status() == 2);
}

TEST_CASE("parser: connect prints JSON for a plan only", "[cli]") {
    CHECK(parse_line({"connect", "ibrl", "--dry-run", "--json"}).invocation().wants_json);
    CHECK(parse_line({"connect", "ibrl", "--json"}).status() == 2);
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
