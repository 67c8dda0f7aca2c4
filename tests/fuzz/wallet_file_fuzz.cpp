// links: dz::wallet
// wallet_file_fuzz.cpp: any text is a sealed wallet or an error, and a sealed wallet reads back from its
// text. It is not opened: that costs what its owner chose.
#include <cstdint>

#include "wallet/wallet_file.hpp"

using namespace dz;
using namespace dz::wallet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto wallet = parse_wallet(as_text({data, size}));
    if (!wallet) return 0;
    DZ_ASSERT(parse_wallet(to_text(*wallet)) == wallet);
    return 0;
}
