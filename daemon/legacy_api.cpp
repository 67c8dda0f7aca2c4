#include "daemon/legacy_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "daemon/api/read.hpp"
#include "daemon/view.hpp"

namespace dz::daemon {

namespace {

using ledger::UserType;
using reconciler::Service;
using reconciler::ServiceClass;

constexpr std::size_t kMaxPrefixes = 4096, kMaxGroups = 256;
constexpr std::uint32_t kLocalAsn = 65000, kRemoteAsn = 65001;

/// Byte for byte what older tools compare with.
http::Response done() {
    return {.status = 200, .body = R"({"status": "ok"})"};
}

std::unexpected<Error> malformed(const Error& error) {
    return fail(Errc::BadValue, "malformed provision request: " + error.text);
}

std::unexpected<Error> invalid(std::string_view problem) {
    return fail(Errc::BadValue, fmt::format("invalid request: {}", problem));
}

std::optional<UserType> user_type(std::string_view text) {
    for (const auto type :
         {UserType::Ibrl, UserType::IbrlWithAllocatedIp, UserType::EdgeFiltering, UserType::Multicast})
        if (user_type_text(type) == text) return type;
    return {};
}

/// The array at `key` through `parse`; empty where it is missing or null.
template <class T>
Result<std::vector<T>> list(const json::Value& object, std::string_view key,
                            Result<T> (*parse)(std::string_view), std::size_t limit) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::vector<T>{};
    if (found->is_array() && found->size() > limit)
        return fail(Errc::LimitExceeded, fmt::format("{}: more than {} entries", key, limit));
    return api::read_list(*found, key, [parse](const json::Value& element) -> Result<T> {
        TRY(const std::string text, api::read_text(element));
        return parse(text);
    });
}

Result<Asn> asn(const json::Value& object, std::string_view key, std::uint32_t fallback) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return Asn{fallback};
    TRY(const std::uint64_t number, json::natural(object, key));
    if (number > UINT32_MAX) return fail(Errc::BadValue, fmt::format("{}: {} is no AS number", key, number));
    return Asn{number == 0 ? fallback : static_cast<std::uint32_t>(number)};
}

struct Request {
    std::string user_type;
    Ipv4 source, destination, dz_ip;
    Prefix net;
    std::vector<Prefix> prefixes;
    std::vector<Ipv4> publishes, subscribes;
    Asn local, remote;
};

/// The shape alone.
Result<Request> read(std::string_view body) {
    TRY(const json::Value value, json::parse(body));
    if (!value.is_object()) return fail(Errc::BadValue, "not a JSON object");
    Request out;
    TRY(out.user_type, json::string_or(value, "user_type", ""));
    TRY(out.source, api::read_address(value, "tunnel_src"));
    TRY(out.destination, api::read_address(value, "tunnel_dst"));
    TRY(out.dz_ip, api::read_address(value, "doublezero_ip"));
    TRY(const std::string net, json::string(value, "tunnel_net"));
    TRY(out.net, parse_prefix(net));
    TRY(out.prefixes, list<Prefix>(value, "doublezero_prefixes", parse_prefix, kMaxPrefixes));
    TRY(out.publishes, list<Ipv4>(value, "mcast_pub_groups", parse_ipv4, kMaxGroups));
    TRY(out.subscribes, list<Ipv4>(value, "mcast_sub_groups", parse_ipv4, kMaxGroups));
    TRY_OK(api::read_address(value, "mcast_rp_address"));
    TRY(out.local, asn(value, "bgp_local_asn", kLocalAsn));
    TRY(out.remote, asn(value, "bgp_remote_asn", kRemoteAsn));
    return out;
}

reconciler::Group& group_at(std::vector<reconciler::Group>& groups, Ipv4 address) {
    const auto at = std::ranges::find(groups, address, &reconciler::Group::address);
    if (at != groups.end()) return *at;
    return groups.emplace_back(reconciler::Group{.key = {}, .code = address.to_string(), .address = address});
}

