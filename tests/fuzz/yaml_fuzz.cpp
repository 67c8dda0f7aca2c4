// links: dz::yaml
// yaml_fuzz.cpp: any text is a list of pairs or an error; keys are unique and stand in the order of the
// lines.
#include <algorithm>
#include <cstdint>
#include <set>

#include "base/bytes.hpp"
#include "base/yaml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dz;
    const auto pairs = yaml::parse(as_text({data, size}));
    if (!pairs) {
        DZ_ASSERT(!pairs.error().text.empty());
        return 0;
    }
    std::set<std::string> keys;
    for (const yaml::Pair& pair : *pairs) {
        DZ_ASSERT(pair.line >= 1);
        DZ_ASSERT(keys.insert(pair.key).second);
        DZ_ASSERT(pair.text.empty() || pair.kind == yaml::Pair::Kind::Text);
    }
    DZ_ASSERT(std::ranges::is_sorted(*pairs, {}, &yaml::Pair::line));
    return 0;
}
