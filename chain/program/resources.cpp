#include "chain/program/resources.hpp"

#include "ledger/limits.hpp"

namespace dz::program {

using ledger::IdRange;
using ledger::IpRange;
using ledger::ProgramError;
using ledger::ResourceKind;

Expected<ResourceRange> range_of(const ledger::Resource& resource, const ledger::GlobalConfig& config,
                                 const ledger::Device* device) {
    switch (resource.kind) {
        case ResourceKind::DeviceTunnelBlock:
            return IpRange{config.device_tunnel_block, 0};
        case ResourceKind::UserTunnelBlock:
            return IpRange{config.user_tunnel_block, 0};
        case ResourceKind::MulticastGroupBlock:
            return IpRange{config.multicastgroup_block, 0};
        case ResourceKind::MulticastPublisherBlock:
            return IpRange{config.multicast_publisher_block, 0};
        case ResourceKind::DzPrefixBlock:
            if (device == nullptr || resource.index >= device->dz_prefixes.size()) break;
            return IpRange{device->dz_prefixes[resource.index], 0};
        case ResourceKind::TunnelIds:
            return IdRange{ledger::kFirstUserTunnelId, ledger::kEndUserTunnelId, 0};
        case ResourceKind::LinkIds:
            return IdRange{0, 65535, 0};
        case ResourceKind::SegmentRoutingIds:
            return IdRange{1, 65535, 0};
        case ResourceKind::VrfIds:
            return IdRange{1, 1024, 0};
        case ResourceKind::AdminGroupBits:
            return IdRange{1, 127, 0};
    }
    return reject(ProgramError::InvalidArgument, "no such allocator");
}

Expected<Allocator> open_allocator(Invocation& in, const AccountRef& account, const PublicKey& address,
                                   std::string_view what) {
    TRY_OK(Invocation::expect_key(account, address, what));
    TRY_OK(in.expect_ours(account, what));
    if (!account.writable) return panic(std::string(what) + ": read only");
    return Allocator::open(account.cell->change().data);
}

Outcome create_resource(Invocation& in, const AccountRef& account, const ledger::Resource& resource,
                        const ResourceRange& range) {
    const ledger::Address address = in.addresses().resource(resource);
    TRY_OK(Invocation::expect_key(account, address, "resource"));
    const PublicKey associated = resource.per_device() ? resource.device : PublicKey{};
    TRY(Bytes data, Allocator::make(in.payer().key(), address.bump, associated, range));
    if (resource.kind == ResourceKind::DzPrefixBlock) {
        // The device itself uses the first address of each of its prefixes.
        TRY(Allocator allocator, Allocator::open(data));
        TRY_OK(allocator.take_address());
    }
    if (account.is_empty()) return in.create_bytes(account, std::move(data));
    TRY_OK(in.expect_ours(account, "resource"));
    return in.write_bytes(account, std::move(data));
}

Outcome read_user_resources(Invocation& in, bool with_publisher_block, std::size_t prefix_count,
                            UserResources& resources) {
    TRY_OK(in.read(resources.tunnel_block));
    if (with_publisher_block) TRY_OK(in.read(resources.publisher_block.emplace()));
    TRY_OK(in.read(resources.tunnel_ids));
    return in.read_list(prefix_count, resources.prefixes);
}

Expected<UserAllocators> UserAllocators::open(Invocation& in, const UserResources& resources,
                                              const PublicKey& device) {
    const Deployment& deployment = in.deployment();
    TRY(const Allocator block,
        open_allocator(in, resources.tunnel_block, deployment.user_tunnel_block, "user tunnel block"));
    TRY(const Allocator ids,
        open_allocator(in, resources.tunnel_ids,
                       in.addresses().tunnel_ids(device, in.known_address(resources.tunnel_ids)),
                       "tunnel ids"));
    UserAllocators opened(block, ids);
    if (resources.publisher_block) {
        TRY(opened.publisher_block, open_allocator(in, *resources.publisher_block,
                                                   deployment.multicast_publisher_block, "publisher block"));
    }
    for (std::size_t i = 0; i < resources.prefixes.size(); ++i) {
        TRY(const Allocator prefix,
            open_allocator(in, resources.prefixes[i],
                           in.addresses().dz_prefix_block(device, i, in.known_address(resources.prefixes[i])),
                           "prefix block"));
        opened.prefixes.push_back(prefix);
    }
    return opened;
}

Expected<Ipv4> UserAllocators::take_publisher_address() {
    if (!publisher_block) return reject(ProgramError::InvalidArgument, "no publisher block");
    return publisher_block->take_address();
}

Expected<Ipv4> UserAllocators::take_prefix_address() {
    for (Allocator& prefix : prefixes) {
        if (auto address = prefix.take_address()) return address;
    }
    return reject(ProgramError::AllocationFailed, "the device's prefixes are full");
}

Outcome UserAllocators::take_missing(ledger::User& user) {
    if (user.tunnel_net == Prefix{}) {
        TRY(user.tunnel_net, tunnel_block.take_addresses(2));
    }
    if (user.tunnel_id == 0) {
        TRY(user.tunnel_id, tunnel_ids.take_id());
    }
    const bool own_address = user.dz_ip.is_unspecified() || user.dz_ip == user.client_ip;
    switch (user.user_type) {
        case ledger::UserType::IbrlWithAllocatedIp:
        case ledger::UserType::EdgeFiltering:
            if (user.dz_ip.is_unspecified()) {
                TRY(user.dz_ip, take_prefix_address());
            }
            break;
        case ledger::UserType::Multicast:
            if (!user.publishers.empty() && own_address) {
                TRY(user.dz_ip, take_publisher_address());
                break;
            }
            [[fallthrough]];
        default:
            if (user.dz_ip.is_unspecified()) user.dz_ip = user.client_ip;
    }
    return {};
}

void UserAllocators::give_back_dz_ip(const ledger::User& user) {
    if (user.dz_ip.is_unspecified() || user.dz_ip == user.client_ip) return;
    const Prefix address = host_prefix(user.dz_ip);
    if (publisher_block && publisher_block->give_back(address)) return;
    for (Allocator& prefix : prefixes) {
        if (prefix.give_back(address)) return;
    }
}

void UserAllocators::give_back(const ledger::User& user) {
    tunnel_block.give_back(user.tunnel_net);
    tunnel_ids.give_back(user.tunnel_id);
    give_back_dz_ip(user);
}

}  // namespace dz::program
