// links: dz::fetcher
// last_good_fuzz.cpp: the file that keeps the last believed answer.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fetcher/last_good.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto last_good = dz::fetcher::decode_last_good(text);
    if (last_good) DZ_ASSERT(dz::fetcher::decode_last_good(dz::fetcher::encode(*last_good)) == last_good);
    return 0;
}
