// links: dz::oracle_api
// Bodies of the oracle's API, of clients and of the oracle: any text is a value or an error, and what was
// read survives writing and reading.
#include "base/bytes.hpp"
#include "services/oracle/api/messages.hpp"

namespace {

using namespace dz;
namespace api = dz::oracle::api;

template <class Read>
void check(const json::Value& value, Read read) {
    const auto first = read(value);
    if (!first) return;
    const auto again = json::parse(json::dump(to_json(*first)));
    DZ_ASSERT(again.has_value());
    const auto second = read(*again);
    DZ_ASSERT(second.has_value() && *second == *first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    if (const auto request = api::parse_request(text)) {
        const auto again = api::parse_request(json::dump(to_json(*request)));
        DZ_ASSERT(again.has_value() && *again == *request);
    }
    const auto value = json::parse(text);
    if (!value) return 0;
    check(*value, api::reservation_from_json);
    check(*value, api::settlement_from_json);
    check(*value, api::problem_from_json);
    return 0;
}
