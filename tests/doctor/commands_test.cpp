// Real commands of this machine.
#include "doctor/commands.hpp"

#include <catch2/catch.hpp>

#include "base/run.hpp"

namespace dz::doctor {
namespace {

struct Machine {
    EventLoop loop;
    SystemClock clock{loop};
    Result<std::string> run(std::vector<std::string> words, Duration timeout = 600s) {
        SystemCommands commands(loop, clock, timeout);
        return dz::run(loop, commands.run(std::move(words)));
    }
};

TEST_CASE("commands: what a command writes is what comes back", "[doctor]") {
    CHECK(Machine().run({"printf", "%s\\n", "a b", "c"}) == "a b\nc\n");
}

TEST_CASE("commands: a long output comes back whole", "[doctor]") {
    const auto text = Machine().run({"head", "-c", "300000", "/dev/zero"});
    REQUIRE(text);
    CHECK(text->size() == 300'000);
}

TEST_CASE("commands: a failure has its status and its first line", "[doctor]") {
    const auto done = Machine().run({"sh", "-c", "echo one >&2; echo two >&2; exit 3"});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::Rejected);
    CHECK(done.error().detail == 3);
    CHECK(done.error().text.ends_with(": one"));
}

TEST_CASE("commands: what is not installed is said so", "[doctor]") {
    const auto done = Machine().run({"no-such-command-here"});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::NotFound);
    CHECK(done.error().text == "no-such-command-here is not installed");
}

TEST_CASE("commands: what does not end is killed", "[doctor]") {
    const auto done = Machine().run({"sleep", "100000"}, 10ms);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::Timeout);
}

}  // namespace
}  // namespace dz::doctor
