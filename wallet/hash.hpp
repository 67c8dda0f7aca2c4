// wallet/hash.hpp: the hash functions that keys and addresses are made with.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "wallet/secret.hpp"

namespace dz::wallet {

using Hash20 = std::array<std::uint8_t, 20>;
using Hash32 = std::array<std::uint8_t, 32>;

Hash32 sha256(ByteView data);
/// SHA-256 of SHA-256: Base58Check's checksum.
Hash32 double_sha256(ByteView data);
Hash20 ripemd160(ByteView data);
/// RIPEMD-160 of SHA-256: fingerprints and P2PKH addresses.
Hash20 hash160(ByteView data);

/// What every derivation step is made of. The result holds a key.
Secret<64> hmac_sha512(ByteView key, ByteView data);
/// PBKDF2 with HMAC-SHA512, 2048 rounds (BIP 39).
Secret<64> stretch(ByteView password, ByteView salt);

}  // namespace dz::wallet
