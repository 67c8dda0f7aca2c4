// links: dz::bgp
// route_filter_fuzz.cpp: any text is a filter or an error; an entry of a filter decides about its own prefix.
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "protocols/bgp/filter.hpp"

namespace {

using namespace dz;
using namespace dz::bgp;

/// IPv6 entries parse as neither and are ignored, as the filter ignores them.
Result<Prefix> entry(const std::string& text) {
    if (const auto address = parse_ipv4(text)) return host_prefix(*address);
    TRY(const Prefix prefix, parse_prefix(text));
    return prefix.network();
}

void check_list(const RouteFilter& filter, const json::Value& document, const std::string& key,
                bool excludes) {
    if (!document.contains(key)) return;
    for (const json::Value& element : document.at(key)) {
        const auto prefix = entry(element.get<std::string>());
        if (prefix) DZ_ASSERT(filter.excludes(*prefix) == excludes);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    const auto filter = RouteFilter::parse(text);
    if (!filter) {
        DZ_ASSERT(!filter.error().text.empty());
        return 0;
    }
    DZ_ASSERT(*filter == RouteFilter::parse(text));
    DZ_ASSERT(filter->size() <= 2 * kMaxFilterEntries);
    const auto document = json::parse(text, 4);
    DZ_ASSERT(document.has_value());
    check_list(*filter, *document, "exclude", true);
    check_list(*filter, *document, "include", false);
    return 0;
}
