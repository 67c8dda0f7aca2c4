// links: dz::ledger
// ledger_subscriptions_fuzz.cpp: whatever a server says over WebSocket, line by line, is a change, nothing,
// or an error.
#include <cstdint>

#include "ledger/subscriptions.hpp"

using namespace dz;
using namespace dz::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Subscriptions subscriptions(Commitment::Confirmed);
    PublicKey key;
    key.bytes.fill(7);
    subscriptions.want({AccountTopic{key}, ProgramTopic{key, {}}});
    std::string_view rest = as_text({data, size});
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        static_cast<void>(subscriptions.on(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        subscriptions.want({AccountTopic{key}});
    }
    DZ_ASSERT(subscriptions.size() <= 2);
    return 0;
}
