// What every `SocketDiag` must do. netlink_test runs this with the fake, netlink_contract with the kernel.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/netlink/diag_world.hpp"

using namespace dz;
using namespace dz::netlink;

namespace {

const Prefix kDeviceEnd = *parse_prefix("169.254.0.0/31");
const Prefix kUserEnd = *parse_prefix("169.254.0.1/32");
constexpr std::uint16_t kPort = 179;
constexpr std::uint16_t kOtherPort = 1790;

/// The view of the one namespace there is.
NamespaceView only_view(DiagWorld& world, std::uint16_t port = kPort) {
    const auto reports = world.look(port);
    REQUIRE(reports);
    REQUIRE(reports->size() == 1);
    REQUIRE(reports->front().view);
    return *reports->front().view;
}

/// One namespace that holds both ends of a tunnel.
std::unique_ptr<DiagWorld> one_namespace() {
    auto world = make_diag_world();
    world->add("vrf1");
    world->plug("vrf1", kDeviceEnd);
    world->plug("vrf1", kUserEnd);
    return world;
}

}  // namespace

TEST_CASE("socket diag: no namespace is no error", "[netlink]") {
    auto world = make_diag_world();
    const auto reports = world->look(kPort);
    REQUIRE(reports);
    CHECK(reports->empty());
}

TEST_CASE("socket diag: a directory that is missing is not found", "[netlink]") {
    auto world = make_diag_world();
    world->remove_directory();
    const auto reports = world->look(kPort);
    REQUIRE_FALSE(reports);
    CHECK(reports.error().code == Errc::NotFound);
}

TEST_CASE("socket diag: addresses are reported with the length of their network", "[netlink]") {
    auto world = one_namespace();
    const auto view = only_view(*world);
    CHECK(std::ranges::count(view.addresses, kDeviceEnd) == 1);
    CHECK(std::ranges::count(view.addresses, kUserEnd) == 1);
}

TEST_CASE("socket diag: an established session is seen from both of its ends", "[netlink]") {
    auto world = one_namespace();
    world->listen("vrf1", kPort);
    world->connect("vrf1", kUserEnd.address, kDeviceEnd.address, kPort);
    const auto view = only_view(*world);
    REQUIRE(view.sessions.size() == 2);
    const auto& passive = view.sessions[view.sessions[0].local_port == kPort ? 0 : 1];
    const auto& active = view.sessions[view.sessions[0].local_port == kPort ? 1 : 0];
    CHECK(passive.local == kDeviceEnd.address);
    CHECK(passive.remote == kUserEnd.address);
    CHECK(active.remote_port == kPort);
    CHECK(active.remote == passive.local);
    CHECK(passive.remote_port == active.local_port);
    CHECK(passive.rtt.has_value());
}

TEST_CASE("socket diag: a listening socket is no session", "[netlink]") {
    auto world = one_namespace();
    world->listen("vrf1", kPort);
    CHECK(only_view(*world).sessions.empty());
}

TEST_CASE("socket diag: sessions of another port are left out", "[netlink]") {
    auto world = one_namespace();
    world->listen("vrf1", kOtherPort);
    world->connect("vrf1", kUserEnd.address, kDeviceEnd.address, kOtherPort);
    CHECK(only_view(*world).sessions.empty());
    CHECK(only_view(*world, kOtherPort).sessions.size() == 2);
}

TEST_CASE("socket diag: a session that ended is gone", "[netlink]") {
    auto world = one_namespace();
    world->listen("vrf1", kPort);
    world->connect("vrf1", kUserEnd.address, kDeviceEnd.address, kPort);
    world->disconnect("vrf1");
    CHECK(only_view(*world).sessions.empty());
}

TEST_CASE("socket diag: namespaces do not see each other, and come in order of their names", "[netlink]") {
    auto world = one_namespace();
    world->add("a-vrf");
    world->listen("vrf1", kPort);
    world->connect("vrf1", kUserEnd.address, kDeviceEnd.address, kPort);
    const auto reports = world->look(kPort);
    REQUIRE(reports);
    REQUIRE(reports->size() == 2);
    CHECK((*reports)[0].name == "a-vrf");
    CHECK((*reports)[0].view->sessions.empty());
    CHECK((*reports)[1].name == "vrf1");
    CHECK((*reports)[1].view->sessions.size() == 2);
}

TEST_CASE("socket diag: a namespace with two names is looked into once", "[netlink]") {
    auto world = one_namespace();
    world->add_name("another-name", "vrf1");
    const auto reports = world->look(kPort);
    REQUIRE(reports);
    REQUIRE(reports->size() == 1);
    CHECK(reports->front().name == "another-name");
}

TEST_CASE("socket diag: a plain file is left out", "[netlink]") {
    auto world = one_namespace();
    world->add_file("leftover");
    CHECK(world->look(kPort)->size() == 1);
}

TEST_CASE("socket diag: a namespace that was deleted is left out from then on", "[netlink]") {
    auto world = one_namespace();
    world->add("vrf2");
    CHECK(world->look(kPort)->size() == 2);
    world->remove("vrf2");
    CHECK(world->look(kPort)->size() == 1);
}
