// base/encoding.hpp: base58 (Bitcoin alphabet, as Solana uses it) and base64 (RFC 4648, section 4, padded).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace dz {

std::string to_base58(ByteView bytes);
/// At most 128 characters (the cost is quadratic): enough for keys and signatures.
/// Errors: BadValue for a foreign character, LimitExceeded.
Result<Bytes> from_base58(std::string_view text);

/// Without a limit of its own but quadratic: for transactions and memcmp filters, whose size the caller
/// bounds.
Result<Bytes> from_base58_long(std::string_view text, std::size_t max_characters);

std::string to_base64(ByteView bytes);
/// Behind what `out` holds: for long answers.
void append_base64(ByteView bytes, std::string& out);
/// Errors: BadValue for a foreign character, wrong length or padding.
Result<Bytes> from_base64(std::string_view text);

}  // namespace dz
