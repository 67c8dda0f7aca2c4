// reconciler/services.cpp: which services the ledger wants for this host, and why one cannot be built.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/enum_text.hpp"
#include "reconciler/desired.hpp"

namespace dz::reconciler {

namespace {

using ledger::User;
using ledger::UserStatus;
using ledger::UserType;
using netlink::Scope;

constexpr std::uint32_t kDefaultLocalAsn = 65000, kDefaultRemoteAsn = 65001;

Asn or_default(Asn asn, std::uint32_t fallback) {
    return asn.value == 0 ? Asn{fallback} : asn;
}

bool is_known(UserType type) {
    return type <= UserType::Multicast;
}

void block(Service& service, ProblemCode code, std::string text, std::string remedy) {
    service.problems.push_back(
        {.code = code, .text = std::move(text), .remedy = std::move(remedy), .blocking = true});
}

void note(Service& service, ProblemCode code, std::string text, std::string remedy) {
    service.problems.push_back(
        {.code = code, .text = std::move(text), .remedy = std::move(remedy), .blocking = false});
}

/// One user of ours, in terms of this host.
class ServiceBuilder {
  public:
    ServiceBuilder(const Inputs& inputs, const ledger::Entry<User>& user)
        : inputs_(inputs), snapshot_(*inputs.snapshot), key_(user.key), user_(user.value) {}

    Service build() {
        service_.user = key_;
        service_.device = user_.device_pk;
        service_.user_type = user_.user_type;
        if (const auto* tenant = snapshot_.tenant(user_.tenant_pk)) service_.tenant = tenant->code;
        set_asns();
        set_endpoints();
        set_overlay();
        set_dz_ip();
        if (service_.kind() == ServiceClass::Multicast) set_groups();
        check_host();
        if (service_.user_type == UserType::EdgeFiltering && !inputs_.catalogue) {
            block(service_, ProblemCode::NoCatalogue, "the prefixes of all devices are not known yet", "");
        }
        return std::move(service_);
    }

  private:
    std::string user_text() const { return fmt::format("user {}", key_.to_string()); }

    void set_asns() {
        const auto& config = *snapshot_.global_config();
        service_.local_asn = or_default(config.local_asn, kDefaultLocalAsn);
        service_.remote_asn = or_default(config.remote_asn, kDefaultRemoteAsn);
    }

    void set_endpoints() {
        const auto* device = snapshot_.device(user_.device_pk);
        if (!device) {
            block(service_, ProblemCode::DeviceUnknown,
                  fmt::format("{} is on device {}, which the ledger does not have", user_text(),
                              user_.device_pk.to_string()),
                  "disconnect and connect again");
            return;
        }
        service_.device_code = device->code;
        if (const auto* exchange = snapshot_.exchange(device->exchange_pk)) service_.metro = exchange->name;
        service_.tunnel_dst =
            user_.tunnel_endpoint.is_unspecified() ? device->public_ip : user_.tunnel_endpoint;
        if (service_.tunnel_dst.is_unspecified()) {
            block(service_, ProblemCode::NoTunnelEndpoint,
                  fmt::format("neither {} nor device {} has a tunnel endpoint", user_text(), device->code),
                  "connect to another device");
            return;
        }
        service_.tunnel_src = tunnel_source();
        service_.mtu = mtu();
    }

    Ipv4 tunnel_source() const {
        const Ipv4 client_ip = *inputs_.facts.client_ip.address;
        const bool from_client_ip =
            user_.user_type == UserType::Ibrl || user_.user_type == UserType::EdgeFiltering;
        return from_client_ip ? client_ip : inputs_.facts.source_for(service_.tunnel_dst).value_or(client_ip);
    }

    /// Without a path nothing is known of its width: the tunnel that is there stays as it is.
    std::uint32_t mtu() const {
        if (!inputs_.facts.path_to(service_.tunnel_dst)) {
            for (const auto& tunnel : inputs_.actual->tunnels) {
                if (tunnel.name == service_.link() && tunnel.remote == service_.tunnel_dst) return tunnel.mtu;
            }
        }
        return inputs_.facts.tunnel_mtu(service_.tunnel_dst);
    }

