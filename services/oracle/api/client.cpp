#include "services/oracle/api/client.hpp"

#include <fmt/format.h>

namespace dz::oracle::api {

namespace {

constexpr std::size_t kMaxAnswer = 16U << 20;

std::string path_of(std::string_view id, std::string_view rest = "") {
    return fmt::format("{}/{}{}", kReservations, id, rest);
}

Errc errc_of(int status) {
    if (status == 401 || status == 403) return Errc::Permission;
    if (status == 404) return Errc::NotFound;
    if (status == 429 || status >= 500) return Errc::Unavailable;
    return Errc::Rejected;
}

/// The oracle's own words where it has any: a proxy before it may answer with a page.
Error rejection(const http::ClientResponse& response) {
    const auto body = json::parse(response.body);
    const auto problem = body ? problem_from_json(*body) : fail(Errc::BadValue, "");
    std::string text = problem ? problem->message : fmt::format("HTTP status {}", response.status);
    return {errc_of(response.status), std::move(text), response.status};
}

template <class T>
Result<T> read(Result<json::Value> body, Result<T> (*parse)(const json::Value&)) {
    if (!body) return std::unexpected(std::move(body).error());
    auto value = parse(*body);
    if (!value) return wrap(value.error(), "the oracle's answer cannot be read");
    return value;
}

Result<std::vector<ReservationView>> list_from_json(const json::Value& value) {
    TRY(const json::Value* const rows, json::array(value, "reservations"));
    std::vector<ReservationView> views;
    for (const json::Value& row : *rows) {
        TRY(views.emplace_back(), reservation_from_json(row));
    }
    return views;
}

}  // namespace

Task<Result<json::Value>> Client::send(http::ClientRequest request, std::string path) {
    request.url = config_.url + path;
    request.headers.emplace_back("Authorization", "Bearer " + config_.token);
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.timeout = config_.timeout;
    request.max_body = kMaxAnswer;
    const auto response = co_await http_.send(std::move(request));
    if (!response) co_return std::unexpected(response.error());
    if (response->status != 200 && response->status != 201) co_return std::unexpected(rejection(*response));
    co_return json::parse(response->body);
}

Task<Result<ReservationView>> Client::reserve(ReservationRequest request, std::string idempotency_key) {
    http::ClientRequest message{.method = "POST", .body = json::dump(to_json(request))};
    if (!idempotency_key.empty()) message.headers.emplace_back("Idempotency-Key", std::move(idempotency_key));
    co_return read(co_await send(std::move(message), std::string(kReservations)), reservation_from_json);
}

Task<Result<ReservationView>> Client::find(std::string id) {
    co_return read(co_await send({}, path_of(id)), reservation_from_json);
}

Task<Result<std::vector<ReservationView>>> Client::list() {
    co_return read(co_await send({}, std::string(kReservations)), list_from_json);
}

Task<Result<ReservationView>> Client::cancel(std::string id) {
    co_return read(co_await send({.method = "DELETE"}, path_of(id)), reservation_from_json);
}

Task<Result<SettlementView>> Client::settle(std::string id, bool allocate_address, Ipv4 tunnel_endpoint) {
    const json::Ordered wish = {{"allocate_address", allocate_address},
                                {"tunnel_endpoint", tunnel_endpoint.to_string()}};
    http::ClientRequest message{.method = "POST", .body = json::dump(wish)};
    co_return read(co_await send(std::move(message), path_of(id, "/settlement")), settlement_from_json);
}

}  // namespace dz::oracle::api
