// links: dz::netlink
// socket_diag_fuzz.cpp: datagrams of a sock_diag or address dump.
#include <algorithm>
#include <cstdint>

#include "netlink/socket_diag_messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dz;
    netlink::DumpReader reader(1, 0);
    std::size_t visited = 0;
    const auto progress = reader.feed({data, size}, [&](ByteView body) -> Result<> {
        visited += netlink::MessageHeader::kSize + body.size();
        const auto session = netlink::decode_tcp_session(body);
        DZ_ASSERT(body.size() >= 72 || !session);
        const auto address = netlink::decode_link_address(body);
        DZ_ASSERT(!address || !*address || (*address)->length <= 32);
        return {};
    });
    DZ_ASSERT(visited <= size);
    DZ_ASSERT(!progress || *progress != netlink::DumpReader::Progress::More || visited <= size);
    return 0;
}