    /// The even address of the /31 is the device's, the odd one ours.
    void set_overlay() {
        if (user_.tunnel_net.length != 31) {
            block(service_, ProblemCode::BadTunnelNet,
                  fmt::format("{} has tunnel net {}, which is not a /31", user_text(), user_.tunnel_net),
                  "disconnect and connect again");
            return;
        }
        service_.tunnel_net = user_.tunnel_net.network();
        service_.peer = service_.tunnel_net.address;
        service_.overlay = plus(service_.peer, 1);
    }

    void set_dz_ip() {
        const bool only_receives = user_.user_type == UserType::Multicast && user_.publishers.empty();
        if (only_receives) return;
        if (user_.dz_ip.is_unspecified()) {
            block(service_, ProblemCode::BadDzIp, fmt::format("{} has no DoubleZero address", user_text()),
                  "disconnect and connect again");
            return;
        }
        service_.dz_ip = user_.dz_ip;
    }

    void set_groups() {
        for (const auto& key : user_.publishers) add_group(key).publisher = true;
        for (const auto& key : user_.subscribers) add_group(key).subscriber = true;
        // Groups that the ledger's answer lacks are dropped, as the reference does.
        std::erase_if(service_.groups, [](const Group& group) { return !group.address.is_multicast(); });
        if (service_.groups.empty()) {
            note(service_, ProblemCode::NoGroups, fmt::format("{} is in no multicast group", user_text()),
                 "subscribe to a group or publish to one");
        }
        note(service_, ProblemCode::MulticastIncomplete,
             "this build has no PIM, heartbeat and Register: the tunnel comes up, but no multicast flows",
             "");
    }

    Group& add_group(const ledger::PublicKey& key) {
        const auto at = std::ranges::find(service_.groups, key, &Group::key);
        if (at != service_.groups.end()) return *at;
        Group group{.key = key, .code = "", .address = {}};
        if (const auto* account = snapshot_.multicast_group(key)) {
            group.code = account->code;
            group.address = account->multicast_ip;
            group.max_bandwidth = account->max_bandwidth;
        }
        return service_.groups.emplace_back(std::move(group));
    }

    /// What shows the box in front: " (its packets leave from 10.0.0.5)".
    std::string inner_text() const {
        const auto& inner = inputs_.facts.client_ip.inner;
        return inner ? fmt::format(" (its packets leave from {})", *inner) : std::string();
    }

    void check_host() {
        const auto& facts = inputs_.facts;
        const bool from_client_ip =
            user_.user_type == UserType::Ibrl || user_.user_type == UserType::EdgeFiltering;
        if (from_client_ip && facts.behind_nat()) {
            block(service_, ProblemCode::BehindNat,
                  fmt::format("{} is not an address of this machine{}, so a tunnel cannot start from it",
                              *facts.client_ip.address, inner_text()),
                  "behind NAT connect with an allocated address: doublezero connect ibrl --allocate-addr");
        }
        if (std::ranges::find(inputs_.taken_names, service_.link()) != inputs_.taken_names.end()) {
            block(service_, ProblemCode::NameTaken,
                  fmt::format("a link that is no GRE tunnel has the name {}", service_.link()),
                  fmt::format("rename or remove it: ip link set {} name other", service_.link()));
        }
    }

