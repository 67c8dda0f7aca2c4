// base/bytes.hpp: the one door that binary data passes through.
//
// `Reader` cannot run past its end: every read gives a value or `Errc::Truncated`. `Writer` appends to a
// buffer it owns. Little-endian is the ledger's order (`u16`, `u32`, ...), big-endian the network's (`be16`,
// ...).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace dz {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
// A GNU extension that both supported compilers have; the ledger stores 128-bit indexes.
__extension__ typedef unsigned __int128 u128;

/// The bytes of a text, without a copy.
ByteView as_bytes(std::string_view text);
/// The text in some bytes, without a copy and unchecked.
std::string_view as_text(ByteView bytes);
/// "0a1b": lower case, no separators.
std::string to_hex(ByteView bytes);
Result<Bytes> from_hex(std::string_view text);
std::string to_string(u128 value);

}  // namespace dz

namespace dz::bytes {

class Reader {
  public:
    explicit Reader(ByteView input) : rest_(input) {}

    std::size_t remaining() const { return rest_.size(); }
    bool empty() const { return rest_.empty(); }

    Result<std::uint8_t> u8();
    Result<std::uint16_t> u16();
    Result<std::uint32_t> u32();
    Result<std::uint64_t> u64();
    Result<u128> u128_le();
    Result<std::int64_t> i64();
    Result<double> f64();
    Result<std::uint16_t> be16();
    Result<std::uint32_t> be32();
    Result<std::uint64_t> be64();

    /// The next `count` bytes, as a view into the input.
    Result<ByteView> take(std::size_t count);
    template <std::size_t N>
    Result<std::array<std::uint8_t, N>> array() {
        TRY(const ByteView view, take(N));
        std::array<std::uint8_t, N> out;
        for (std::size_t i = 0; i < N; ++i) out[i] = view[i];
        return out;
    }
    /// A reader for the next `count` bytes alone.
    Result<Reader> sub(std::size_t count);
    /// All that is left.
    ByteView rest();

  private:
    ByteView rest_;
};

class Writer {
  public:
    Writer& u8(std::uint8_t value);
    Writer& u16(std::uint16_t value);
    Writer& u32(std::uint32_t value);
    Writer& u64(std::uint64_t value);
    Writer& u128_le(u128 value);
    Writer& i64(std::int64_t value);
    Writer& f64(double value);
    Writer& be16(std::uint16_t value);
    Writer& be32(std::uint32_t value);
    Writer& be64(std::uint64_t value);
    Writer& raw(ByteView bytes);
    Writer& zeros(std::size_t count);
    /// Overwrites two bytes at `offset`, which must have been written: for length fields.
    void patch_u16(std::size_t offset, std::uint16_t value);
    void patch_be16(std::size_t offset, std::uint16_t value);

    std::size_t size() const { return out_.size(); }
    const Bytes& bytes() const { return out_; }
    Bytes take() { return std::move(out_); }

  private:
    Bytes out_;
};

}  // namespace dz::bytes
