// links: dz::wallet
// wallet_mnemonic_fuzz.cpp: any text is a mnemonic or an error, and a mnemonic's own text reads back. Any
// bytes of a good length become words.
#include <cstdint>

#include "wallet/mnemonic.hpp"

using namespace dz;
using namespace dz::wallet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    if (const auto words = Mnemonic::parse(as_text(bytes))) {
        const auto again = Mnemonic::parse(words->text());
        DZ_ASSERT(again && again->text() == words->text());
    }
    if (const auto words = Mnemonic::from_entropy(bytes))
        DZ_ASSERT(Mnemonic::parse(words->text()).has_value());
    return 0;
}
