#include "cli/resource_text.hpp"

#include <algorithm>

#include "base/ip.hpp"

namespace dz::cli {

bool gives_addresses(ledger::ResourceKind kind) {
    using enum ledger::ResourceKind;
    switch (kind) {
        case DeviceTunnelBlock:
        case UserTunnelBlock:
        case MulticastGroupBlock:
        case MulticastPublisherBlock:
        case DzPrefixBlock:
            return true;
        case TunnelIds:
        case LinkIds:
        case SegmentRoutingIds:
        case VrfIds:
        case AdminGroupBits:
            return false;
    }
    return false;
}

std::vector<std::string> allocated_texts(const ledger::ResourceExtension& allocator) {
    const auto* const addresses = std::get_if<ledger::IpRange>(&allocator.range);
    const auto* const numbers = std::get_if<ledger::IdRange>(&allocator.range);
    // A range may be larger than its bitmap; only bits that are there can be set.
    const std::uint64_t end = std::min<std::uint64_t>(allocator.capacity(), allocator.bitmap.size() * 8);
    std::vector<std::string> out;
    for (std::uint64_t element = 0; element < end; ++element) {
        if (!allocator.is_allocated(element)) continue;
        if (addresses != nullptr)
            out.push_back(plus(addresses->base_net.first(), static_cast<std::uint32_t>(element)).to_string());
        if (numbers != nullptr) out.push_back(std::to_string(numbers->range_start + element));
    }
    return out;
}

}  // namespace dz::cli
