// wallet/mnemonic.hpp: a wallet's secret as words (BIP 39, English).
#pragma once

#include <cstddef>
#include <string_view>

#include "wallet/fault.hpp"
#include "wallet/secret.hpp"

namespace dz::wallet {

/// 12, 15, 18, 21 or 24 words: 128 to 256 bits and their checksum. Moves only, wiped when destroyed.
class Mnemonic {
  public:
    /// From the system's random numbers. Errors: InvalidMnemonic for another number of words.
    static Result<Mnemonic> generate(std::size_t words);
    /// Errors: InvalidMnemonic unless 16, 20, 24, 28 or 32 bytes.
    static Result<Mnemonic> from_entropy(ByteView entropy);
    /// Any white space between the words, and capitals, are as good. Errors: InvalidMnemonic, which names a
    /// wrong word by its place only.
    static Result<Mnemonic> parse(std::string_view text);

    /// Lower case, one space between words.
    std::string_view text() const { return text_.text(); }
    std::size_t word_count() const;
    /// What all keys come from. A passphrase gives another wallet: there is no wrong one.
    /// Errors: InvalidParameter for a passphrase beyond ASCII, which would first have to be normalized
    /// (NFKD).
    Result<Secret<64>> seed(std::string_view passphrase = {}) const;

  private:
    explicit Mnemonic(SecretBytes text) : text_(std::move(text)) {}

    SecretBytes text_;
};

}  // namespace dz::wallet

template <>
struct fmt::formatter<dz::wallet::Mnemonic> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const dz::wallet::Mnemonic&, Context& context) const {
        return fmt::formatter<std::string_view>::format("(hidden)", context);
    }
};
