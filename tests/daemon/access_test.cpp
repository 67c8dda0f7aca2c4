// Tests for who may change the state of the daemon.
#include "daemon/access.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::daemon;

namespace {

http::Request from(std::uint32_t uid, std::uint32_t gid, std::vector<std::uint32_t> groups = {}) {
    http::Request request;
    request.peer_uid = uid;
    request.peer_gid = gid;
    request.peer_groups = std::move(groups);
    return request;
}

constexpr Identity kPackaged{.uid = 990, .gid = 991};
constexpr Identity kRoot{.uid = 0, .gid = 0};

}  // namespace

TEST_CASE("access: root, the daemon's user and its group may change things", "[daemon]") {
    CHECK(may_change(from(0, 0), kPackaged));
    CHECK(may_change(from(0, 1000), kPackaged));
    CHECK(may_change(from(990, 1000), kPackaged));
    CHECK(may_change(from(1000, 991), kPackaged));
    CHECK(may_change(from(1000, 1000, {4, 991, 27}), kPackaged));
}

TEST_CASE("access: any other local user may not", "[daemon]") {
    CHECK_FALSE(may_change(from(1000, 1000), kPackaged));
    CHECK_FALSE(may_change(from(1000, 1000, {0, 4, 27}), kPackaged));
    CHECK_FALSE(may_change(from(991, 990), kPackaged));
}

TEST_CASE("access: membership of group 0 makes nobody root", "[daemon]") {
    CHECK(may_change(from(0, 0), kRoot));
    CHECK_FALSE(may_change(from(1000, 0), kRoot));
    CHECK_FALSE(may_change(from(1000, 1000, {0}), kRoot));
}

TEST_CASE("access: nobody may whom the kernel does not vouch for", "[daemon]") {
    http::Request by_tcp;
    by_tcp.peer_address = "127.0.0.1";
    CHECK_FALSE(may_change(by_tcp, kPackaged));
    CHECK_FALSE(may_change(by_tcp, kRoot));
}

TEST_CASE("access: the group is found in the group file, which may be missing", "[daemon]") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "group";
    CHECK_FALSE(find_group(file, "doublezero"));
    std::ofstream(file) << "root:x:0:\ndoublezero2:x:7:\ndoublezero:x:991:alice\n";
    CHECK(find_group(file, "doublezero") == 991);
    CHECK_FALSE(find_group(file, "nobody"));
}

TEST_CASE("access: the socket is the group's, or the owner's where there is none", "[daemon]") {
    CHECK(socket_access({}, 991) == SocketAccess{.mode = 0660, .group = 991});
    CHECK(socket_access({}, {}) == SocketAccess{.mode = 0600, .group = {}});
    CHECK(socket_access(0666, 991) == SocketAccess{.mode = 0666, .group = 991});
}
