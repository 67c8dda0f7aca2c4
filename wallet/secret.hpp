// wallet/secret.hpp: bytes that are wiped when they go out of use, are never copied and never printed.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"

namespace dz::wallet {

/// Zeroes memory; the compiler may not leave it out.
void wipe(std::span<std::uint8_t> bytes);
void wipe(std::string& text);

/// Exactly `N` secret bytes. Moving one out wipes it.
template <std::size_t N>
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::span<const std::uint8_t, N> bytes) {
        for (std::size_t i = 0; i < N; ++i) bytes_[i] = bytes[i];
    }
    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
    Secret& operator=(Secret&& other) noexcept {
        if (this == &other) return *this;
        bytes_ = other.bytes_;
        wipe(other.bytes_);
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(bytes_); }

    /// A second one: asked for by name, so that no copy is made by accident.
    Secret clone() const { return Secret(view()); }
    std::span<const std::uint8_t, N> view() const { return bytes_; }
    std::span<std::uint8_t, N> mutable_view() { return bytes_; }

  private:
    std::array<std::uint8_t, N> bytes_{};
};

/// Secret bytes or text of any length. The memory never grows, so growing leaves no copies behind.
class SecretBytes {
  public:
    SecretBytes() = default;
    explicit SecretBytes(std::size_t size) : bytes_(size) {}
    explicit SecretBytes(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
    explicit SecretBytes(std::string_view text) : SecretBytes(as_bytes(text)) {}
    /// Takes the text over and wipes where it was.
    static SecretBytes taken_from(std::string& text) {
        SecretBytes out{std::string_view(text)};
        wipe(text);
        text.clear();
        return out;
    }
    SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
    SecretBytes& operator=(SecretBytes&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes() { wipe(bytes_); }

    bool empty() const { return bytes_.empty(); }
    std::size_t size() const { return bytes_.size(); }
    ByteView view() const { return bytes_; }
    std::string_view text() const { return as_text(bytes_); }
    std::span<std::uint8_t> mutable_view() { return bytes_; }

  private:
    Bytes bytes_;
};

}  // namespace dz::wallet

template <std::size_t N>
struct fmt::formatter<dz::wallet::Secret<N>> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const dz::wallet::Secret<N>&, Context& context) const {
        return fmt::formatter<std::string_view>::format("(hidden)", context);
    }
};
template <>
struct fmt::formatter<dz::wallet::SecretBytes> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const dz::wallet::SecretBytes&, Context& context) const {
        return fmt::formatter<std::string_view>::format("(hidden)", context);
    }
};