Result<> check(const Request& request, UserType type) {
    if (request.source.is_unspecified()) return invalid("tunnel_src is missing");
    if (request.destination.is_unspecified()) return invalid("tunnel_dst is missing");
    if (request.net.length != 31) return invalid(fmt::format("tunnel_net {} is not a /31", request.net));
    const bool multicast = type == UserType::Multicast;
    if (request.dz_ip.is_unspecified() && !(multicast && request.publishes.empty()))
        return invalid("doublezero_ip is missing");
    if (multicast && request.publishes.empty() && request.subscribes.empty())
        return invalid("no multicast group");
    for (const auto& groups : {request.publishes, request.subscribes})
        for (const Ipv4& group : groups)
            if (!group.is_multicast()) return invalid(fmt::format("{} is no multicast group", group));
    return {};
}

Service service_from(Request request, UserType type) {
    Service out;
    out.user_type = type;
    out.tunnel_src = request.source;
    out.tunnel_dst = request.destination;
    out.tunnel_net = request.net.network();
    out.peer = out.tunnel_net.address;
    out.overlay = plus(out.peer, 1);
    if (!request.dz_ip.is_unspecified()) out.dz_ip = request.dz_ip;
    out.local_asn = request.local;
    out.remote_asn = request.remote;
    for (const Ipv4& group : request.publishes) group_at(out.groups, group).publisher = true;
    for (const Ipv4& group : request.subscribes) group_at(out.groups, group).subscriber = true;
    if (type != UserType::EdgeFiltering) return out;
    for (const Prefix& prefix : request.prefixes) out.edge_prefixes.push_back(prefix.network());
    return out;
}

}  // namespace

Result<Service> parse_provision(std::string_view body) {
    auto request = read(body);
    if (!request) return malformed(request.error());
    const auto type = user_type(request->user_type);
    if (!type)
        return fail(Errc::BadValue,
                    fmt::format("malformed stuff: unsupported user type \"{}\"", request->user_type));
    TRY_OK(check(*request, *type));
    return service_from(*std::move(request), *type);
}

LegacyApi::LegacyApi(http::Router& router, reconciler::Loop& loop, Log log, Identity self, bool on)
    : loop_(loop), log_(std::move(log)), self_(self), on_(on) {
    router.on("POST", "/provision", [this](http::Request request) { return provision(std::move(request)); });
    router.on("POST", "/remove", [this](http::Request request) { return remove(std::move(request)); });
}

std::optional<http::Response> LegacyApi::refused(const http::Request& request) const {
    if (!may_change(request, self_)) return refuse_change(self_, "build or remove tunnels");
    if (!on_)
        return refusal(403,
                       fmt::format("{} is switched off, since the ledger decides which tunnels there are; "
                                   "`legacy-api: true` in the daemon's configuration switches it on",
                                   request.path));
    if (loop_.enabled())
        return refusal(400,
                       "malformed stuff: the ledger decides while the reconciler is enabled; run `doublezero "
                       "disable` first");
    return std::nullopt;
}

Task<http::Response> LegacyApi::provision(http::Request request) {
    if (auto no = refused(request)) co_return *std::move(no);
    auto service = parse_provision(request.body);
    if (!service) co_return refusal(400, service.error().text);
    auto services = loop_.by_hand();
    if (std::ranges::find(services, service->kind(), &Service::kind) != services.end())
        co_return refusal(400, fmt::format("malformed stuff: {} service already provisioned",
                                           reconciler::to_string(service->kind())));
    log_.info("service by hand", {{"tunnel", service->link()}, {"uid", request.peer_uid.value_or(0)}});
    services.push_back(*std::move(service));
    std::ranges::sort(services, {}, &Service::kind);
    loop_.set_by_hand(std::move(services));
    co_return done();
}

Task<http::Response> LegacyApi::remove(http::Request request) {
    if (auto no = refused(request)) co_return *std::move(no);
    const auto body = json::parse(request.body);
    const auto text =
        body ? json::string_or(*body, "user_type", "") : Result<std::string>(std::unexpected(body.error()));
    if (!text) co_return refusal(400, malformed(text.error()).error().text);
    const auto kind = reconciler::class_of(user_type(*text).value_or(UserType::Ibrl));
    auto services = loop_.by_hand();
    std::erase_if(services, [kind](const Service& service) { return service.kind() == kind; });
    loop_.set_by_hand(std::move(services));
    co_return done();
}

}  // namespace dz::daemon
