// links: dz::latency
// What arrives at an ICMP socket: any packet is a reply or an error, and a reply is nothing but its fields.
#include "protocols/latency/echo.hpp"

namespace {

using namespace dz;
using namespace dz::latency;

void check(ByteView message) {
    const auto echo = decode_reply(message);
    if (!echo) return;
    DZ_ASSERT(internet_checksum(message) == 0);
    DZ_ASSERT(message.size() >= 16);
    // The same fields as a request make a reply that decodes to them.
    Bytes reply = encode_request(*echo);
    reply[0] = 0;
    reply[2] = reply[3] = 0;
    const std::uint16_t sum = internet_checksum(reply);
    reply[2] = static_cast<std::uint8_t>(sum >> 8);
    reply[3] = static_cast<std::uint8_t>(sum & 0xFF);
    DZ_ASSERT(decode_reply(reply) == *echo);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView packet(data, size);
    check(packet);  // as a ping socket delivers it
    if (const auto carried = unwrap(packet)) {
        DZ_ASSERT(carried->message.size() <= packet.size());
        check(carried->message);
    }
    return 0;
}
