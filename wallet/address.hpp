// wallet/address.hpp: how public keys are written as addresses: Dash (Base58Check), Dash Platform (bech32m),
// Solana (Base58).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "ledger/public_key.hpp"
#include "wallet/fault.hpp"
#include "wallet/hash.hpp"
#include "wallet/network.hpp"

namespace dz::wallet {

enum class AddressType {
    P2pkh,          ///< Dash: version byte, HASH160, checksum
    PlatformP2pkh,  ///< Dash Platform (DIP-18): the same hash as bech32m
    Ed25519         ///< Solana: the key itself, without version or checksum
};
/// "p2pkh", "platform", "ed25519"
std::string_view to_string(AddressType type);
Result<AddressType> parse_address_type(std::string_view text);

enum class KeyType { Ecdsa, EdDsa };

/// A public key of either curve: 33 bytes of ECDSA (compressed), 32 of EdDSA.
struct KeyBytes {
    KeyType type = KeyType::EdDsa;
    Bytes bytes;
    bool operator==(const KeyBytes&) const = default;
};

/// An address and what a payment to it looks like on the chain (empty on Solana).
struct EncodedAddress {
    std::string text;
    Bytes script;
    bool operator==(const EncodedAddress&) const = default;
};

/// An EdDSA key as P2PKH is the node id of a masternode: the first 20 bytes of its SHA-256.
/// Errors: InvalidParameter when the curve does not have this kind of address.
Result<EncodedAddress> encode_address(AddressType type, Network network, const KeyBytes& key);

/// What a P2PKH or P2SH address says.
struct HashAddress {
    enum class Kind { P2pkh, P2sh };
    Kind kind = Kind::P2pkh;
    Hash20 hash{};
    bool operator==(const HashAddress&) const = default;
};

/// 76 a9 14 <hash> 88 ac, or a9 14 <hash> 87.
Bytes script_of(const HashAddress& address);
/// Errors: InvalidAddress for anything but the 25 bytes of a P2PKH script.
Result<HashAddress> address_in_script(ByteView script);

std::string to_dash(const HashAddress& address, Network network);
/// Errors: Base58, InvalidAddress, InvalidNetwork.
Result<HashAddress> parse_dash(std::string_view text, Network network);

/// Lower case.
std::string to_platform(const HashAddress& address, Network network);
/// Upper case is accepted, mixed case is not. Errors: Bech32, InvalidAddress, InvalidNetwork.
Result<HashAddress> parse_platform(std::string_view text, Network network);

/// A Solana address that somebody can hold a key for. Program addresses are off the curve, and a typing error
/// is off it half of the time. Errors: InvalidAddress.
Result<ledger::PublicKey> parse_solana(std::string_view text);
/// The first four bytes of the SHA-256 of the address as hex: it has no checksum of its own, so a deposit
/// address is told together with this.
std::string check_value(const ledger::PublicKey& address);

}  // namespace dz::wallet
