// links: dz::base
// json_fuzz.cpp: any text parses or is refused; what parses can be written and parsed again as the same
// value.
#include <cstdint>

#include "base/bytes.hpp"
#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto value = dz::json::parse(dz::as_text({data, size}));
    if (!value) return 0;
    const auto again = dz::json::parse(dz::json::dump(*value));
    DZ_ASSERT(again.has_value());
    // Not `*again == *value`: a number such as 1e-400 is read as zero, and -0.0 equals 0.0 but prints
    // otherwise.
    DZ_ASSERT(dz::json::dump(*again) == dz::json::dump(*value));
    static_cast<void>(dz::json::string(*value, "key"));
    static_cast<void>(dz::json::natural(*value, "key"));
    static_cast<void>(dz::json::integer_or(*value, "key", 0));
    return 0;
}
