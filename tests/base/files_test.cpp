#include "base/files.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

using namespace dz;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
    struct ::stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

std::size_t entries(const std::filesystem::path& directory) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

class Umask {
  public:
    explicit Umask(::mode_t mask) : old_(::umask(mask)) {}
    ~Umask() { ::umask(old_); }
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;

  private:
    ::mode_t old_;
};

}  // namespace

TEST_CASE("files: what was written is read back, and nothing else is left", "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "state.json";
    REQUIRE(files::write_atomic(path, "one"));
    REQUIRE(files::write_atomic(path, std::string(100'000, 'x')));
    CHECK(files::read(path, 100'000) == std::string(100'000, 'x'));
    CHECK(entries(directory.path()) == 1);
}

TEST_CASE("files: the mode is exact whatever the umask and the old file's mode", "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "key";
    const Umask umask(0077);
    REQUIRE(files::write_atomic(path, "x", 0644));
    CHECK(mode_of(path) == 0644);
    REQUIRE(files::write_atomic(path, "x", 0600));
    CHECK(mode_of(path) == 0600);
}

TEST_CASE("files: missing directories are made", "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "a" / "b" / "state.json";
    REQUIRE(files::write_atomic(path, "x"));
    CHECK(files::read(path, 1) == "x");
}

TEST_CASE("files: a failed write leaves the old file and no temporary one", "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "taken";
    std::filesystem::create_directory(path);
    const auto written = files::write_atomic(path, "x");
    REQUIRE(!written);
    CHECK(std::filesystem::is_directory(path));
    CHECK(entries(directory.path()) == 1);
}

TEST_CASE("files: a temporary file left by a crash is replaced, a link in its place is not followed",
          "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "state.json";
    std::ofstream(directory / "victim") << "precious";
    std::filesystem::create_symlink(directory / "victim", directory / "state.json.tmp");
    REQUIRE(files::write_atomic(path, "new"));
    CHECK(files::read(path, 10) == "new");
    CHECK(files::read(directory / "victim", 10) == "precious");
}

TEST_CASE("files: an exclusive file is created once", "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "id.json";
    REQUIRE(files::create_exclusive(path, "first", 0600));
    CHECK(files::create_exclusive(path, "second", 0600).error().code == Errc::Exists);
    CHECK(files::read(path, 10) == "first");
    CHECK(mode_of(path) == 0600);
    CHECK(entries(directory.path()) == 1);
}

TEST_CASE("files: reading has a limit, and errors say why", "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "x";
    REQUIRE(files::write_atomic(path, "12345"));
    CHECK(files::read(path, 5) == "12345");
    CHECK(files::read(path, 4).error().code == Errc::LimitExceeded);
    CHECK(files::read("/dev/zero", 1000).error().code == Errc::LimitExceeded);
    const auto missing = files::read(directory / "none", 5);
    REQUIRE(!missing);
    CHECK(missing.error().code == Errc::NotFound);
    CHECK(missing.error().text == "open " + (directory / "none").string() + ": no such file or directory");
}

TEST_CASE("files: a damaged file is set aside under a name of its own", "[base]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "state.json";
    for (const char* content : {"old", "new"}) {
        REQUIRE(files::write_atomic(path, content));
        const auto aside = files::set_aside(path);
        REQUIRE(aside);
        CHECK(*aside == directory / "state.json.damaged");
        CHECK(files::read(*aside, 10) == content);
        CHECK(!std::filesystem::exists(path));
    }
    CHECK(files::set_aside(path).error().code == Errc::NotFound);
}
