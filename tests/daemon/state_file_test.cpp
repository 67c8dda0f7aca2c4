// Tests for state.json: exact bytes, the migration table of daemon.md 4.9, and damage.
#include "daemon/state_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "base/files.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::daemon;
namespace fs = std::filesystem;

namespace {

constexpr const char* kOn = R"({"reconciler_enabled":true})";
constexpr const char* kOff = R"({"reconciler_enabled":false})";
constexpr const char* kTunnel =
    R"({"user_type":"IBRL","tunnel_net":"169.254.0.0/31","doublezero_prefixes":["198.18.0.0/24"]})";

void put(const fs::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}
std::string get(const fs::path& path) {
    return *files::read(path, 4096);
}

struct Files {
    test::TemporaryDirectory directory;
    fs::path current = directory / "state.json";
    fs::path old = directory / "doublezerod.json";
    StateFile file{directory.path()};
};

}  // namespace

TEST_CASE("state file: the content is exact and nothing else is left", "[daemon]") {
    Files files;
    REQUIRE(files.file.save(true));
    CHECK(get(files.current) == kOn);
    REQUIRE(files.file.save(false));
    CHECK(get(files.current) == kOff);
    struct stat status{};
    REQUIRE(::stat(files.current.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0644);
    CHECK_FALSE(fs::exists(files.directory / "state.json.tmp"));
}

TEST_CASE("state file: a missing directory is made", "[daemon]") {
    const test::TemporaryDirectory directory;
    const StateFile file(directory / "a" / "b");
    CHECK(file.load() == SavedState{.unsettled = true});
    REQUIRE(file.settle(false));
    CHECK(get(directory / "a" / "b" / "state.json") == kOff);
}

TEST_CASE("state file: what was saved is loaded", "[daemon]") {
    for (const bool enabled : {true, false}) {
        Files files;
        REQUIRE(files.file.save(enabled));
        CHECK(files.file.load() == SavedState{.enabled = enabled});
    }
}

TEST_CASE("state file: valid content of other versions counts", "[daemon]") {
    struct Case {
        const char* content;
        bool enabled;
    };
    for (const Case& c :
         {Case{"{}", false}, Case{R"({"other":1})", false}, Case{R"({"reconciler_enabled":null})", false},
          Case{"{ \"reconciler_enabled\" : true, \"later\": [] }\n", true}}) {
        CAPTURE(c.content);
        Files files;
        put(files.current, c.content);
        CHECK(files.file.load() == SavedState{.enabled = c.enabled});
        CHECK(get(files.current) == c.content);
    }
}

TEST_CASE("state file: the new file wins and the old one stays", "[daemon]") {
    Files files;
    put(files.current, kOff);
    put(files.old, std::string("[") + kTunnel + "]");
    CHECK(files.file.load() == SavedState{});
    CHECK(fs::exists(files.old));
}

TEST_CASE("state file: an old file is taken over once", "[daemon]") {
    struct Case {
        std::string content;
        bool enabled;
    };
    const std::vector<Case> cases = {
        {std::string("[") + kTunnel + "]", true},
        {std::string("[") + kTunnel + "," + kTunnel + "]", true},
        {R"([{"tunnel_net":"169.254.0.0/31"}])", true},
        {"[]", false},
        {"{}", false},
        {"", false},
        {"garbage", false},
        {"[1]", false},
        {"[{}]", false},
        {std::string("[") + kTunnel + R"(,{"tunnel_net":"nowhere"}])", false},
        {R"([{"tunnel_net":"169.254.0.0/31","doublezero_prefixes":["x"]}])", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.content);
        Files files;
        put(files.old, c.content);
        CHECK(files.file.load() == SavedState{.enabled = c.enabled, .unsettled = true});
        CHECK(fs::exists(files.old));
        REQUIRE(files.file.settle(c.enabled));
        CHECK_FALSE(fs::exists(files.old));
        CHECK(get(files.current) == (c.enabled ? kOn : kOff));
    }
}

TEST_CASE("state file: a fresh install is disabled and says so in the file", "[daemon]") {
    Files files;
    CHECK(files.file.load() == SavedState{.unsettled = true});
    REQUIRE(files.file.settle(false));
    CHECK(get(files.current) == kOff);
    CHECK(files.file.load() == SavedState{});
}

TEST_CASE("state file: a damaged one is kept aside, reported, and means nothing was decided", "[daemon]") {
    for (const std::string& content : {std::string(), std::string("garbage"), std::string("[]"),
                                       std::string("true"), std::string(R"({"reconciler_enabled":1})"),
                                       std::string(R"({"reconciler_enabled":tr)"), std::string(8192, ' ')}) {
        CAPTURE(content);
        Files files;
        put(files.current, content);
        put(files.old, std::string("[") + kTunnel + "]");
        const SavedState state = files.file.load();
        CHECK_FALSE(state.enabled);
        REQUIRE(state.damage);
        CHECK_THAT(state.damage->text,
                   Catch::Contains("state.json is damaged") && Catch::Contains("state.json.damaged"));
        CHECK(*files::read(files.directory / "state.json.damaged", 1 << 20) == content);
        CHECK_FALSE(fs::exists(files.current));
    }
}

TEST_CASE("state file: one that cannot be read stays where it is", "[daemon]") {
    Files files;
    fs::create_directory(files.current);  // even root cannot read a directory as a file
    const SavedState state = files.file.load();
    CHECK_FALSE(state.enabled);
    REQUIRE(state.damage);
    CHECK_THAT(state.damage->text, Catch::Contains("state.json"));
    CHECK(fs::is_directory(files.current));
}

TEST_CASE("state file: an old file that cannot be read is neither believed nor removed", "[daemon]") {
    Files files;
    fs::create_directory(files.old);
    const SavedState state = files.file.load();
    CHECK(state.damage);
    CHECK_FALSE(state.unsettled);
    CHECK(fs::exists(files.old));
}

TEST_CASE("state file: an old file keeps its say when the new one cannot be written", "[daemon]") {
    Files files;
    put(files.old, std::string("[") + kTunnel + "]");
    fs::create_directories(files.directory / "state.json.tmp" / "in the way");
    CHECK_FALSE(files.file.settle(files.file.load().enabled));
    CHECK(files.file.load() == SavedState{.enabled = true, .unsettled = true});
    CHECK(fs::exists(files.old));
}

TEST_CASE("state file: a failing write is an error and the old content stays", "[daemon]") {
    Files files;
    REQUIRE(files.file.save(true));
    fs::create_directories(files.directory / "state.json.tmp" / "in the way");
    CHECK_FALSE(files.file.save(false));
    CHECK(get(files.current) == kOn);
}
