// links: dz::ledger
// ledger_key_file_fuzz.cpp: any text is a key or an error, and a key is written as a text that reads back.
#include <cstdint>

#include "ledger/keypair.hpp"

using namespace dz;
using namespace dz::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto keypair = parse_keypair(as_text({data, size}));
    if (!keypair) return 0;
    const auto again = parse_keypair(keypair->to_json());
    DZ_ASSERT(again && again->public_key() == keypair->public_key());
    return 0;
}
