#include "ledger/accounts.hpp"

#include <catch2/catch.hpp>

#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

Bytes first(const Bytes& data, std::size_t count) {
    return {data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count)};
}

Bytes with(Bytes data, std::initializer_list<std::uint8_t> tail) {
    data.insert(data.end(), tail);
    return data;
}

/// Offset of `needle` in `data`.
std::size_t find(const Bytes& data, ByteView needle) {
    const auto at = std::ranges::search(data, needle);
    REQUIRE_FALSE(at.empty());
    return static_cast<std::size_t>(at.begin() - data.begin());
}

}  // namespace

TEST_CASE("account: what is written is read back", "[ledger]") {
    for (const Account& account : sample_accounts()) {
        DecodeNotes notes;
        CAPTURE(print(account));
        CHECK(decode_account(encode(account), &notes) == account);
        CHECK(notes.ignored_bytes == 0);
        CHECK_FALSE(notes.cut_inside_field);
    }
}

TEST_CASE("account: empty data and unknown types are told apart", "[ledger]") {
    CHECK(decode_account({}).error().code == Errc::Truncated);
    CHECK(decode_account(Bytes{0}).error().code == Errc::Unsupported);
    CHECK(decode_account(Bytes{19, 1, 2, 3}).error().code == Errc::Unsupported);
    CHECK(account_type(Bytes{19}) == AccountType::None);
}

TEST_CASE("account: another type than the expected one is refused", "[ledger]") {
    CHECK(decode<User>(encode(sample_device())).error().code == Errc::BadValue);
}

TEST_CASE("account: every length of every account gives a value, never a failure", "[ledger]") {
    for (const Account& account : sample_accounts()) {
        // Two kinds are exact about their length or their lists.
        if (account_type(account) == AccountType::Reservation ||
            account_type(account) == AccountType::GlobalState) {
            continue;
        }
        const Bytes data = encode(account);
        for (std::size_t size = 1; size <= data.size(); ++size) {
            CAPTURE(size);
            REQUIRE(decode_account(first(data, size)));
        }
    }
}

TEST_CASE("user: an account of March 2026 ends after the tunnel endpoint", "[ledger]") {
    User user = sample_user();
    user.publishers.clear();
    user.subscribers.clear();
    const auto old = decode<User>(first(encode(user), 176));
    REQUIRE(old);
    CHECK(old->tunnel_endpoint == user.tunnel_endpoint);
    CHECK(old->bgp_status == BgpStatus::Unknown);
    CHECK(old->last_bgp_up_at == 0);
    CHECK(old->feed_pks.empty());
}

TEST_CASE("user: sizes are those that the network charges rent for", "[ledger]") {
    CHECK(encode(User{}).size() == 206);
    User user;
    user.publishers = {PublicKey{}};
    CHECK(encode(user).size() == 238);
    CHECK(encode(AccessPass{}).size() == 103);
    CHECK(encode(ProgramConfig{}).size() == 26);
    CHECK(encode(GlobalConfig{}).size() == 64);
    CHECK(encode(SeatReservation{}).size() == 70);
    CHECK(encode(BlockReservation{}).size() == 68);
}

TEST_CASE("user: the address filter offsets point at the fields", "[ledger]") {
    User user;
    user.owner.bytes.fill(9);
    user.client_ip = Ipv4{0xc0000201};
    const Bytes data = encode(user);
    CHECK(find(data, Bytes{0xc0, 0, 2, 1}) == User::kClientIpOffset);
    CHECK(find(data, user.owner.view()) == User::kOwnerOffset);
}

TEST_CASE("user: a single zero key in the place of the feeds reads as no feeds", "[ledger]") {
    User user;
    Bytes data = first(encode(user), 202);
    data.resize(data.size() + 32);
    DecodeNotes notes;
    const auto decoded = decode<User>(data, &notes);
    CHECK(decoded == user);
    CHECK(notes.ignored_bytes == 28);
}

TEST_CASE("user: an unknown status number is kept", "[ledger]") {
    User user;
    user.status = static_cast<UserStatus>(200);
    CHECK(decode<User>(encode(user)) == user);
}

