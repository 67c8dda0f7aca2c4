// links: dz::base
// encoding_fuzz.cpp: hex, base58 and base64. A text that decodes is the one text of its bytes (hex: in lower
// case), and bytes survive the way there and back.
#include <cctype>
#include <cstdint>
#include <string>

#include "base/encoding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dz;
    constexpr std::size_t kMaxInput = 2048;  // base58 is quadratic
    if (size > kMaxInput) return 0;
    const ByteView bytes(data, size);
    const std::string text(as_text(bytes));

    if (const auto decoded = from_base58_long(text, text.size())) DZ_ASSERT(to_base58(*decoded) == text);
    if (const auto decoded = from_base64(text)) DZ_ASSERT(to_base64(*decoded) == text);
    if (const auto decoded = from_hex(text)) {
        std::string lower = text;
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        DZ_ASSERT(to_hex(*decoded) == lower);
    }

    const Bytes original(bytes.begin(), bytes.end());
    DZ_ASSERT(from_base58_long(to_base58(bytes), 2 * kMaxInput) == original);
    DZ_ASSERT(from_base64(to_base64(bytes)) == original);
    DZ_ASSERT(from_hex(to_hex(bytes)) == original);
    return 0;
}
