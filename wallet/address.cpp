#include "wallet/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "wallet/base58check.hpp"
#include "wallet/bech32m.hpp"

namespace dz::wallet {

namespace {

using Kind = HashAddress::Kind;

/// How an address of one kind starts.
struct Versions {
    Kind kind;
    std::uint8_t mainnet, testnet;
    std::uint8_t platform;
};
constexpr std::array kVersions = {
    Versions{.kind = Kind::P2pkh, .mainnet = 76, .testnet = 140, .platform = 0xb0},
    Versions{.kind = Kind::P2sh, .mainnet = 16, .testnet = 19, .platform = 0x80},
};

const Versions& versions_of(Kind kind) {
    return kVersions[kind == Kind::P2pkh ? 0 : 1];
}

std::string_view platform_prefix(Network network) {
    return is_mainnet(network) ? "dash" : "tdash";
}

std::unexpected<Error> wrong_network(std::string_view text, Network wanted) {
    return fail(Fault::InvalidNetwork,
                fmt::format("{} is an address of another network than {}", text, to_string(wanted)));
}

Bytes tagged(std::uint8_t tag, const Hash20& hash) {
    Bytes out = {tag};
    out.insert(out.end(), hash.begin(), hash.end());
    return out;
}

Hash20 hash_behind_tag(const Bytes& payload) {
    Hash20 hash;
    std::copy_n(payload.begin() + 1, hash.size(), hash.begin());
    return hash;
}

constexpr std::size_t kPayloadBytes = 21;
constexpr std::array<std::string_view, 3> kTypeNames = {"p2pkh", "platform", "ed25519"};

Hash20 hash_of(const KeyBytes& key) {
    if (key.type == KeyType::Ecdsa) return hash160(key.bytes);
    const Hash32 whole = sha256(key.bytes);
    Hash20 id;
    std::copy_n(whole.begin(), id.size(), id.begin());
    return id;
}

}  // namespace

std::string_view to_string(AddressType type) {
    return kTypeNames[static_cast<std::size_t>(type)];
}

Result<AddressType> parse_address_type(std::string_view text) {
    const auto* const found = std::ranges::find(kTypeNames, text);
    if (found != kTypeNames.end()) return static_cast<AddressType>(found - kTypeNames.begin());
    return fail(Fault::InvalidParameter,
                fmt::format("\"{}\" is none of {}", text, fmt::join(kTypeNames, ", ")));
}

Result<EncodedAddress> encode_address(AddressType type, Network network, const KeyBytes& key) {
    const std::size_t wanted = key.type == KeyType::Ecdsa ? 33 : 32;
    if (key.bytes.size() != wanted)
        return fail(Fault::InvalidParameter,
                    fmt::format("a public key of {} bytes, not {}", key.bytes.size(), wanted));
    if (type == AddressType::Ed25519) {
        if (key.type != KeyType::EdDsa)
            return fail(Fault::InvalidParameter, "an ed25519 address needs an ed25519 key source");
        TRY(const auto address, ledger::PublicKey::from(key.bytes));
        return EncodedAddress{.text = address.to_string(), .script = {}};
    }
    if (type == AddressType::PlatformP2pkh && key.type != KeyType::Ecdsa)
        return fail(Fault::InvalidParameter, "a platform address needs a secp256k1 key source");
    const HashAddress address{.kind = Kind::P2pkh, .hash = hash_of(key)};
    // A platform address is never valid in a script of the chain.
    if (type == AddressType::PlatformP2pkh)
        return EncodedAddress{.text = to_platform(address, network), .script = {}};
    return EncodedAddress{.text = to_dash(address, network), .script = script_of(address)};
}

Bytes script_of(const HashAddress& address) {
    Bytes out = address.kind == Kind::P2pkh ? Bytes{0x76, 0xa9, 0x14} : Bytes{0xa9, 0x14};
    out.insert(out.end(), address.hash.begin(), address.hash.end());
    if (address.kind == Kind::P2pkh) out.insert(out.end(), {0x88, 0xac});
    if (address.kind == Kind::P2sh) out.push_back(0x87);
    return out;
}

Result<HashAddress> address_in_script(ByteView script) {
    constexpr std::size_t kHashAt = 3;
    HashAddress address;
    if (script.size() == 25) std::copy_n(script.begin() + kHashAt, address.hash.size(), address.hash.begin());
    if (!std::ranges::equal(script, script_of(address)))
        return fail(Fault::InvalidAddress, "not a P2PKH script of 25 bytes");
    return address;
}

std::string to_dash(const HashAddress& address, Network network) {
    const Versions& versions = versions_of(address.kind);
    return to_base58check(tagged(is_mainnet(network) ? versions.mainnet : versions.testnet, address.hash));
}

Result<HashAddress> parse_dash(std::string_view text, Network network) {
    TRY(const Bytes payload, from_base58check(text));
    if (payload.size() != kPayloadBytes)
        return fail(Fault::InvalidAddress,
                    fmt::format("an address of {} bytes, not {}", payload.size(), kPayloadBytes));
    for (const Versions& row : kVersions) {
        const std::uint8_t ours = is_mainnet(network) ? row.mainnet : row.testnet;
        const std::uint8_t other = is_mainnet(network) ? row.testnet : row.mainnet;
        if (payload[0] == ours) return HashAddress{.kind = row.kind, .hash = hash_behind_tag(payload)};
        if (payload[0] == other) return wrong_network(text, network);
    }
    return fail(Fault::InvalidNetwork, fmt::format("version byte {} is none of Dash's", payload[0]));
}

std::string to_platform(const HashAddress& address, Network network) {
    return encode({.prefix = std::string(platform_prefix(network)),
                   .words = to_words(tagged(versions_of(address.kind).platform, address.hash))});
}

Result<HashAddress> parse_platform(std::string_view text, Network network) {
    TRY(const Bech32m parts, parse_bech32m(text));
    if (parts.prefix != platform_prefix(network)) return wrong_network(text, network);
    TRY(const Bytes payload, from_words(parts.words));
    if (payload.size() != kPayloadBytes)
        return fail(Fault::InvalidAddress,
                    fmt::format("an address of {} bytes, not {}", payload.size(), kPayloadBytes));
    for (const Versions& row : kVersions) {
        if (payload[0] == row.platform)
            return HashAddress{.kind = row.kind, .hash = hash_behind_tag(payload)};
    }
    return fail(Fault::InvalidAddress, fmt::format("an address of unknown type {:#04x}", payload[0]));
}

Result<ledger::PublicKey> parse_solana(std::string_view text) {
    const auto key = ledger::PublicKey::parse(text);
    if (!key) return fail(Fault::InvalidAddress, fmt::format("{}: {}", text, key.error().text));
    if (!ledger::on_curve(*key))
        return fail(
            Fault::InvalidAddress,
            fmt::format("{}: nobody can hold a key for this address; a character may be wrong", text));
    return *key;
}

std::string check_value(const ledger::PublicKey& address) {
    return to_hex(ByteView(sha256(address.bytes)).first(4));
}

}  // namespace dz::wallet