TEST_CASE("account: missing tails have the defaults that the program gives them", "[ledger]") {
    CHECK(decode<GlobalConfig>(Bytes{2})->next_bgp_community == 10000);
    CHECK(decode<AccessPass>(Bytes{11})->max_unicast_users == 1);
    CHECK(decode<AccessPass>(Bytes{11})->max_multicast_users == 1);
    CHECK(decode<Location>(Bytes{3})->status == PlaceStatus::Activated);
    CHECK(decode<Device>(Bytes{5})->device_health == DeviceHealth::Pending);
    CHECK(decode<Device>(Bytes{5})->status == DeviceStatus::Activated);
    CHECK(decode<Link>(Bytes{6})->link_type == LinkType::Wan);
    CHECK(decode<Link>(Bytes{6})->link_health == LinkHealth::Pending);
    CHECK(decode<User>(Bytes{7})->status == UserStatus::Activated);
    CHECK(decode<MulticastGroup>(Bytes{8})->status == MulticastGroupStatus::Activated);
    CHECK(decode<Tenant>(Bytes{13})->payment_status == PaymentStatus::Delinquent);
}

TEST_CASE("account: surplus bytes of a later version are ignored and counted", "[ledger]") {
    DecodeNotes notes;
    CHECK(decode<Feed>(with(encode(sample_feed()), {1, 2, 3}), &notes) == sample_feed());
    CHECK(notes.ignored_bytes == 3);
}

TEST_CASE("account: a cut inside a field defaults it and all after it", "[ledger]") {
    const Bytes data = encode(sample_user());
    DecodeNotes notes;
    // Two of the four bytes of the client address.
    const auto cut = decode<User>(first(data, User::kClientIpOffset + 2), &notes);
    REQUIRE(cut);
    CHECK(notes.cut_inside_field);
    CHECK(cut->device_pk == sample_user().device_pk);
    CHECK(cut->client_ip == Ipv4{});
    CHECK(cut->tunnel_id == 0);
}

TEST_CASE("account: a prefix longer than 32 reads as none, and the rest is still read", "[ledger]") {
    GlobalConfig config;
    config.device_tunnel_block = {Ipv4{0x0a000000}, 16};
    config.user_tunnel_block = {Ipv4{0x0a010000}, 16};
    Bytes data = encode(config);
    data[1 + 32 + 1 + 8 + 4] = 33;
    DecodeNotes notes;
    const auto decoded = decode<GlobalConfig>(data, &notes);
    REQUIRE(decoded);
    CHECK(notes.bad_field);
    CHECK(decoded->device_tunnel_block == Prefix{});
    CHECK(decoded->user_tunnel_block == config.user_tunnel_block);
}

TEST_CASE("account: text that is not UTF-8 reads as empty, and the rest is still read", "[ledger]") {
    MulticastGroup group;
    group.code = "abcd";
    group.subscriber_count = 3;
    for (const std::string_view bad :
         {"ab\xff\x64", "ab\xc0\x80", "a\xed\xa0\x80", "\xf5\x80\x80\x80", "abc\xe2"}) {
        Bytes data = encode(group);
        std::ranges::copy(bad, data.begin() + static_cast<std::ptrdiff_t>(find(data, as_bytes("abcd"))));
        const auto decoded = decode<MulticastGroup>(data);
        REQUIRE(decoded);
        CHECK(decoded->code.empty());
        CHECK(decoded->subscriber_count == 3);
    }
    group.code = "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    CHECK(decode<MulticastGroup>(encode(group)) == group);
}

TEST_CASE("account: a list that claims four billion entries costs nothing", "[ledger]") {
    User user;
    Bytes data = first(encode(user), 136);  // up to the publishers
    data = with(data, {0xff, 0xff, 0xff, 0xff, 1, 2, 3});
    const auto decoded = decode<User>(data);
    REQUIRE(decoded);
    CHECK(decoded->publishers.empty());
}

TEST_CASE("global state: an allowlist that is longer than the account is an error", "[ledger]") {
    const Bytes data = encode(sample_global_state());
    // Type, bump and index, the count of the first list, half a key.
    CHECK(decode<GlobalState>(first(data, 1 + 1 + 16 + 4 + 16)).error().code == Errc::BadValue);
    // Not even the count is there: nobody.
    CHECK(decode<GlobalState>(first(data, 1 + 1 + 16 + 2))->foundation_allowlist.empty());
}

