// Laws that every command obeys, checked on the whole tree: a command that is added is held to them too.
#include <catch2/catch.hpp>
#include <functional>
#include <regex>
#include <set>

#include "base/json.hpp"
#include "base/run.hpp"
#include "cli/command_tree.hpp"
#include "tests/cli/desk.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;

namespace {

/// One command that does something, and how it is called.
struct Leaf {
    const CLI::App* app;
    std::vector<std::string> words;
    std::string name() const { return fmt::format("{}", fmt::join(words, " ")); }
    bool has(const std::string& option) const { return app->get_option_no_throw(option) != nullptr; }
};

void collect(const CLI::App& app, std::vector<std::string> words, std::vector<Leaf>& out) {
    const auto children = app.get_subcommands([](const CLI::App*) { return true; });
    if (children.empty()) out.push_back({&app, words});
    for (const CLI::App* const child : children) {
        auto path = words;
        path.push_back(child->get_name());
        collect(*child, std::move(path), out);
    }
}

std::vector<Leaf> leaves_of(const CommandTree& tree) {
    std::vector<Leaf> out;
    collect(tree.root(), {}, out);
    REQUIRE(out.size() > 100);
    return out;
}

/// Commands that change something without a transaction of their own, or print something else than data.
const std::set<std::string> kOwnWays = {"keygen", "enable", "disable", "config set", "completion"};

struct Answer {
    int status = 0;
    std::string out, err;
};

Answer parse_only(const std::vector<std::string>& words) {
    std::ostringstream out, err;
    const auto parsed = cli::parse(words, out, err);
    const int* const status = std::get_if<int>(&parsed);
    return {status == nullptr ? -1 : *status, out.str(), err.str()};
}

std::vector<std::string> with(std::vector<std::string> words, std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
    return words;
}

}  // namespace

TEST_CASE("laws: every command and every option says what it is for", "[cli]") {
    const CommandTree tree;
    for (const Leaf& leaf : leaves_of(tree)) {
        INFO(leaf.name());
        CHECK_FALSE(leaf.app->get_description().empty());
        for (const CLI::Option* const option : leaf.app->get_options()) {
            INFO(option->get_name());
            CHECK_FALSE(option->get_description().empty());
        }
    }
}

TEST_CASE("laws: names are lower case with hyphens", "[cli]") {
    const CommandTree tree;
    const std::regex kebab("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    for (const Leaf& leaf : leaves_of(tree)) {
        INFO(leaf.name());
        for (const std::string& word : leaf.words) CHECK(std::regex_match(word, kebab));
        for (const CLI::Option* const option : leaf.app->get_options())
            for (const std::string& name : option->get_lnames()) {
                INFO(name);
                CHECK(std::regex_match(name, kebab));
            }
    }
}

TEST_CASE("laws: every command that reads has --json, and so has every one that sends", "[cli]") {
    const CommandTree tree;
    for (const Leaf& leaf : leaves_of(tree)) {
        INFO(leaf.name());
        if (kOwnWays.contains(leaf.name())) continue;
        const CLI::App* const parent = leaf.app->get_parent();
        CHECK((leaf.has("--json") || parent->get_option_no_throw("--json") != nullptr ||
               leaf.words.front() == "disconnect"));
    }
}

TEST_CASE("laws: help goes to stdout and is no failure", "[cli]") {
    const CommandTree tree;
    for (const Leaf& leaf : leaves_of(tree)) {
        INFO(leaf.name());
        const Answer answer = parse_only(with(leaf.words, {"--help"}));
        CHECK(answer.status == 0);
        CHECK_THAT(answer.out, Catch::Contains(leaf.app->get_description()));
        CHECK(answer.err.empty());
    }
}

TEST_CASE("laws: a wrong word is a usage error on stderr, in JSON where that was asked for", "[cli]") {
    const CommandTree tree;
    for (const Leaf& leaf : leaves_of(tree)) {
        if (leaf.app->get_allow_extras()) continue;  // not part of this build: whatever follows
        INFO(leaf.name());
        const Answer plain = parse_only(with(leaf.words, {"--no-such-option"}));
        CHECK(plain.status == 2);
        CHECK(plain.out.empty());
        CHECK_THAT(plain.err, Catch::StartsWith("Error: ") && Catch::Contains("\nTry: doublezero "));
        if (!leaf.has("--json")) continue;
        const Answer json = parse_only(with(leaf.words, {"--json", "--no-such-option"}));
        CHECK(json.status == 2);
        CHECK(json.out.empty());
        const auto body = json::parse(json.err);
        REQUIRE(body);
        CHECK(json::string(body->at("error"), "message"));
        CHECK(json::string(body->at("error"), "try"));
    }
}

TEST_CASE("laws: completion knows every command that help shows", "[cli]") {
    const CommandTree tree;
    const std::string script = parse_only({"completion", "bash"}).out;
    for (const Leaf& leaf : leaves_of(tree)) {
        bool shown = true;
        for (const CLI::App* at = leaf.app; at != nullptr; at = at->get_parent())
            shown = shown && (!at->get_group().empty() || at->get_parent() == nullptr);
        INFO(leaf.name());
        const std::string path = fmt::format("'doublezero {}'", leaf.name());
        if (shown) CHECK_THAT(script, Catch::Contains(path));
    }
}

TEST_CASE("laws: without a daemon every command about it fails alike, in JSON too", "[cli]") {
    Network network;
    Terminal type(network);
    for (const std::string command : {"status", "latency", "routes", "plan", "events"}) {
        INFO(command);
        const Printed plain = type(command);
        CHECK(plain.status == 1);
        CHECK(plain.out.empty());
        CHECK_THAT(plain.err, Catch::StartsWith("Error: cannot reach the daemon") &&
                                  Catch::Contains("Try: sudo systemctl start doublezerod"));
        const Printed json = type(command + " --json");
        CHECK(json.status == 1);
        CHECK(json.out.empty());
        const auto body = json::parse(json.err);
        REQUIRE(body);
        CHECK(json::string(body->at("error"), "code") == "NotFound");
        CHECK(json::string(body->at("error"), "try") == "sudo systemctl start doublezerod");
    }
}

TEST_CASE("laws: no command waits for ever for a daemon that does not answer", "[cli]") {
    Desk desk;
    desk.daemon.stuck = true;
    dz::daemon::api::Client impatient(desk.http, desk.directory / "daemon.sock", 50ms);
    const auto code = [](const Result<>& result) { return result ? Errc::Internal : result.error().code; };
    Context context(
        desk.loop, desk.real_clock, desk.context.settings, desk.rpc, impatient, desk.err,
        [](std::string_view) { return std::nullopt; }, ProgressStyle::Silent);
    const auto run_for_real = [&](Task<Result<>> command) { return run(desk.loop, std::move(command)); };
    CHECK(code(run_for_real(status({}, context, desk.out))) == Errc::Timeout);
    CHECK(code(run_for_real(latency({}, context, desk.out))) == Errc::Timeout);
    CHECK(code(run_for_real(routes({}, context, desk.out))) == Errc::Timeout);
    CHECK(code(run_for_real(plan({}, context, desk.out))) == Errc::Timeout);
    CHECK(code(run_for_real(enable(context, desk.out))) == Errc::Timeout);
    CHECK(desk.out.str().empty());
}
