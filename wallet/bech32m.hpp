// wallet/bech32m.hpp: bech32m texts (BIP 350).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "wallet/fault.hpp"

namespace dz::wallet {

/// A text's two parts. The words have five bits each.
struct Bech32m {
    std::string prefix;  ///< lower case
    Bytes words;
    bool operator==(const Bech32m&) const = default;
};

std::string encode(const Bech32m& parts);
/// At most 90 characters. Errors: Bech32; a checksum of the older bech32 is named as such.
Result<Bech32m> parse_bech32m(std::string_view text);

/// Eight-bit groups as five-bit groups, padded with zero bits, and back.
Bytes to_words(ByteView bytes);
/// Errors: Bech32 when the padding is not zero or makes up a whole word.
Result<Bytes> from_words(ByteView words);

}  // namespace dz::wallet
