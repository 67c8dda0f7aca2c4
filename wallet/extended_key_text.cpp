// extended_key_text.cpp: extended keys as text (BIP 32 "Serialization format", DIP-14).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "wallet/base58check.hpp"
#include "wallet/extended_key.hpp"

namespace dz::wallet {

namespace {

/// What a text starts with.
struct Version {
    std::uint32_t number;
    bool mainnet, secret, wide;
};
constexpr std::array kVersions = {
    Version{.number = 0x0488B21E, .mainnet = true, .secret = false, .wide = false},   // xpub
    Version{.number = 0x0488ADE4, .mainnet = true, .secret = true, .wide = false},    // xprv
    Version{.number = 0x043587CF, .mainnet = false, .secret = false, .wide = false},  // tpub
    Version{.number = 0x04358394, .mainnet = false, .secret = true, .wide = false},   // tprv
    Version{.number = 0x0EECEFC5, .mainnet = true, .secret = false, .wide = true},    // dpmp
    Version{.number = 0x0EECF02E, .mainnet = true, .secret = true, .wide = true},     // dpms
    Version{.number = 0x0EED270B, .mainnet = false, .secret = false, .wide = true},   // dptp
    Version{.number = 0x0EED2774, .mainnet = false, .secret = true, .wide = true},    // dpts
};

constexpr std::size_t kNarrowBytes = 78;
constexpr std::size_t kWideBytes = 107;

std::uint32_t version_number(bool mainnet, bool secret, bool wide) {
    return std::ranges::find_if(kVersions,
                                [&](const Version& row) {
                                    return row.mainnet == mainnet && row.secret == secret && row.wide == wide;
                                })
        ->number;
}

std::string to_text(const ExtendedPublicKey& key, bool secret, std::span<const std::uint8_t, 33> content,
                    Network network) {
    const Origin& origin = key.origin();
    const auto* const wide = std::get_if<WideChildNumber>(&origin.child);
    // On the stack and wiped: `bytes::Writer` would leave copies of the secret behind as it grows.
    Secret<kWideBytes> payload;
    const auto out = payload.mutable_view();
    std::size_t size = 0;
    const auto put = [&](ByteView bytes) {
        std::ranges::copy(bytes, out.begin() + static_cast<std::ptrdiff_t>(size));
        size += bytes.size();
    };
    bytes::Writer head;
    head.be32(version_number(is_mainnet(network), secret, wide != nullptr))
        .u8(origin.depth)
        .raw(origin.parent);
    if (wide != nullptr)
        head.u8(wide->hardened ? 1 : 0).raw(wide->index);
    else
        head.be32(std::get<ChildNumber>(origin.child).raw());
    put(head.bytes());
    put(key.chain_code());
    put(content);
    return to_base58check(ByteView(payload.view()).first(size));
}

Result<Version> read_version(bytes::Reader& in) {
    const auto number = in.be32();
    if (!number) return fail(Fault::WrongExtendedKeyLength, "too short for an extended key");
    const auto* const row = std::ranges::find(kVersions, *number, &Version::number);
    if (row != kVersions.end()) return *row;
    return fail(Fault::UnknownVersion, fmt::format("version {:08x} is none of an extended key", *number));
}

Result<Origin> read_origin(bytes::Reader& in, bool wide) {
    Origin origin;
    TRY(origin.depth, in.u8());
    TRY(origin.parent, in.array<4>());
    if (wide) {
        TRY(const std::uint8_t hard, in.u8());
        if (hard > 1) return fail(Fault::InvalidParameter, "a child that is neither hardened nor normal");
        WideChildNumber child{.index = {}, .hardened = hard == 1};
        TRY(child.index, in.array<32>());
        origin.child = child;
    } else {
        TRY(const std::uint32_t raw, in.be32());
        origin.child = ChildNumber::from_raw(raw);
    }
    const bool root = origin.parent == Origin{}.parent && origin.child == Origin{}.child;
    if (origin.depth == 0 && !root)
        return fail(Fault::InvalidParameter, "a key of depth 0 that names a parent or a child number");
    return origin;
}

Result<ParsedKey> read_key(ByteView payload) {
    bytes::Reader in(payload);
    TRY(const Version version, read_version(in));
    const std::size_t wanted = version.wide ? kWideBytes : kNarrowBytes;
    if (payload.size() != wanted)
        return fail(Fault::WrongExtendedKeyLength,
                    fmt::format("an extended key of {} bytes, not {}", payload.size(), wanted));
    TRY(Origin origin, read_origin(in, version.wide));
    TRY(const auto chain_code, in.array<32>());
    if (!version.secret) {
        TRY(const CompressedKey key, in.array<33>());
        TRY(ExtendedPublicKey out, ExtendedPublicKey::from(key, chain_code, origin));
        return ParsedKey{.mainnet = version.mainnet, .key = std::move(out)};
    }
    TRY(const std::uint8_t marker, in.u8());
    if (marker != 0) return fail(Fault::Secp256k1, "a secret key that does not start with a zero byte");
    TRY(const ByteView secret, in.take(32));
    TRY(ExtendedPrivateKey out, ExtendedPrivateKey::from(secret.first<32>(), chain_code, origin));
    return ParsedKey{.mainnet = version.mainnet, .key = std::move(out)};
}

}  // namespace

std::string ExtendedPublicKey::to_text(Network network) const {
    return wallet::to_text(*this, false, key_, network);
}

SecretBytes ExtendedPrivateKey::to_text(Network network) const {
    Secret<33> content;
    std::ranges::copy(secret_.view(), content.mutable_view().begin() + 1);
    std::string text = wallet::to_text(public_, true, content.view(), network);
    return SecretBytes::taken_from(text);
}

Result<ParsedKey> parse_extended_key(std::string_view text) {
    TRY(Bytes payload, from_base58check(text));
    auto key = read_key(payload);
    wipe(payload);
    return key;
}

}  // namespace dz::wallet