    const Inputs& inputs_;
    const ledger::Snapshot& snapshot_;
    const ledger::PublicKey& key_;
    const User& user_;
    Service service_;
};

bool runs_between(const State& state, std::string_view link, Ipv4 local, Ipv4 remote) {
    return std::ranges::any_of(state.tunnels, [&](const auto& tunnel) {
        return tunnel.name == link && tunnel.local == local && tunnel.remote == remote;
    });
}

/// GRE without keys: the kernel tells tunnels apart by their two ends only. Who has them keeps them.
void check_endpoints(std::vector<Service>& services, const State& actual) {
    if (services.size() < 2) return;
    auto& first = services.front();
    auto& second = services.back();
    const auto src = first.tunnel_src, dst = first.tunnel_dst;
    if (first.blocked() || second.blocked() || src != second.tunnel_src || dst != second.tunnel_dst) return;
    const bool second_has_them = runs_between(actual, second.link(), src, dst);
    block(second_has_them ? first : second, ProblemCode::EndpointsTaken,
          fmt::format("{} and {} would both go from {} to {}, and two tunnels cannot share both ends",
                      first.link(), second.link(), src, dst),
          "connect one of them to another device or endpoint");
}

/// Whether the tunnel that is there is this user's: a second account must not cost the first its tunnel.
bool has_tunnel(const User& user, const Inputs& inputs) {
    const netlink::LinkAddress overlay{.link = std::string(link_of(class_of(user.user_type))),
                                       .prefix = {plus(user.tunnel_net.first(), 1), 31},
                                       .scope = Scope::Link};
    return std::ranges::find(inputs.actual->addresses, overlay) != inputs.actual->addresses.end();
}

}  // namespace

std::string_view to_string(ServiceClass kind) {
    return kind == ServiceClass::Unicast ? "unicast" : "multicast";
}

ServiceClass class_of(UserType type) {
    return type == UserType::Multicast ? ServiceClass::Multicast : ServiceClass::Unicast;
}

std::string_view link_of(ServiceClass kind) {
    return kind == ServiceClass::Unicast ? kUnicastLink : kMulticastLink;
}

bool Service::blocked() const {
    return std::ranges::any_of(problems, &Problem::blocking);
}

std::uint32_t Service::route_table() const {
    return user_type == UserType::EdgeFiltering ? kEdgeToTable : netlink::kTableMain;
}

std::vector<Service> wanted_services(const Inputs& inputs, std::vector<Problem>& problems) {
    std::array<const ledger::Entry<User>*, 2> chosen{};
    for (const auto* user : inputs.snapshot->users_of(*inputs.facts.client_ip.address)) {
        const auto& value = user->value;
        const auto key = user->key.to_string();
        if (!is_known(value.user_type)) {
            problems.push_back({.code = ProblemCode::UserTypeUnknown,
                                .text = fmt::format("user {} is of type {}, unknown to this release", key,
                                                    static_cast<unsigned>(value.user_type)),
                                .remedy = "upgrade doublezero"});
            continue;
        }
        if (value.status != UserStatus::Activated) {
            problems.push_back({.code = ProblemCode::UserNotActivated,
                                .text = fmt::format("user {} is {}, so it gets no tunnel", key,
                                                    ledger::to_text(value.status)),
                                .remedy = "see doublezero user list"});
            continue;
        }
        auto& first = chosen.at(static_cast<std::size_t>(class_of(value.user_type)));
        if (!first) {
            first = user;
            continue;
        }
        const auto* other = user;
        if (has_tunnel(other->value, inputs) && !has_tunnel(first->value, inputs)) std::swap(first, other);
        problems.push_back({.code = ProblemCode::SeveralUsers,
                            .text = fmt::format("users {} and {} both want the {} tunnel; the first has it",
                                                first->key.to_string(), other->key.to_string(),
                                                to_string(class_of(value.user_type))),
                            .remedy = "delete one of them: doublezero user delete"});
    }
    std::vector<Service> services;
    for (const auto* user : chosen) {
        if (user) services.push_back(ServiceBuilder(inputs, *user).build());
    }
    check_endpoints(services, *inputs.actual);
    return services;
}

std::vector<Ipv4> destinations(const ledger::Snapshot& snapshot, Ipv4 client_ip) {
    std::vector<Ipv4> result;
    for (const auto* user : snapshot.users_of(client_ip)) {
        const auto* device = snapshot.device(user->value.device_pk);
        Ipv4 destination = user->value.tunnel_endpoint;
        if (destination.is_unspecified() && device) destination = device->public_ip;
        if (!destination.is_unspecified()) result.push_back(destination);
    }
    return result;
}

}  // namespace dz::reconciler
