// Tests for sessions that the peer opens, and for what keeps strangers out; over real sockets.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "protocols/bgp/md5_key.hpp"
#include "tests/bgp/speaker_bench.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::bgp {
namespace {

using namespace test;

/// Loopback addresses that no other process uses at the same time, so that a port of the kernel's choice at
/// one of them is free at the others.
Ipv4 own_loopback(std::uint32_t last) {
    return Ipv4(0x7F000000U | (static_cast<std::uint32_t>(::getpid()) & 0xFFFFU) << 8U | last);
}
const Ipv4 kUs = own_loopback(2), kStranger = own_loopback(3);

PeerConfig waiting(const Bench& bench, Opening opening) {
    PeerConfig wanted = bench.config();
    wanted.local = kUs;
    wanted.opening = opening;
    return wanted;
}

const Message kCollided = Notification{6, 7, {}};

TEST_CASE("session: a passive one waits for the device and does not dial", "[bgp]") {
    Bench bench;
    bench.speaker.set(waiting(bench, Opening::Passive));
    bench.clock.advance(10s);
    CHECK_FALSE(bench.device.was_dialled());
    CHECK(bench.peer().state == State::Active);
    bench.device.connect(kDevice, kUs, bench.device.port());
    bench.device.converse();
    run_until(bench.loop, [&] { return bench.peer().state == State::Established; });
    CHECK(bench.peer().counters.connects == 1);
    bench.tell(announcement({"198.18.0.7/32"}));
    CHECK(bench.peer().accepted == 1);
}

TEST_CASE("session: a stranger's connection is closed without a word", "[bgp]") {
    Bench bench;
    bench.speaker.set(waiting(bench, Opening::Passive));
    bench.device.connect(kStranger, kUs, bench.device.port());
    CHECK(bench.device.next() == std::nullopt);
    CHECK(bench.peer().state == State::Active);
    CHECK(bench.peer().counters.connects == 0);
}

TEST_CASE("session: of two connections the device's survives when its identifier is larger", "[bgp]") {
    Bench bench;
    bench.speaker.set(waiting(bench, Opening::Both));
    bench.device.accept();
    REQUIRE(std::holds_alternative<Open>(bench.device.next().value()));
    const bool confirmed = GENERATE(false, true);
    if (confirmed) {
        bench.device.send(device_open());
        REQUIRE(bench.device.next() == Message(Keepalive{}));
    }
    Device other(bench.loop);
    other.connect(kDevice, kUs, bench.device.port());
    other.send(device_open());
    CHECK(bench.device.next() == kCollided);
    CHECK(bench.device.next() == std::nullopt);
    CHECK(std::holds_alternative<Open>(other.next().value()));
    CHECK(other.next() == Message(Keepalive{}));
    other.send(Keepalive{});
    run_until(bench.loop, [&] { return bench.peer().state == State::Established; });
    CHECK(bench.peer().counters.connects == 2);
    CHECK(bench.peer().counters.established == 1);
}

TEST_CASE("session: of two connections ours survives when the device's identifier is smaller", "[bgp]") {
    Bench bench;
    bench.speaker.set(waiting(bench, Opening::Both));
    bench.device.accept();
    REQUIRE(std::holds_alternative<Open>(bench.device.next().value()));
    Device other(bench.loop);
    other.connect(kDevice, kUs, bench.device.port());
    Open open = device_open();
    open.identifier = ip("1.1.1.0");
    other.send(open);
    CHECK(other.next() == kCollided);
    CHECK(other.next() == std::nullopt);
    bench.device.send(open);
    CHECK(bench.device.next() == Message(Keepalive{}));
    bench.device.send(Keepalive{});
    run_until(bench.loop, [&] { return bench.peer().state == State::Established; });
}

TEST_CASE("session: one that is established turns a second connection away", "[bgp]") {
    Bench bench;
    bench.speaker.set(waiting(bench, Opening::Both));
    bench.device.establish();
    run_until(bench.loop, [&] { return bench.peer().state == State::Established; });
    Device other(bench.loop);
    other.connect(kDevice, kUs, bench.device.port());
    CHECK(other.next() == kCollided);
    CHECK(other.next() == std::nullopt);
    CHECK(bench.peer().state == State::Established);
}

TEST_CASE("session: a port that cannot be had is the reason why a passive one is not up", "[bgp]") {
    Bench bench;
    PeerConfig config = waiting(bench, Opening::Passive);
    config.local = Ipv4::loopback();
    bench.speaker.set(config);
    run_until(bench.loop, [&] { return !bench.peer().last_error.empty(); });
    CHECK(bench.peer().last_error == "listen: Address already in use");
    CHECK(bench.peer().state == State::Idle);
}

// --- TCP MD5 (RFC 2385) and GTSM (RFC 5082) ---

std::shared_ptr<const Md5Key> key(std::string_view text) {
    return Md5Key::of(text).value();
}

/// `config` as the device at the other end would write it; any port.
PeerConfig mirrored(const PeerConfig& config) {
    PeerConfig other = config;
    std::swap(other.local, other.remote);
    other.port = 0;
    return other;
}

/// A session with `ours` and a device with `theirs`, both but for addresses: is it dialled through?
struct Protected {
    Bench bench;
    std::optional<Device> device;

