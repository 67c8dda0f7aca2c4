// links: dz::wallet
// wallet_extended_key_fuzz.cpp: any text is an extended key or an error, and a key writes the text it was
// read from. The same for any bytes with a right checksum.
#include <cstdint>

#include "wallet/base58check.hpp"
#include "wallet/extended_key.hpp"

using namespace dz;
using namespace dz::wallet;

namespace {

void check(std::string_view text) {
    const auto parsed = parse_extended_key(text);
    if (!parsed) return;
    const Network network = parsed->mainnet ? Network::Mainnet : Network::Testnet;
    if (const auto* const open = std::get_if<ExtendedPublicKey>(&parsed->key))
        DZ_ASSERT(open->to_text(network) == text);
    else
        DZ_ASSERT(std::get<ExtendedPrivateKey>(parsed->key).to_text(network).text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    check(as_text(bytes));
    if (size <= 128) check(to_base58check(bytes));
    return 0;
}
