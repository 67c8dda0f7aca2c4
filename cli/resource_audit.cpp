#include "cli/resource_audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace dz::cli {

namespace {

using ledger::Resource;
using ledger::ResourceExtension;
using ledger::ResourceKind;

/// One allocator, and who holds each of its elements.
class Book {
  public:
    Book(Resource resource, const ResourceExtension& allocator)
        : resource_(resource),
          allocator_(&allocator),
          end_(std::min<std::uint64_t>(allocator.capacity(), allocator.bitmap.size() * 8)) {}

    /// False, and nothing is noted, for what lies outside: nobody took that from here.
    bool hold(const Prefix& prefix, const std::string& holder) {
        const auto* const range = std::get_if<ledger::IpRange>(&allocator_->range);
        if (range == nullptr || !range->base_net.contains(prefix.first())) return false;
        const std::uint64_t first = prefix.first().to_uint() - range->base_net.first().to_uint();
        const std::uint64_t count = std::uint64_t{1} << (32U - prefix.length);
        if (first + count > end_) return false;
        for (std::uint64_t i = 0; i < count; ++i) holders_[first + i].push_back(holder);
        return true;
    }
    void hold(std::uint16_t number, const std::string& holder) {
        const auto* const range = std::get_if<ledger::IdRange>(&allocator_->range);
        if (range == nullptr || number < range->range_start) return;
        const std::uint64_t element = std::uint64_t{number} - range->range_start;
        if (element < end_) holders_[element].push_back(holder);
    }

    void findings(std::vector<Finding>& out) const {
        for (std::uint64_t element = 0; element < end_; ++element) {
            const auto held = holders_.find(element);
            const bool taken = allocator_->is_allocated(element);
            if (held == holders_.end()) {
                if (taken) out.push_back({resource_, value_of(element), Disagreement::NotHeld, {}});
                continue;
            }
            if (!taken) out.push_back({resource_, value_of(element), Disagreement::NotTaken, held->second});
            if (held->second.size() > 1)
                out.push_back({resource_, value_of(element), Disagreement::Shared, held->second});
        }
    }

  private:
    ledger::IpOrId value_of(std::uint64_t element) const {
        if (const auto* const range = std::get_if<ledger::IpRange>(&allocator_->range))
            return host_prefix(plus(range->base_net.first(), static_cast<std::uint32_t>(element)));
        const auto& range = std::get<ledger::IdRange>(allocator_->range);
        return static_cast<std::uint16_t>(range.range_start + element);
    }

    Resource resource_;
    const ResourceExtension* allocator_;
    std::uint64_t end_;  ///< a range may be larger than its bitmap; only bits that are there count
    std::map<std::uint64_t, std::vector<std::string>> holders_;
};

/// The books of a network's allocators.
class Books {
  public:
    Books(const ledger::Snapshot& all, const ledger::Addresses& addresses)
        : all_(all), addresses_(addresses) {}

    Book* of(const Resource& resource) {
        const ledger::PublicKey key = addresses_.resource(resource);
        const auto known = books_.find(key);
        if (known != books_.end()) return &known->second;
        const ResourceExtension* const allocator = all_.resources().find(key);
        if (allocator == nullptr) return nullptr;
        order_.push_back(key);
        return &books_.try_emplace(key, resource, *allocator).first->second;
    }
    bool hold(const Resource& resource, const Prefix& prefix, const std::string& holder) {
        Book* const book = of(resource);
        return book != nullptr && book->hold(prefix, holder);
    }
    void hold(const Resource& resource, std::uint16_t number, const std::string& holder) {
        if (Book* const book = of(resource)) book->hold(number, holder);
    }

    std::vector<Finding> findings() const {
        std::vector<Finding> out;
        for (const auto& key : order_) books_.at(key).findings(out);
        return out;
    }