    /// False where the kernel cannot do it.
    bool start(PeerConfig ours, PeerConfig theirs) {
        ours.local = theirs.local = kUs;
        device.emplace(bench.loop, mirrored(theirs));
        if (device->listening()) return false;
        ours.port = device->port();
        bench.speaker.set(ours);
        return true;
    }
    bool comes_up() {
        device->establish();
        run_until(bench.loop, [this] { return bench.peer().state == State::Established; });
        return true;
    }
    /// The device's answers do not arrive here, so the dial ends by its limit.
    bool is_deaf() {
        bench.clock.advance(kConnectLimit);
        run_until(bench.loop, [this] { return !bench.peer().last_error.empty(); });
        return bench.peer().last_error == "no answer to the connection request" &&
               bench.peer().counters.connects == 0;
    }
};

TEST_CASE("session: with the same key at both ends it comes up", "[bgp]") {
    Protected link;
    PeerConfig config = link.bench.config();
    config.md5_key = key("between us");
    if (!link.start(config, config)) DZ_SKIP("this kernel has no TCP MD5 signatures");
    CHECK(link.comes_up());
}

TEST_CASE("session: with another key, or none, at the other end there is no connection", "[bgp]") {
    const auto theirs = GENERATE(as<std::string>(), "", "another");
    Protected link;
    PeerConfig ours = link.bench.config(), other = ours;
    ours.md5_key = key("between us");
    if (!theirs.empty()) other.md5_key = key(theirs);
    if (!link.start(ours, ours)) DZ_SKIP("this kernel has no TCP MD5 signatures");
    link.bench.speaker.remove(kDevice);
    REQUIRE(link.start(ours, other));
    CHECK(link.is_deaf());
}

TEST_CASE("session: a passive one with a key takes signed connections only", "[bgp]") {
    Bench bench;
    PeerConfig config = waiting(bench, Opening::Passive);
    config.md5_key = key("between us");
    Device probe(bench.loop, mirrored(config));
    if (probe.listening()) DZ_SKIP("this kernel has no TCP MD5 signatures");
    bench.speaker.set(config);
    REQUIRE(bench.peer().state == State::Active);
    boost::asio::ip::tcp::socket signed_socket(bench.loop);
    PeerConfig theirs = mirrored(config);
    REQUIRE_FALSE(prepare(signed_socket, theirs));
    signed_socket.non_blocking(false);
    signed_socket.connect({kUs, config.port});
    run_until(bench.loop, [&] { return bench.peer().state == State::OpenSent; });
}

TEST_CASE("session: with TTL security a neighbour that has it too is heard, and another is not", "[bgp]") {
    Protected near;
    PeerConfig config = near.bench.config();
    config.ttl_security = true;
    REQUIRE(near.start(config, config));
    CHECK(near.comes_up());

    Protected far;
    PeerConfig plain = config;
    plain.ttl_security = false;
    REQUIRE(far.start(config, plain));
    CHECK(far.is_deaf());
}

TEST_CASE("md5 key: the first line of a file that is not for everybody", "[bgp]") {
    const dz::test::TemporaryDirectory directory;
    const auto path = directory / "key";
    const auto write = [&](const std::string& text) {
        std::ofstream(path) << text;
        std::filesystem::permissions(path, std::filesystem::perms(0600));
    };
    write("between us\r\nand a remark\n");
    CHECK(Md5Key::read(path).value()->text() == "between us");
    for (const auto& bad : {std::string(), std::string("\n"), std::string(81, 'x')}) {
        write(bad);
        CHECK(Md5Key::read(path).error().code == Errc::BadValue);
        CHECK_THAT(Md5Key::read(path).error().text, !Catch::Contains("xx"));
    }
    std::filesystem::permissions(path, std::filesystem::perms(0604));
    CHECK(Md5Key::read(path).error().code == Errc::Permission);
    CHECK(Md5Key::read(directory / "none").error().code == Errc::NotFound);
}

}  // namespace
}  // namespace dz::bgp
