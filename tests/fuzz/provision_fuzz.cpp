// links: dz::daemon
// provision_fuzz.cpp: any body of /provision is a service that can be built, or an error in the contract's
// words.
#include <cstdint>

#include "base/bytes.hpp"
#include "daemon/legacy_api.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dz;
    const auto service = daemon::parse_provision(as_text({data, size}));
    if (!service) {
        const std::string& text = service.error().text;
        DZ_ASSERT(text.starts_with("malformed ") || text.starts_with("invalid request: "));
        return 0;
    }
    DZ_ASSERT(!service->blocked());
    DZ_ASSERT(service->tunnel_net.length == 31 && service->tunnel_net.contains(service->overlay));
    DZ_ASSERT(service->overlay != service->peer);
    DZ_ASSERT(service->local_asn.value != 0 && service->remote_asn.value != 0);
    for (const auto& group : service->groups) DZ_ASSERT(group.publisher || group.subscriber);
    return 0;
}
