// links: dz::wallet
// wallet_bech32m_fuzz.cpp: what is read is written again as the same text, but for capitals. Bytes survive
// the way through five-bit words.
#include <cstdint>

#include "wallet/address.hpp"
#include "wallet/bech32m.hpp"

using namespace dz;
using namespace dz::wallet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const std::string_view text = as_text(bytes);
    if (const auto parts = parse_bech32m(text)) {
        const std::string again = encode(*parts);
        DZ_ASSERT(again.size() == text.size() && parse_bech32m(again) == parts);
        if (const auto unpacked = from_words(parts->words)) DZ_ASSERT(to_words(*unpacked) == parts->words);
    }
    for (const Network network : {Network::Mainnet, Network::Testnet}) {
        const auto address = parse_platform(text, network);
        if (address) DZ_ASSERT(parse_platform(to_platform(*address, network), network) == address);
    }
    DZ_ASSERT(from_words(to_words(bytes)) == Bytes(bytes.begin(), bytes.end()));
    return 0;
}