TEST_CASE("reservation: the length tells the two layouts apart", "[ledger]") {
    SeatReservation seat;
    seat.client_ip = Ipv4{0x01020304};
    BlockReservation block;
    block.reserved_count = 3;
    CHECK(decode_account(encode(seat)) == Account(seat));
    CHECK(decode_account(encode(block)) == Account(block));
    CHECK(decode_account(Bytes(69, 14)).error().code == Errc::BadValue);
}

TEST_CASE("access pass: an unknown kind is named and hides what follows it", "[ledger]") {
    AccessPass pass = sample_access_pass();
    Bytes data = encode(pass);
    data[1 + 32 + 1] = 9;
    DecodeNotes notes;
    const auto decoded = decode<AccessPass>(data, &notes);
    REQUIRE(decoded);
    CHECK(decoded->accesspass_type == AccessPassType(access::Unknown{9}));
    CHECK(decoded->user_payer.is_zero());
    CHECK(notes.bad_field);
}

TEST_CASE("device: interfaces are rebuilt from the older list when the newer is missing", "[ledger]") {
    const Device device = sample_device();
    const Bytes data = encode(device);
    // The sized list is the last field: two elements and the count.
    std::size_t sized = 4;
    for (const Interface& interface : device.interfaces) {
        sized += 45 + interface.name.size() + interface.flex_algo_node_segments.size() * 34;
    }
    DecodeNotes notes;
    const auto old = decode<Device>(first(data, data.size() - sized), &notes);
    REQUIRE(old);
    REQUIRE(old->interfaces.size() == 2);
    CHECK(old->interfaces[0].name == device.interfaces[0].name);
    CHECK(old->interfaces[0].flex_algo_node_segments.empty());
    CHECK(old->max_multicast_publishers == device.max_multicast_publishers);
    CHECK(notes.legacy_interface_variants == std::vector<std::uint8_t>{1, 1});
}

namespace {

/// A device account up to its interfaces, then `interfaces`, then nothing.
Bytes device_with_interfaces(const Bytes& interfaces) {
    Bytes data = encode(Device{});
    data.resize(1 + 32 + 16 + 1 + 32 + 32 + 1 + 4 + 1 + 4 + 4 + 32 + 32 + 4);
    data.insert(data.end(), interfaces.begin(), interfaces.end());
    return data;
}

}  // namespace

TEST_CASE("device: the oldest interface form is lifted with its defaults", "[ledger]") {
    bytes::Writer list;
    list.u32(1)
        .u8(0)
        .u8(3)
        .u32(2)
        .raw(as_bytes("lo"))
        .u8(1)
        .u8(2)
        .u16(7)
        .be32(0x0a000001)
        .u8(32)
        .u16(5)
        .u8(1);
    const auto device = decode<Device>(device_with_interfaces(list.take()));
    REQUIRE(device);
    REQUIRE(device->interfaces.size() == 1);
    const Interface& interface = device->interfaces[0];
    CHECK(interface.name == "lo");
    CHECK(interface.status == InterfaceStatus::Activated);
    CHECK(interface.loopback_type == LoopbackType::Ipv4);
    CHECK(interface.vlan_id == 7);
    CHECK(interface.ip_net.to_string() == "10.0.0.1/32");
    CHECK(interface.node_segment_idx == 5);
    CHECK(interface.user_tunnel_endpoint);
    CHECK(interface.mtu == 9000);
    CHECK(interface.interface_cyoa == Cyoa::None);
    CHECK(interface.routing_mode == RoutingMode::Static);
}

TEST_CASE("device: an unknown older interface form leaves a placeholder and ends what can be trusted",
          "[ledger]") {
    bytes::Writer list;
    list.u32(2).u8(77).u8(3).u32(2).raw(as_bytes("lo")).zeros(40);
    DecodeNotes notes;
    const auto device = decode<Device>(device_with_interfaces(list.take()), &notes);
    REQUIRE(device);
    REQUIRE(device->interfaces.size() == 1);
    CHECK(device->interfaces[0] == Interface{});
    CHECK(device->max_users == 0);
    CHECK(notes.bad_field);
}

