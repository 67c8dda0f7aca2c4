#include "ledger/address.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

namespace dz::ledger {
namespace {

constexpr std::size_t kMaxSeeds = 15;  // the bump is the sixteenth
constexpr std::string_view kFirstSeed = "doublezero";
constexpr std::string_view kMarker = "ProgramDerivedAddress";

template <std::unsigned_integral T>
std::array<std::uint8_t, sizeof(T)> little_endian(T value) {
    std::array<std::uint8_t, sizeof(T)> out;
    for (auto& byte : out) {
        byte = static_cast<std::uint8_t>(value & 0xff);
        value = static_cast<T>(value >> 8);
    }
    return out;
}

std::array<std::uint8_t, 16> little_endian(u128 value) {
    std::array<std::uint8_t, 16> out;
    for (auto& byte : out) {
        byte = static_cast<std::uint8_t>(value & 0xff);
        value >>= 8;
    }
    return out;
}

PublicKey hash(std::span<const ByteView> seeds, std::uint8_t bump, const PublicKey& program) {
    const auto add = [](crypto_hash_sha256_state& state, ByteView bytes) {
        crypto_hash_sha256_update(&state, bytes.data(), bytes.size());
    };
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const ByteView seed : seeds) add(state, seed);
    add(state, {&bump, 1});
    add(state, program.view());
    add(state, as_bytes(kMarker));
    PublicKey key;
    crypto_hash_sha256_final(&state, key.bytes.data());
    return key;
}

/// For seeds whose lengths are right by construction.
template <class... Seeds>
Address derive_guessed(const PublicKey& program, const Addresses::Guess& guess, std::string_view kind,
                       const Seeds&... seeds) {
    const std::array<ByteView, 2 + sizeof...(Seeds)> all = {as_bytes(kFirstSeed), as_bytes(kind),
                                                            ByteView(seeds)...};
    if (guess && hash(all, guess->bump, program) == guess->key) return *guess;
    const auto address = find_program_address(all, program);
    DZ_ASSERT(address);
    return *address;
}

template <class... Seeds>
Address derive(const PublicKey& program, std::string_view kind, const Seeds&... seeds) {
    return derive_guessed(program, std::nullopt, kind, seeds...);
}

std::string_view seed_of(ResourceKind kind) {
    switch (kind) {
        case ResourceKind::DeviceTunnelBlock:
            return "devicetunnelblock";
        case ResourceKind::UserTunnelBlock:
            return "usertunnelblock";
        case ResourceKind::MulticastGroupBlock:
            return "multicastgroupblock";
        case ResourceKind::MulticastPublisherBlock:
            return "multicastpublisherblock";
        case ResourceKind::DzPrefixBlock:
            return "dzprefixblock";
        case ResourceKind::TunnelIds:
            return "tunnelids";
        case ResourceKind::LinkIds:
            return "linkids";
        case ResourceKind::SegmentRoutingIds:
            return "segmentroutingids";
        case ResourceKind::VrfIds:
            return "vrfids";
        case ResourceKind::AdminGroupBits:
            return "admingroupbits";
    }
    return "";
}

std::string in_case(std::string_view text, bool upper) {
    std::string out(text);
    for (char& c : out) {
        const bool other = upper ? (c >= 'a' && c <= 'z') : (c >= 'A' && c <= 'Z');
        if (other) c = static_cast<char>(c ^ 0x20);
    }
    return out;
}

}  // namespace

Result<Address> find_program_address(std::span<const ByteView> seeds, const PublicKey& program) {
    if (seeds.size() > kMaxSeeds) return fail(Errc::LimitExceeded, "too many seeds for a program address");
    if (std::ranges::any_of(seeds, [](ByteView seed) { return seed.size() > kMaxSeedBytes; })) {
        return fail(Errc::LimitExceeded, "longer than the 32 bytes that an address can be derived from");
    }
    for (int bump = 255; bump >= 0; --bump) {
        const PublicKey key = hash(seeds, static_cast<std::uint8_t>(bump), program);
        if (!on_curve(key)) return Address{key, static_cast<std::uint8_t>(bump)};
    }
    // Each bump fails with probability one half.
    return fail(Errc::Internal, "no bump gives a program address");
}

Address Addresses::indexed(std::string_view seed, u128 index) const {
    return derive(program_, seed, little_endian(index));
}

Address Addresses::global_state() const {
    return derive(program_, "globalstate");
}
Address Addresses::global_config() const {
    return derive(program_, "config");
}
Address Addresses::program_config() const {
    return derive(program_, "programconfig");
}
Address Addresses::location(u128 index) const {
    return indexed("location", index);
}
Address Addresses::exchange(u128 index) const {
    return indexed("exchange", index);
}
Address Addresses::contributor(u128 index) const {
    return indexed("contributor", index);
}
Address Addresses::device(u128 index) const {
    return indexed("device", index);
}
Address Addresses::link(u128 index) const {
    return indexed("link", index);
}
Address Addresses::multicast_group(u128 index) const {
    return indexed("multicast", index);
}
Address Addresses::user_by_index(u128 index) const {
    return indexed("user", index);
}

Address Addresses::user(Ipv4 client_ip, UserType type) const {
    const std::array<std::uint8_t, 1> number = {static_cast<std::uint8_t>(type)};
    return derive(program_, "user", client_ip.to_bytes(), number);
}

Address Addresses::access_pass(Ipv4 client_ip, const PublicKey& user_payer, const Guess& guess) const {
    return derive_guessed(program_, guess, "accesspass", client_ip.to_bytes(), user_payer.bytes);
}

Address Addresses::permission(const PublicKey& user_payer) const {
    return derive(program_, "permission", user_payer.bytes);
}

Address Addresses::resource(const Resource& resource, const Guess& guess) const {
    const std::string_view seed = seed_of(resource.kind);
    if (!resource.per_device()) return derive_guessed(program_, guess, seed);
    return derive_guessed(program_, guess, seed, resource.device.bytes, little_endian(resource.index));
}

Address Addresses::seat_reservation(const PublicKey& device, Ipv4 client_ip) const {
    return derive(program_, "reservation", device.bytes, client_ip.to_bytes());
}

Address Addresses::block_reservation(const PublicKey& device, const PublicKey& owner) const {
    return derive(program_, "reservation", device.bytes, owner.bytes);
}

Result<Address> Addresses::tenant(std::string_view code) const {
    const std::array<ByteView, 3> seeds = {as_bytes(kFirstSeed), as_bytes("tenant"), as_bytes(code)};
    return find_program_address(seeds, program_);
}

Result<Address> Addresses::feed(std::string_view code, const PublicKey& exchange) const {
    const std::array<ByteView, 4> seeds = {as_bytes(kFirstSeed), as_bytes("feed"), as_bytes(code),
                                           exchange.view()};
    return find_program_address(seeds, program_);
}

Result<Address> Addresses::topology(std::string_view name) const {
    const std::string upper = in_case(name, true);
    const std::array<ByteView, 3> seeds = {as_bytes(kFirstSeed), as_bytes("topology"), as_bytes(upper)};
    return find_program_address(seeds, program_);
}

Result<Address> Addresses::index(std::string_view entity_seed, std::string_view key) const {
    const std::string lower = in_case(key, false);
    const std::array<ByteView, 4> seeds = {as_bytes(kFirstSeed), as_bytes("index"), as_bytes(entity_seed),
                                           as_bytes(lower)};
    return find_program_address(seeds, program_);
}

}  // namespace dz::ledger
