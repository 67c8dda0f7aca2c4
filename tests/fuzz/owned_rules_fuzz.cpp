// links: dz::reconciler
// owned_rules_fuzz.cpp: any text is a record of our rules or an error, and a record is the same after its own
// written form.
#include <cstdint>

#include "base/bytes.hpp"
#include "reconciler/owned.hpp"

using namespace dz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto rules = reconciler::parse_owned(as_text({data, size}));
    if (!rules) {
        DZ_ASSERT(!rules.error().text.empty());
        return 0;
    }
    for (const auto& rule : *rules) DZ_ASSERT(reconciler::is_our_rule(rule));
    DZ_ASSERT(reconciler::parse_owned(reconciler::encode_owned(*rules)) == rules);
    return 0;
}