TEST_CASE("device: fields that a later version adds to an interface are skipped", "[ledger]") {
    Device device;
    device.interfaces = {sample_device().interfaces[0]};
    Bytes data = encode(device);
    // Grow the last element by 8 bytes and call it version 5.
    const auto& interface = device.interfaces[0];
    const std::size_t size = 45 + interface.name.size() + interface.flex_algo_node_segments.size() * 34;
    const std::size_t at = data.size() - size;
    data[at] = static_cast<std::uint8_t>(size + 8);
    data[at + 2] = 5;
    data = with(data, {1, 2, 3, 4, 5, 6, 7, 8});
    DecodeNotes notes;
    const auto decoded = decode<Device>(data, &notes);
    REQUIRE(decoded);
    CHECK(decoded->interfaces[0].version == 5);
    CHECK(decoded->interfaces[0].name == interface.name);
    CHECK(decoded->interfaces[0].flex_algo_node_segments == interface.flex_algo_node_segments);
    CHECK(notes.ignored_bytes == 0);
    CHECK(encode(*decoded) == encode(device));
}

TEST_CASE("device: interface lists of different lengths are noted and the newer one counts", "[ledger]") {
    Device device = sample_device();
    Bytes data = encode(device);
    const auto& last = device.interfaces.back();
    const std::size_t size = 45 + last.name.size() + last.flex_algo_node_segments.size() * 34;
    std::size_t list = 4 + size;
    const auto& other = device.interfaces.front();
    list += 45 + other.name.size() + other.flex_algo_node_segments.size() * 34;
    data[data.size() - list] = 1;
    DecodeNotes notes;
    const auto decoded = decode<Device>(data, &notes);
    REQUIRE(decoded);
    CHECK(decoded->interfaces.size() == 1);
    CHECK(notes.interface_lists_differ);
}

TEST_CASE("device: a locked or full device has no free seats", "[ledger]") {
    Device device;
    device.max_users = 0;
    CHECK(device.free_seats() == 0);
    device.max_users = 10;
    device.users_count = 3;
    device.reserved_seats = 4;
    CHECK(device.free_seats() == 3);
    device.reserved_seats = 65535;
    CHECK(device.free_seats() == 0);
}

TEST_CASE("resource: the bitmap starts at offset 88", "[ledger]") {
    ResourceExtension resource;
    resource.range = IdRange{500, 4596, 0};
    resource.bitmap.assign(resource.bitmap_size(), 0);
    resource.bitmap[1] = 0b100;
    const Bytes data = encode(resource);
    CHECK(data.size() == 88 + 512);
    CHECK(data[89] == 0b100);
    CHECK(decode<ResourceExtension>(data) == resource);
    CHECK(resource.capacity() == 4096);
    CHECK(resource.allocated_count() == 1);
    CHECK(resource.is_allocated(10));
    CHECK_FALSE(resource.is_allocated(11));
    CHECK_FALSE(resource.is_allocated(1'000'000));
}

TEST_CASE("resource: bits beyond the range do not count", "[ledger]") {
    ResourceExtension resource;
    resource.range = IdRange{1, 127, 0};
    resource.bitmap.assign(16, 0xff);
    CHECK(resource.bitmap_size() == 16);
    CHECK(resource.allocated_count() == 126);
}

TEST_CASE("resource: ranges of any size have a capacity", "[ledger]") {
    ResourceExtension resource;
    resource.range = IpRange{{Ipv4{0}, 0}, 0};
    CHECK(resource.capacity() == 0x1'0000'0000);
    resource.range = IpRange{{Ipv4{0x0a000000}, 32}, 0};
    CHECK(resource.capacity() == 1);
    CHECK(resource.bitmap_size() == 8);
    resource.range = IdRange{9, 3, 0};
    CHECK(resource.capacity() == 0);
}

TEST_CASE("account: a printed account names its fields", "[ledger]") {
    MulticastGroup group;
    group.code = "alpha";
    group.multicast_ip = Ipv4{0xe9000001};
    const std::string text = print(group);
    CHECK(text.find("multicast_ip: 233.0.0.1") != std::string::npos);
    CHECK(text.find("code: \"alpha\"") != std::string::npos);
    CHECK(text.find("status: activated (1)") != std::string::npos);
}
