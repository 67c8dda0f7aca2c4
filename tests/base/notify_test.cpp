// Tests for the messages to systemd, against a real datagram socket.
#include "base/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/support/temporary_directory.hpp"

using namespace dz;

namespace {

using Datagram = boost::asio::local::datagram_protocol;

struct Systemd {
    boost::asio::io_context loop;
    Datagram::socket socket{loop};

    explicit Systemd(const std::string& name) : socket(loop, Datagram::endpoint(name)) {}
    std::string next() {
        std::array<char, 256> buffer;
        const auto size = socket.receive(boost::asio::buffer(buffer));
        return {buffer.data(), size};
    }
};

struct Variable {
    const char* name;
    Variable(const char* n, const std::string& value) : name(n) { ::setenv(name, value.c_str(), 1); }
    ~Variable() { ::unsetenv(name); }
};

}  // namespace

TEST_CASE("notify: a message arrives at a socket in the file system", "[base]") {
    const test::TemporaryDirectory directory;
    const std::string path = (directory / "notify").string();
    Systemd systemd(path);
    REQUIRE(Notifier(path).send("READY=1\nSTATUS=running"));
    CHECK(systemd.next() == "READY=1\nSTATUS=running");
}

TEST_CASE("notify: a message arrives at an abstract socket", "[base]") {
    const std::string name = "doublezerod-notify-test-" + std::to_string(::getpid());
    Systemd systemd('\0' + name);
    REQUIRE(Notifier('@' + name).send("WATCHDOG=1"));
    CHECK(systemd.next() == "WATCHDOG=1");
}

TEST_CASE("notify: without a socket nothing happens", "[base]") {
    CHECK(Notifier("").send("READY=1"));
    ::unsetenv("NOTIFY_SOCKET");
    CHECK(Notifier::from_environment().send("READY=1"));
}

TEST_CASE("notify: a socket that is gone or cannot be is an error", "[base]") {
    const test::TemporaryDirectory directory;
    CHECK_FALSE(Notifier((directory / "none").string()).send("READY=1"));
    CHECK_FALSE(Notifier(std::string(200, 'x')).send("READY=1"));
}

TEST_CASE("notify: the watchdog counts when it is meant for this process", "[base]") {
    CHECK_FALSE(watchdog_limit());
    const Variable limit("WATCHDOG_USEC", "30000000");
    CHECK(watchdog_limit() == Duration(30s));
    {
        const Variable pid("WATCHDOG_PID", std::to_string(::getpid()));
        CHECK(watchdog_limit() == Duration(30s));
    }
    {
        const Variable pid("WATCHDOG_PID", "1");
        CHECK_FALSE(watchdog_limit());
    }
    const Variable nonsense("WATCHDOG_USEC", "soon");
    CHECK_FALSE(watchdog_limit());
}
