// doctor/redact.hpp: takes secrets out of texts that leave this machine.
#pragma once

#include <string>
#include <string_view>

namespace dz::doctor {

/// What it stands in for.
inline constexpr std::string_view kHidden = "(hidden)";

/// `text` without: what follows the host of a URL and what precedes it (paths of ledger endpoints hold API
/// keys), arrays of 32 and more bytes and base58 or hexadecimal texts as long as a secret key, and whatever
/// stands after a word like "password", "token" or "key" and a colon or an equals sign. Rather too much than
/// too little.
std::string redact(std::string_view text);

}  // namespace dz::doctor
