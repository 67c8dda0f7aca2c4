// links: dz::base
// ip_fuzz.cpp: an address or prefix that parses is written back as the same text.
#include <cstdint>

#include "base/bytes.hpp"
#include "base/ip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = dz::as_text({data, size});
    if (const auto address = dz::parse_ipv4(text)) DZ_ASSERT(address->to_string() == text);
    if (const auto prefix = dz::parse_prefix(text)) {
        DZ_ASSERT(prefix->to_string() == text);
        DZ_ASSERT(prefix->contains(prefix->address));
        DZ_ASSERT(prefix->network().contains(*prefix));
        DZ_ASSERT(prefix->first() <= prefix->address && prefix->address <= prefix->last());
    }
    return 0;
}
