#include "daemon/route_view.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace dz::daemon {

namespace {

struct Fate {
    std::string verdict;
    std::string why_not;
};

/// What became of a route that the device announces.
Fate fate_of(const bgp::Route& route, bool installed, const std::string* refusal) {
    if (installed) return {"installed", ""};
    if (!route.accepted()) return {std::string(to_string(route.verdict)), std::string(reason(route.verdict))};
    if (refusal != nullptr) return {"refused", *refusal + "; it is tried again"};
    return {"pending", "it is about to be written"};
}

/// The rows of one service.
class Lister {
  public:
    Lister(const RouteFacts& facts, const reconciler::Service& service, std::string_view network)
        : facts_(facts), service_(service), network_(network) {
        for (const netlink::Route& route : facts.kernel)
            if (is_learned(route)) present_.insert(route.destination);
    }

    void list(std::vector<api::RouteRow>& out) const {
        const bgp::AdjRibIn* rib = facts_.speaker.rib(service_.peer);
        if (rib != nullptr) rib->for_each([&](const bgp::Route& route) { out.push_back(announced(route)); });
        for (const Prefix& prefix : present_)
            if (rib == nullptr || !rib->find(prefix)) out.push_back(kept(prefix));
    }

  private:
    bool is_learned(const netlink::Route& route) const {
        return route.protocol == netlink::Protocol::Bgp && route.table == service_.route_table() &&
               route.source == service_.dz_ip && route.gateway == service_.peer;
    }

    api::RouteRow row(const Prefix& prefix, Fate fate) const {
        return {.network = std::string(network_),
                .local_ip = *service_.dz_ip,
                .peer_ip = prefix.address,
                .kernel_state = present_.contains(prefix) ? "present" : "absent",
                .liveness = {},
                .learned = api::LearnedRoute{.prefix = prefix,
                                             .next_hop = service_.peer,
                                             .verdict = std::move(fate.verdict),
                                             .why_not = std::move(fate.why_not),
                                             .origin = "",
                                             .as_path = "",
                                             .communities = {}}};
    }

    api::RouteRow announced(const bgp::Route& route) const {
        const auto refusal =
            facts_.refused.find({service_.route_table(), route.prefix, reconciler::kRouteMetric});
        const std::string* why = refusal == facts_.refused.end() ? nullptr : &refusal->second;
        const bool installed = route.accepted() && present_.contains(route.prefix);
        api::RouteRow out = row(route.prefix, fate_of(route, installed, why));
        api::LearnedRoute& learned = *out.learned;
        learned.next_hop = route.next_hop();
        learned.origin = to_string(route.attributes->origin);
        learned.as_path = to_string(route.attributes->as_path);
        learned.communities = community_texts(*route.attributes);
        learned.age_seconds =
            std::max(std::chrono::floor<std::chrono::seconds>(facts_.now - route.since), 0s).count();
        learned.stale = route.stale;
        return out;
    }

    api::RouteRow kept(const Prefix& prefix) const {
        return row(prefix,
                   {"kept", "the device does not announce it now; it stays until the session says more"});
    }

    const RouteFacts& facts_;
    const reconciler::Service& service_;
    std::string_view network_;
    std::set<Prefix> present_;
};

}  // namespace

std::vector<api::RouteRow> routes(const RouteFacts& facts, std::string_view network) {
    std::vector<api::RouteRow> rows;
    for (const reconciler::ServiceReport& report : facts.report.services)
        if (report.provisioned && report.service.dz_ip) Lister(facts, report.service, network).list(rows);
    std::ranges::sort(rows, api::before);
    return rows;
}

}  // namespace dz::daemon
