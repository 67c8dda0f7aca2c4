// tests/wallet/wallets.hpp: wallets with known addresses.
#pragma once

#include <string_view>

#include "wallet/accounts.hpp"
#include "wallet/key_source.hpp"
#include "wallet/mnemonic.hpp"
#include "wallet/wallet_file.hpp"

namespace dz::wallet::test {

inline constexpr std::string_view kAbandon =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

inline WalletSecret wallet_of(std::string_view words, std::string_view passphrase = {}) {
    return WalletSecret::from(Mnemonic::parse(words).value(), SecretBytes(passphrase)).value();
}

inline WalletSecret abandon() {
    return wallet_of(kAbandon);
}

/// The source for an account of that wallet.
inline KeySource source_of(const Account& account, std::string_view words = kAbandon) {
    return wallet_of(words).source(account.path, account.pool).value();
}

/// One hash of 20 bytes or key of 33 as an array.
template <class Array>
Array array_of(std::string_view hex) {
    const Bytes bytes = from_hex(hex).value();
    Array out{};
    if (bytes.size() == out.size()) std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

}  // namespace dz::wallet::test
