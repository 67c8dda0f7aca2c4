// links: dz::daemon_api
// event_stream_fuzz.cpp: any bytes are messages or an error, and the same ones however they are cut.
#include <cstdint>
#include <utility>

#include "base/bytes.hpp"
#include "daemon/api/event_stream.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dz;
    using namespace dz::daemon;
    const std::string_view text = as_text({data, size});
    api::EventStreamReader whole, bytewise;
    const auto expected = whole.feed(text);
    if (!expected) return 0;
    std::vector<api::Message> got;
    for (const char byte : text) {
        auto some = bytewise.feed({&byte, 1});
        DZ_ASSERT(some.has_value());
        for (api::Message& message : *some) got.push_back(std::move(message));
    }
    DZ_ASSERT(got == *expected);
    for (const api::Message& message : got) {
        api::EventStreamReader again;
        DZ_ASSERT(again.feed(api::to_text(message)) == std::vector<api::Message>{message});
    }
    return 0;
}
