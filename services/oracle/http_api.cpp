#include "services/oracle/http_api.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dz::oracle {

namespace {

constexpr std::string_view kSettlement = "/settlement";
constexpr std::size_t kIdLength = 32;

http::Response json_answer(int status, const json::Ordered& body) {
    return {
        .status = status, .body = json::dump(body) + "\n", .content_type = "application/json", .headers = {}};
}

http::Response refusal(const Refusal& refusal) {
    http::Response response = json_answer(refusal.status, to_json(refusal.problem));
    if (refusal.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (refusal.status == 503) response.headers.emplace_back("Retry-After", "2");
    return response;
}

http::Response refusal(int status, std::string code, std::string message) {
    return refusal(Refusal{status, {std::move(code), std::move(message)}});
}

http::Response not_allowed(std::string methods) {
    http::Response response = refusal(405, "method_not_allowed", "this path takes " + methods);
    response.headers.emplace_back("Allow", std::move(methods));
    return response;
}

http::Response not_found() {
    return refusal(404, "not_found", fmt::format("no such path; reservations are at {}", api::kReservations));
}

template <class T>
http::Response answer_of(const Answer<T>& answer, int status = 200) {
    return answer ? json_answer(status, to_json(*answer)) : refusal(answer.error());
}

/// Visible ASCII, so that it looks the same in logs and journals.
bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= api::kMaxIdempotencyKey &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// "/v1/reservations/ID/settlement": its parts.
struct Target {
    std::string id;
    bool settlement = false;
};
std::optional<Target> parse_target(std::string_view path) {
    if (!path.starts_with(api::kReservations)) return std::nullopt;
    path.remove_prefix(api::kReservations.size());
    if (path.empty()) return Target{};
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
    Target target;
    target.settlement = path.ends_with(kSettlement);
    if (target.settlement) path.remove_suffix(kSettlement.size());
    if (path.size() != kIdLength) return std::nullopt;
    target.id = path;
    return target;
}

Result<SettlementWish> parse_wish(std::string_view body) {
    SettlementWish wish;
    if (body.empty()) return wish;
    if (body.size() > api::kMaxRequestBytes) return fail(Errc::LimitExceeded, "the body is too long");
    TRY(const json::Value value, json::parse(body, 4));
    if (!value.is_object()) return fail(Errc::BadValue, "not an object");
    for (const auto& [name, ignored] : value.items())
        if (name != "allocate_address" && name != "tunnel_endpoint")
            return fail(
                Errc::BadValue,
                fmt::format("unknown member \"{}\"; known are allocate_address, tunnel_endpoint", name));
    TRY(wish.allocate_address, json::boolean_or(value, "allocate_address", false));
    TRY(const std::string endpoint, json::string_or(value, "tunnel_endpoint", "0.0.0.0"));
    TRY(wish.tunnel_endpoint, parse_ipv4(endpoint));
    return wish;
}

}  // namespace

HttpApi::HttpApi(Clock& clock, Authority& authority, const Watch& watch, const Books& books, Tokens tokens,
                 const metrics::Registry& registry, Metrics& metrics, const Config& config)
    : clock_(clock),
      authority_(authority),
      watch_(watch),
      books_(books),
      tokens_(std::move(tokens)),
      registry_(registry),
      metrics_(metrics),
      config_(config) {
    router_.on("GET", "/health", [this](const http::Request&) { return health(); });
    router_.on("GET", "/metrics", [this](const http::Request&) { return expose(); });
    router_.otherwise([this](http::Request request) { return answer(std::move(request)); });
}

http::Limits HttpApi::limits() {
    http::Limits limits;
    limits.max_body = api::kMaxRequestBytes;
    limits.max_header = 8U << 10;
    limits.max_connections = 2048;
    limits.max_websockets = 0;
    return limits;
}

Task<http::Response> HttpApi::answer(http::Request request) {
    const auto authorization = request.headers.find("authorization");
    auto holder =
        authorization == request.headers.end() ? std::nullopt : tokens_.holder(authorization->second);
    if (!holder) {
        metrics_.barred(Barrier::Unauthorized).Increment();
        co_return refusal(401, "unauthorized", "send a token of yours: Authorization: Bearer TOKEN");
    }
    if (const std::int64_t wait = wait_of(*holder); wait > 0) {
        metrics_.barred(Barrier::RateLimit).Increment();
        http::Response response =
            refusal(429, "rate_limited",
                    fmt::format("more than {} requests a second: wait {} s", config_.rate.per_second, wait));
        response.headers.emplace_back("Retry-After", std::to_string(wait));
        co_return response;
    }
    if (!open_) co_return refusal(503, "starting", "the oracle is reading the ledger: ask again");
    co_return co_await route(std::move(request), *std::move(holder));
}

std::int64_t HttpApi::wait_of(const std::string& holder) {
    const TimePoint now = clock_.now();
    Bucket& bucket = buckets_.try_emplace(holder, config_.rate, now).first->second;
    return std::chrono::ceil<std::chrono::seconds>(bucket.take(config_.rate, now)).count();
}

Task<http::Response> HttpApi::route(http::Request request, std::string holder) {
    const auto target = parse_target(request.path);
    if (!target) co_return not_found();
    const std::string& method = request.method;
    if (target->id.empty()) {
        if (method == "POST") co_return co_await reserve(std::move(request), std::move(holder));
        if (method == "GET") co_return list(holder);
        co_return not_allowed("GET, POST");
    }
    if (target->settlement) {
        if (method == "POST") co_return co_await settle(std::move(request), target->id, std::move(holder));
        co_return not_allowed("POST");
    }
    if (method == "GET") co_return find(target->id, holder);
    if (method == "DELETE") co_return co_await cancel(target->id, std::move(holder));
    co_return not_allowed("DELETE, GET");
}

Task<http::Response> HttpApi::reserve(http::Request request, std::string holder) {
    auto wanted = api::parse_request(request.body);
    if (!wanted) co_return refusal(400, "bad_request", wanted.error().text);
    Requester from{std::move(holder), {}};
    if (const auto key = request.headers.find("idempotency-key"); key != request.headers.end()) {
        if (!is_key(key->second))
            co_return refusal(
                400, "bad_request",
                fmt::format("Idempotency-Key: 1 to {} visible characters of ASCII", api::kMaxIdempotencyKey));
        from.request_key = key->second;
    }
    const auto given = co_await authority_.reserve(*std::move(wanted), std::move(from));
    if (!given) co_return refusal(given.error());
    co_return json_answer(given->fresh ? 201 : 200, to_json(given->view));
}

http::Response HttpApi::list(const std::string& holder) const {
    auto rows = json::Ordered::array();
    for (const auto& view : authority_.list(holder)) rows.push_back(to_json(view));
    return json_answer(200, {{"reservations", std::move(rows)}});
}

http::Response HttpApi::find(const std::string& id, const std::string& holder) const {
    return answer_of(authority_.find(id, holder));
}

Task<http::Response> HttpApi::cancel(std::string id, std::string holder) {
    co_return answer_of(co_await authority_.cancel(std::move(id), std::move(holder)));
}

Task<http::Response> HttpApi::settle(http::Request request, std::string id, std::string holder) {
    const auto wish = parse_wish(request.body);
    if (!wish) co_return refusal(400, "bad_request", wish.error().text);
    co_return answer_of(co_await authority_.settle(std::move(id), std::move(holder), *wish));
}

Task<http::Response> HttpApi::health() const {
    const auto& last = watch_.last();
    const bool sees = books_.all().empty() || (last && clock_.now() - last->at <= config_.healthy_for);
    const bool well = open_ && sees && !books_.failure();
    json::Ordered body = {
        {"status", well ? "ok" : "unwell"}, {"live", books_.live()}, {"ledger_slot", last ? last->slot : 0}};
    if (!open_)
        body["reason"] = "starting";
    else if (!sees)
        body["reason"] = "the ledger cannot be read";
    co_return json_answer(well ? 200 : 503, body);
}

Task<http::Response> HttpApi::expose() const {
    co_return http::Response{.status = 200,
                             .body = metrics::expose(registry_) + metrics::expose_process(),
                             .content_type = std::string(metrics::kContentType),
                             .headers = {}};
}

}  // namespace dz::oracle
