#include "reconciler/desired.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "ledger/enum_text.hpp"

namespace dz::reconciler {

namespace {

using ledger::User;
using ledger::UserStatus;
using ledger::UserType;
using netlink::LinkAddress;
using netlink::Protocol;
using netlink::Route;
using netlink::Rule;
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

/// GRE without keys: the kernel tells tunnels apart by their two ends only.
void check_endpoints(std::vector<Service>& services) {
    if (services.size() < 2) return;
    const auto& first = services.front();
    auto& second = services.back();
    if (first.blocked() || first.tunnel_src != second.tunnel_src || first.tunnel_dst != second.tunnel_dst)
        return;
    block(second, ProblemCode::EndpointsTaken,
          fmt::format("{} and {} would both go from {} to {}, and two tunnels cannot share both ends",
                      first.link(), second.link(), second.tunnel_src, second.tunnel_dst),
          "connect one of them to another device or endpoint");
}

/// Why nothing can be said about what is wanted; empty when something can.
std::optional<Problem> blindness(const Inputs& inputs) {
    if (!inputs.facts.client_ip.address) {
        return Problem{.code = ProblemCode::NoClientIp,
                       .text = fmt::format("the public address of this machine is not known: {}",
                                           inputs.facts.client_ip.reason),
                       .remedy = "wait for the network, or give the address with -client-ip",
                       .blocking = true};
    }
    if (!inputs.snapshot) {
        return Problem{.code = ProblemCode::NoLedgerData,
                       .text = "the ledger has not been read yet",
                       .remedy = "",
                       .blocking = true};
    }
    if (!inputs.snapshot->global_config()) {
        return Problem{.code = ProblemCode::NoGlobalConfig,
                       .text = "the ledger has no global configuration",
                       .remedy = "check -program-id and -solana-rpc-endpoint",
                       .blocking = true};
    }
    return std::nullopt;
}

bool has_address(const State& state, std::string_view link, Ipv4 address) {
    return std::ranges::any_of(state.addresses,
                               [&](const auto& a) { return a.link == link && a.prefix.address == address; });
}

/// The session is up, has had time to announce everything, and has not announced this.
bool is_swept(const Learned& learned, const Prefix& prefix, Duration sweep_kept_after) {
    if (!learned.rib || !learned.up || learned.up_for < sweep_kept_after) return false;
    const auto route = learned.rib->find(prefix);
    return !route || !route->accepted();
}

/// What is there of one link and class, as it is; but not routes that are known to lead nowhere.
void keep(std::string_view link, const Inputs& inputs, State& into) {
    const State& actual = *inputs.actual;
    const auto on_link = [&](const auto& object) { return object.link == link; };
    std::ranges::copy_if(actual.tunnels, std::back_inserter(into.tunnels),
                         [&](const auto& tunnel) { return tunnel.name == link; });
    std::ranges::copy_if(actual.addresses, std::back_inserter(into.addresses), on_link);
    std::ranges::copy_if(actual.routes, std::back_inserter(into.routes), [&](const Route& route) {
        if (route.device != link) return false;
        return route.protocol != Protocol::Bgp || !route.gateway ||
               !is_swept(inputs.learned(*route.gateway), route.destination, inputs.settings.sweep_kept_after);
    });
    std::ranges::copy_if(actual.peers, std::back_inserter(into.peers),
                         [&](const auto& peer) { return has_address(actual, link, peer.local); });
    if (link == kUnicastLink) into.rules = actual.rules;
}

bool has_address_on_tunnel(const Service& service) {
    return service.dz_ip && service.user_type != UserType::Ibrl;
}

void add_tunnel(const Service& service, State& into) {
    const std::string link(service.link());
    into.tunnels.push_back({.name = link,
                            .local = service.tunnel_src,
                            .remote = service.tunnel_dst,
                            .mtu = service.mtu,
                            .up = true});
    into.addresses.push_back({.link = link, .prefix = {service.overlay, 31}, .scope = Scope::Link});
    if (has_address_on_tunnel(service))
        into.addresses.push_back({.link = link, .prefix = host_prefix(*service.dz_ip)});
}

void add_peer(const Service& service, const std::vector<Service>& all, const Inputs& inputs, State& into) {
    auto peer = inputs.settings.peer_defaults;
    peer.local = service.overlay;
    peer.remote = service.peer;
    peer.local_asn = service.local_asn;
    peer.remote_asn = service.remote_asn;
    if (service.dz_ip) peer.announce = host_prefix(*service.dz_ip);
    peer.learn_routes = service.kind() == ServiceClass::Unicast;
    peer.policy.shortest = inputs.settings.shortest_prefix;
    peer.policy.filter = inputs.settings.filter;
    peer.policy.own_addresses = {service.overlay, service.tunnel_src};
    if (inputs.facts.client_ip.address) peer.policy.own_addresses.push_back(*inputs.facts.client_ip.address);
    if (service.dz_ip) peer.policy.own_addresses.push_back(*service.dz_ip);
    // Neither tunnel may run through the other one.
    peer.policy.protected_addresses = {service.tunnel_src};
    for (const auto& one : all) {
        if (!one.blocked()) peer.policy.protected_addresses.push_back(one.tunnel_dst);
    }
    into.peers.push_back(std::move(peer));
}

void add_edge(const Service& service, const Inputs& inputs, State& into) {
    std::vector<Prefix> prefixes = service.edge_prefixes;
    if (inputs.enabled) {
        for (const auto& device : inputs.catalogue->devices())
            for (const auto& prefix : device.value.dz_prefixes) prefixes.push_back(prefix.network());
    }
    std::ranges::sort(prefixes);
    const auto repeated = std::ranges::unique(prefixes);
    prefixes.erase(repeated.begin(), repeated.end());
    for (const auto& prefix : prefixes) {
        into.rules.push_back({.priority = kEdgeToPriority, .to = prefix, .table = kEdgeToTable});
        into.rules.push_back({.priority = kEdgeFromPriority, .from = prefix, .table = kEdgeFromTable});
    }
    into.routes.push_back({.destination = {},
                           .gateway = service.peer,
                           .device = std::string(service.link()),
                           .source = service.dz_ip,
                           .table = kEdgeFromTable,
                           .protocol = Protocol::Boot});
}

void add_groups(const Service& service, State& into) {
    for (const auto& group : service.groups) {
        into.routes.push_back({.destination = host_prefix(group.address),
                               .gateway = service.peer,
                               .device = std::string(service.link()),
                               .source = group.publisher ? service.dz_ip : std::nullopt,
                               .protocol = Protocol::Static});
    }
}

void add_learned_routes(const Service& service, const Inputs& inputs, State& into) {
    const Learned learned = inputs.learned(service.peer);
    if (learned.rib) {
        into.routes.reserve(into.routes.size() + learned.rib->accepted());
        learned.rib->for_each([&](const bgp::Route& route) {
            if (route.accepted())
                into.routes.push_back(learned_route(service, route.prefix, route.next_hop()));
        });
    }
    if (!retains(service, learned, inputs.settings)) return;
    for (const auto& route : inputs.actual->routes) {
        if (is_retained(service, learned, route)) into.routes.push_back(route);
    }
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
    check_endpoints(services);
    return services;
}

Desired desired_state(const Inputs& inputs) {
    Desired desired;
    if (!inputs.enabled) {
        desired.services = inputs.by_hand;
        for (auto& service : desired.services) service.mtu = inputs.facts.tunnel_mtu(service.tunnel_dst);
    } else if (auto problem = blindness(inputs)) {
        desired.problems.push_back(*std::move(problem));
        desired.state = *inputs.actual;
        return desired;
    } else {
        desired.services = wanted_services(inputs, desired.problems);
    }
    for (const auto& service : desired.services) {
        if (inputs.enabled && service.user_type == UserType::EdgeFiltering) desired.wants_catalogue = true;
        if (service.blocked()) {
            keep(service.link(), inputs, desired.state);
            continue;
        }
        add_tunnel(service, desired.state);
        add_peer(service, desired.services, inputs, desired.state);
        if (service.user_type == UserType::EdgeFiltering) add_edge(service, inputs, desired.state);
        if (service.kind() == ServiceClass::Multicast) add_groups(service, desired.state);
        if (service.kind() == ServiceClass::Unicast) add_learned_routes(service, inputs, desired.state);
    }
    normalize(desired.state);
    return desired;
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

Route learned_route(const Service& service, const Prefix& prefix, Ipv4 next_hop) {
    return {.destination = prefix,
            .gateway = next_hop,
            .device = std::string(service.link()),
            .source = service.dz_ip,
            .table = service.route_table(),
            .metric = kRouteMetric,
            .protocol = Protocol::Bgp};
}

bool retains(const Service& service, const Learned& learned, const Settings& settings) {
    const bool adopting = learned.first_session && learned.running_for < settings.adopt_for;
    if (!learned.up) return service.keeps_routes() || adopting;
    return (service.keeps_routes() || learned.first_session) && learned.up_for < settings.sweep_kept_after;
}

bool is_retained(const Service& service, const Learned& learned, const Route& installed) {
    if (installed.protocol != Protocol::Bgp || installed.device != service.link()) return false;
    if (installed.gateway != service.peer || installed.table != service.route_table()) return false;
    if (installed.source != service.dz_ip) return false;
    if (!learned.rib) return true;
    const auto route = learned.rib->find(installed.destination);
    return !route;
}

std::optional<Route> desired_route(const Service& service, const Learned& learned, const Prefix& prefix) {
    if (!learned.rib) return std::nullopt;
    const auto route = learned.rib->find(prefix);
    if (!route || !route->accepted()) return std::nullopt;
    return learned_route(service, prefix, route->next_hop());
}

}  // namespace dz::reconciler
