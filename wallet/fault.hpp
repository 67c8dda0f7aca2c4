// wallet/fault.hpp: what can go wrong with keys, addresses and pools, finer than `Errc`.
//
// An `Error` of this module carries its `Fault` in `detail`. Branch on `fault_of(error)`, show `error.text`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dz::wallet {

enum class Fault : long {
    None = 0,
    // Extended keys on secp256k1 (BIP 32)
    CannotDeriveFromHardenedKey,  ///< a hardened child of a public key
    InvalidChildNumber,           ///< above 2^31 - 1, or beyond the last index of a pool
    InvalidDerivationPath,        ///< path text that cannot be read
    UnknownVersion,               ///< the first four bytes of an extended key
    WrongExtendedKeyLength,
    Secp256k1,  ///< not a point of the curve, or not a secret key
    // Extended keys on ed25519 (SLIP-0010)
    InvalidSeedLength,
    NonHardenedNotSupported,
    // Texts
    InvalidMnemonic,  ///< word count, word or checksum
    InvalidAddress,   ///< decoding failed, or not the kind of script that has an address
    Base58,           ///< a foreign character, or the checksum fails
    Bech32,
    InvalidNetwork,  ///< an address or a key of another network
    // Pools and wallets
    KeyError,          ///< a child number whose key does not exist (chance below 2^-127)
    Serialization,     ///< a stored pool or wallet that does not add up, or of an unknown version
    InvalidParameter,  ///< wrong key source, wrong kind of key
    WatchOnly,         ///< a private operation without a private key
    NoKeySource,       ///< a new address is needed and there is nothing to derive it from
    InvalidState,      ///< the index is used, or reserved by somebody else
    ReservationLimit,  ///< as many reservations as the pool allows
};

/// "NoKeySource", ...
std::string_view to_string(Fault fault);

/// `return fail(Fault::NoKeySource, "...");`
[[nodiscard]] std::unexpected<Error> fail(Fault fault, std::string text);

/// `None` for an error of another module.
Fault fault_of(const Error& error);

}  // namespace dz::wallet