  private:
    const ledger::Snapshot& all_;
    const ledger::Addresses& addresses_;
    std::map<ledger::PublicKey, Book> books_;
    std::vector<ledger::PublicKey> order_;
};

Resource network_wide(ResourceKind kind) {
    return {.kind = kind, .device = {}, .index = 0};
}

void add_device(Books& books, const ledger::Entry<ledger::Device>& device) {
    using enum ResourceKind;
    const std::string name = fmt::format("device {}", device.value.code);
    books.of({.kind = TunnelIds, .device = device.key, .index = 0});
    for (std::size_t i = 0; i < device.value.dz_prefixes.size(); ++i) {
        // A device uses the first address of each of its prefixes itself.
        books.hold({.kind = DzPrefixBlock, .device = device.key, .index = i},
                   host_prefix(device.value.dz_prefixes[i].first()), name);
    }
    for (const auto& interface : device.value.interfaces) {
        if (interface.interface_type != ledger::InterfaceType::Loopback) continue;
        const std::string loopback = fmt::format("{} {}", name, interface.name);
        books.hold(network_wide(DeviceTunnelBlock), interface.ip_net, loopback);
        const auto segments = network_wide(SegmentRoutingIds);
        if (interface.node_segment_idx != 0) books.hold(segments, interface.node_segment_idx, loopback);
        for (const auto& segment : interface.flex_algo_node_segments)
            books.hold(segments, segment.node_segment_idx, loopback);
    }
}

void add_user(Books& books, const ledger::Entry<ledger::User>& entry, const ledger::Snapshot& all) {
    using enum ResourceKind;
    const ledger::User& user = entry.value;
    const std::string name = fmt::format("user {}", entry.key.to_string());
    if (user.tunnel_net != Prefix{}) books.hold(network_wide(UserTunnelBlock), user.tunnel_net, name);
    if (user.tunnel_id != 0)
        books.hold({.kind = TunnelIds, .device = user.device_pk, .index = 0}, user.tunnel_id, name);
    if (user.dz_ip.is_unspecified() || user.dz_ip == user.client_ip) return;
    const Prefix address = host_prefix(user.dz_ip);
    if (books.hold(network_wide(MulticastPublisherBlock), address, name)) return;
    const ledger::Device* const device = all.device(user.device_pk);
    const std::size_t prefixes = device == nullptr ? 0 : device->dz_prefixes.size();
    for (std::size_t i = 0; i < prefixes; ++i) {
        if (books.hold({.kind = DzPrefixBlock, .device = user.device_pk, .index = i}, address, name)) return;
    }
}

}  // namespace

std::vector<Finding> audit_resources(const ledger::Snapshot& all, const ledger::Addresses& addresses) {
    using enum ResourceKind;
    Books books(all, addresses);
    for (const auto kind : {DeviceTunnelBlock, UserTunnelBlock, MulticastGroupBlock, MulticastPublisherBlock,
                            LinkIds, SegmentRoutingIds, VrfIds, AdminGroupBits})
        books.of(network_wide(kind));
    for (const auto& device : all.devices()) add_device(books, device);
    for (const auto& link : all.links()) {
        // A link has its numbers from when it is accepted on.
        if (link.value.tunnel_net == Prefix{}) continue;
        const std::string name = fmt::format("link {}", link.value.code);
        books.hold(network_wide(DeviceTunnelBlock), link.value.tunnel_net, name);
        books.hold(network_wide(LinkIds), link.value.tunnel_id, name);
    }
    for (const auto& user : all.users()) add_user(books, user, all);
    for (const auto& group : all.multicast_groups()) {
        books.hold(network_wide(MulticastGroupBlock), host_prefix(group.value.multicast_ip),
                   fmt::format("multicast group {}", group.value.code));
    }
    for (const auto& tenant : all.tenants())
        books.hold(network_wide(VrfIds), tenant.value.vrf_id, fmt::format("tenant {}", tenant.value.code));
    for (const auto& topology : all.topologies()) {
        books.hold(network_wide(AdminGroupBits), topology.value.admin_group_bit,
                   fmt::format("link topology {}", topology.value.name));
    }
    return books.findings();
}

}  // namespace dz::cli
