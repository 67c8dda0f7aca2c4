// ledger/keypair.hpp: signing keys and their files (a JSON array of 64 numbers: 32 of seed, 32 of public
// key).
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ledger/public_key.hpp"

namespace dz::ledger {

/// Owns a secret: cannot be copied, is wiped when destroyed or moved from, and prints as "(hidden)".
class Keypair {
  public:
    static constexpr std::size_t kSeedSize = 32;

    static Keypair generate();
    static Keypair from_seed(std::span<const std::uint8_t, kSeedSize> seed);

    Keypair(Keypair&& other) noexcept;
    Keypair& operator=(Keypair&& other) noexcept;
    Keypair(const Keypair&) = delete;
    Keypair& operator=(const Keypair&) = delete;
    ~Keypair();

    const PublicKey& public_key() const { return public_key_; }
    Signature sign(ByteView message) const;

    /// The content of a key file. Holds the secret: wipe it.
    std::string to_json() const;

  private:
    Keypair() = default;

    std::array<std::uint8_t, 64> secret_{};  // seed, then public key
    PublicKey public_key_;
};

bool verify(const PublicKey& key, ByteView message, const Signature& signature);

/// From the content of a key file. Errors: BadValue, saying what is wrong but never showing a byte of the
/// key.
Result<Keypair> parse_keypair(std::string_view json);

/// Errors: NotFound, Permission, BadValue, each naming the path and how to get a key.
Result<Keypair> read_keypair(const std::filesystem::path& path);

/// Errors: Permission when others than its owner may read the file. Pipes and absent files pass.
Result<> require_private(const std::filesystem::path& path);

/// Creates the file with mode 0600. Errors: Exists (the old file is untouched) unless `replace`; Io,
/// Permission.
Result<> write_keypair(const std::filesystem::path& path, const Keypair& keypair, bool replace = false);

}  // namespace dz::ledger

template <>
struct fmt::formatter<dz::ledger::Keypair> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const dz::ledger::Keypair&, Context& context) const {
        return fmt::formatter<std::string_view>::format("(hidden)", context);
    }
};
