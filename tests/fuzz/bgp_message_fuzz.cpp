// links: dz::bgp
// bgp_message_fuzz.cpp: any body of any type is a message or a NOTIFICATION; a message that decodes is the
// same after its own wire form, which is no longer than what a message may be.
#include <cstdint>

#include "protocols/bgp/message.hpp"

namespace {

using namespace dz;
using namespace dz::bgp;

/// What is remembered of an arrival but not sent.
void forget_findings(Message& message) {
    if (auto* update = std::get_if<Update>(&message)) update->findings.clear();
}

/// An UPDATE of nothing but attributes has no wire form of its own: it would be the end-of-RIB mark.
bool says_nothing(const Message& message) {
    const auto* update = std::get_if<Update>(&message);
    return update != nullptr && update->withdrawn.empty() && !update->attributes && !update->end_of_rib;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size - 1 > kMaxMessage - kHeaderSize) return 0;
    const auto type = static_cast<MessageType>(data[0] & 0x7F);
    const bool external = (data[0] & 0x80) != 0;
    auto message = decode(type, {data + 1, size - 1}, external);
    if (!message) {
        DZ_ASSERT(!to_string(message.error()).empty());
        DZ_ASSERT(encode(message.error()).size() <= kMaxMessage);
        return 0;
    }
    DZ_ASSERT(type_of(*message) == type);
    forget_findings(*message);
    if (says_nothing(*message)) return 0;
    const Bytes bytes = encode(*message);
    auto again = decode(type, ByteView(bytes).subspan(kHeaderSize), external);
    DZ_ASSERT(again.has_value());
    DZ_ASSERT(*again == *message);
    return 0;
}
