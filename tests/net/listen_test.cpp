#include "base/listen.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

using namespace dz;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
    struct ::stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

bool answers(const std::filesystem::path& path) {
    boost::asio::io_context loop;
    boost::asio::local::stream_protocol::socket socket(loop);
    boost::system::error_code error;
    socket.connect(path.native(), error);
    return !error;
}

}  // namespace

TEST_CASE("listen: a unix socket has the mode asked for, whatever the umask", "[net]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "s";
    const ::mode_t old = ::umask(0077);
    const auto socket = net::listen_unix(path, 0666);
    ::umask(old);
    REQUIRE(socket);
    CHECK(mode_of(path) == 0666);
    CHECK(answers(path));
}

TEST_CASE("listen: the socket file of a dead process is replaced", "[net]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "s";
    {
        REQUIRE(net::listen_unix(path, 0600));
    }
    REQUIRE(std::filesystem::exists(path));
    CHECK(!answers(path));
    const auto socket = net::listen_unix(path, 0600);
    REQUIRE(socket);
    CHECK(answers(path));
}

TEST_CASE("listen: a live process keeps its socket", "[net]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "s";
    const auto first = net::listen_unix(path, 0600);
    REQUIRE(first);
    const auto second = net::listen_unix(path, 0600);
    REQUIRE(!second);
    CHECK(second.error() == Error{Errc::Exists, path.string() + ": another process answers there"});
    CHECK(answers(path));
}

TEST_CASE("listen: a file that is no socket is never removed", "[net]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "s";
    std::ofstream(path) << "precious";
    CHECK(net::listen_unix(path, 0600).error().code == Errc::Exists);
    CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("listen: a missing directory and a path too long are errors", "[net]") {
    const test::TemporaryDirectory directory;
    CHECK(net::listen_unix(directory / "no" / "s", 0600).error().code == Errc::NotFound);
    CHECK(net::listen_unix(directory / std::string(108, 'x'), 0600).error().code == Errc::BadValue);
    CHECK(net::listen_unix("", 0600).error().code == Errc::BadValue);
}

TEST_CASE("listen: a socket file is removed by its owner only", "[net]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "s";
    const auto first = net::listen_unix(path, 0600);
    net::SocketFile file(path);
    std::filesystem::remove(path);
    const auto second = net::listen_unix(path, 0600);
    file.remove();
    CHECK(answers(path));
    net::SocketFile(path).remove();
    CHECK(!std::filesystem::exists(path));
}

TEST_CASE("listen: TCP takes addresses, localhost, all, and a port of the kernel's choice", "[net]") {
    for (const char* text : {"127.0.0.1:0", "localhost:0", ":0"}) {
        const auto socket = net::listen_tcp(text);
        REQUIRE(socket);
        CHECK(net::local_port(*socket).value() != 0);
    }
}

TEST_CASE("listen: a taken port and a text that is no endpoint are errors", "[net]") {
    const auto socket = net::listen_tcp("127.0.0.1:0");
    REQUIRE(socket);
    const auto taken = net::listen_tcp("127.0.0.1:" + std::to_string(net::local_port(*socket).value()));
    CHECK(taken.error().code == Errc::Exists);
    for (const char* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "nowhere:80",
                             "[::g]:80", "127.0.0.1:80 "})
        CHECK(net::listen_tcp(text).error().code == Errc::BadValue);
}
