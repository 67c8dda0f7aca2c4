#include "base/bytes.hpp"

#include <algorithm>
#include <bit>
#include <concepts>

#include <fmt/format.h>

namespace dz {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

ByteView as_bytes(std::string_view text) {
    // A char and an unsigned char may be read as each other; span has no such conversion.
    return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

std::string_view as_text(ByteView bytes) {
    return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

std::string to_hex(ByteView bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out += kHexDigits[byte >> 4U];
        out += kHexDigits[byte & 15U];
    }
    return out;
}

Result<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return fail(Errc::BadValue, "hex text of odd length");
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return fail(Errc::BadValue, fmt::format("not a hex digit at offset {}", i));
        out.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return out;
}

std::string to_string(u128 value) {
    std::string digits;
    do {
        digits += static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    } while (value != 0);
    std::ranges::reverse(digits);
    return digits;
}

}  // namespace dz

namespace dz::bytes {

namespace {

enum class Order { Little, Big };

template <class T>
T load(ByteView view, Order order) {
    T value = 0;
    for (std::size_t i = 0; i < view.size(); ++i) {
        const std::size_t at = order == Order::Big ? i : view.size() - 1 - i;
        value =
            static_cast<T>(static_cast<T>(value << 7U << 1U) | view[at]);  // two shifts: T may have 8 bits
    }
    return value;
}

template <class T>
void store(Bytes& out, T value, Order order) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        const std::size_t byte = order == Order::Big ? sizeof(T) - 1 - i : i;
        out.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
    }
}

template <class T>
Result<T> next(Reader& reader, Order order) {
    TRY(const ByteView view, reader.take(sizeof(T)));
    return load<T>(view, order);
}

}  // namespace

Result<std::uint8_t> Reader::u8() {
    return next<std::uint8_t>(*this, Order::Little);
}
Result<std::uint16_t> Reader::u16() {
    return next<std::uint16_t>(*this, Order::Little);
}
Result<std::uint32_t> Reader::u32() {
    return next<std::uint32_t>(*this, Order::Little);
}
Result<std::uint64_t> Reader::u64() {
    return next<std::uint64_t>(*this, Order::Little);
}
Result<u128> Reader::u128_le() {
    return next<u128>(*this, Order::Little);
}
Result<std::uint16_t> Reader::be16() {
    return next<std::uint16_t>(*this, Order::Big);
}
Result<std::uint32_t> Reader::be32() {
    return next<std::uint32_t>(*this, Order::Big);
}
Result<std::uint64_t> Reader::be64() {
    return next<std::uint64_t>(*this, Order::Big);
}

Result<std::int64_t> Reader::i64() {
    TRY(const auto raw, u64());
    return std::bit_cast<std::int64_t>(raw);
}

Result<double> Reader::f64() {
    TRY(const auto raw, u64());
    return std::bit_cast<double>(raw);
}

Result<ByteView> Reader::take(std::size_t count) {
    if (count > rest_.size())
        return fail(Errc::Truncated, fmt::format("{} bytes needed, {} left", count, rest_.size()));
    const ByteView view = rest_.first(count);
    rest_ = rest_.subspan(count);
    return view;
}

Result<Reader> Reader::sub(std::size_t count) {
    TRY(const ByteView view, take(count));
    return Reader(view);
}

ByteView Reader::rest() {
    return std::exchange(rest_, {});
}

Writer& Writer::u8(std::uint8_t value) {
    out_.push_back(value);
    return *this;
}

Writer& Writer::u16(std::uint16_t value) {
    store(out_, value, Order::Little);
    return *this;
}

Writer& Writer::u32(std::uint32_t value) {
    store(out_, value, Order::Little);
    return *this;
}

Writer& Writer::u64(std::uint64_t value) {
    store(out_, value, Order::Little);
    return *this;
}

Writer& Writer::u128_le(u128 value) {
    store(out_, value, Order::Little);
    return *this;
}

Writer& Writer::i64(std::int64_t value) {
    return u64(std::bit_cast<std::uint64_t>(value));
}

Writer& Writer::f64(double value) {
    return u64(std::bit_cast<std::uint64_t>(value));
}

Writer& Writer::be16(std::uint16_t value) {
    store(out_, value, Order::Big);
    return *this;
}

Writer& Writer::be32(std::uint32_t value) {
    store(out_, value, Order::Big);
    return *this;
}

Writer& Writer::be64(std::uint64_t value) {
    store(out_, value, Order::Big);
    return *this;
}

Writer& Writer::raw(ByteView bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
}

Writer& Writer::zeros(std::size_t count) {
    out_.insert(out_.end(), count, 0);
    return *this;
}

void Writer::patch_u16(std::size_t offset, std::uint16_t value) {
    DZ_ASSERT(offset + 2 <= out_.size());
    out_[offset] = static_cast<std::uint8_t>(value);
    out_[offset + 1] = static_cast<std::uint8_t>(value >> 8U);
}

void Writer::patch_be16(std::size_t offset, std::uint16_t value) {
    patch_u16(offset, static_cast<std::uint16_t>(value << 8U | value >> 8U));
}

}  // namespace dz::bytes
