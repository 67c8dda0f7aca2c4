// links: dz::daemon_api
// Bodies of the daemon's API: any text is a value or an error, and what was read survives writing and
// reading.
#include "base/bytes.hpp"
#include "base/json.hpp"
#include "daemon/api/latency.hpp"
#include "daemon/api/messages.hpp"
#include "daemon/api/status.hpp"

namespace {

using namespace dz;
namespace api = dz::daemon::api;

template <class Read>
void check(const json::Value& value, Read read) {
    const auto first = read(value);
    if (!first) return;
    const auto text = json::parse(json::dump(api::to_json(*first)));
    DZ_ASSERT(text.has_value());
    const auto second = read(*text);
    DZ_ASSERT(second.has_value() && *second == *first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto value = json::parse(as_text({data, size}));
    if (!value) return 0;
    check(*value, api::status_v2_from_json);
    check(*value, api::config_from_json);
    check(*value, api::routes_from_json);
    check(*value, api::latencies_from_json);
    // The empty list is written as one row that says so.
    if (const auto services = api::service_statuses_from_json(*value); services && !services->empty())
        check(*value, api::service_statuses_from_json);
    (void)api::description_of_error(*value);
    return 0;
}
