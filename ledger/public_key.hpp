// ledger/public_key.hpp: the 32-byte names of everything on the ledger, block hashes and signatures.
//
// Text form is base58 everywhere. The zero key means "unset" in the program's accounts, and its text is the
// address of the system program: they are the same 32 bytes.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace dz::ledger {

/// Address of an account, of a program or of a signer.
struct PublicKey {
    static constexpr std::size_t kSize = 32;
    std::array<std::uint8_t, kSize> bytes{};

    auto operator<=>(const PublicKey&) const = default;
    bool is_zero() const { return *this == PublicKey{}; }
    std::string to_string() const;
    ByteView view() const { return bytes; }

    /// Errors: BadValue when `text` is not base58 or not 32 bytes.
    static Result<PublicKey> parse(std::string_view text);
    /// Errors: BadValue when not 32 bytes.
    static Result<PublicKey> from(ByteView bytes);
};

/// Hash of a recent block: makes a transaction expire and unrepeatable.
struct Blockhash {
    std::array<std::uint8_t, 32> bytes{};

    auto operator<=>(const Blockhash&) const = default;
    std::string to_string() const;
    static Result<Blockhash> parse(std::string_view text);
};

/// Ed25519 signature. The first one of a transaction is the transaction's name.
struct Signature {
    static constexpr std::size_t kSize = 64;
    std::array<std::uint8_t, kSize> bytes{};

    auto operator<=>(const Signature&) const = default;
    std::string to_string() const;
    static Result<Signature> parse(std::string_view text);
};

/// True when the bytes are a point of Edwards25519, so that somebody may hold a key for them. Program
/// addresses are exactly the keys for which this is false.
bool on_curve(const PublicKey& key);

namespace detail {
/// Base58 at compile time; a wrong text does not compile.
consteval PublicKey key_literal(std::string_view text) {
    constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    PublicKey key;
    for (const char c : text) {
        const std::size_t digit = kAlphabet.find(c);
        if (digit == std::string_view::npos) throw "not a base58 character";
        std::uint32_t carry = static_cast<std::uint32_t>(digit);
        for (std::size_t i = PublicKey::kSize; i-- > 0;) {
            carry += std::uint32_t{key.bytes[i]} * 58;
            key.bytes[i] = static_cast<std::uint8_t>(carry & 0xff);
            carry >>= 8;
        }
        if (carry != 0) throw "more than 32 bytes";
    }
    return key;
}
}  // namespace detail

inline namespace literals {
/// "1111...1111"_key
consteval PublicKey operator""_key(const char* text, std::size_t size) {
    return detail::key_literal({text, size});
}
}  // namespace literals

inline constexpr PublicKey kSystemProgram{};
inline constexpr PublicKey kComputeBudgetProgram = "ComputeBudget111111111111111111111111111111"_key;

}  // namespace dz::ledger

template <>
struct std::hash<dz::ledger::PublicKey> {
    /// Keys are hashes or curve points already: any eight bytes of them are as good as a hash. The last
    /// eight, since the zero key and test keys differ there too.
    std::size_t operator()(const dz::ledger::PublicKey& key) const noexcept {
        std::size_t value = 0;
        std::memcpy(&value, key.bytes.data() + dz::ledger::PublicKey::kSize - sizeof value, sizeof value);
        return value;
    }
};
