// links: dz::wallet
// wallet_base58check_fuzz.cpp: texts with a checksum, and Dash and Solana addresses among them: what is read
// is written again as the same text.
#include <cstdint>

#include "wallet/address.hpp"
#include "wallet/base58check.hpp"

using namespace dz;
using namespace dz::wallet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const std::string_view text = as_text(bytes);
    if (const auto payload = from_base58check(text)) DZ_ASSERT(to_base58check(*payload) == text);
    for (const Network network : {Network::Mainnet, Network::Testnet}) {
        if (const auto address = parse_dash(text, network)) DZ_ASSERT(to_dash(*address, network) == text);
    }
    if (const auto key = parse_solana(text)) DZ_ASSERT(key->to_string() == text);
    if (const auto address = address_in_script(bytes)) {
        const Bytes script = script_of(*address);
        DZ_ASSERT(Bytes(bytes.begin(), bytes.end()) == script);
    }
    if (size <= 100) {
        const auto again = from_base58check(to_base58check(bytes));
        DZ_ASSERT(again && *again == Bytes(bytes.begin(), bytes.end()));
    }
    return 0;
}
