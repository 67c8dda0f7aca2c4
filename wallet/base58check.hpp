// wallet/base58check.hpp: Base58 with a four-byte checksum, as Bitcoin and Dash write addresses and keys.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "wallet/fault.hpp"

namespace dz::wallet {

std::string to_base58check(ByteView payload);
/// At most 200 characters. Errors: Base58.
Result<Bytes> from_base58check(std::string_view text);

}  // namespace dz::wallet
