#include "daemon/api/client.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "daemon/api/event_stream.hpp"

namespace dz::daemon::api {

Client::Client(http::Client& http, std::filesystem::path socket, Duration timeout)
    : http_(http), socket_(std::move(socket)), timeout_(timeout) {}

Result<> Client::check_socket() const {
    if (::access(socket_.c_str(), R_OK | W_OK) == 0) return {};
    return fail_errno(errno, socket_.string());
}

http::ClientRequest Client::request_for(std::string method, std::string path) const {
    http::ClientRequest request;
    request.method = std::move(method);
    request.url = "http://doublezerod" + path;
    request.unix_socket = socket_.string();
    request.connect_timeout = timeout_;
    request.timeout = timeout_;
    return request;
}

Task<Result<http::ClientResponse>> Client::send(http::ClientRequest request) {
    CO_TRY_OK(check_socket());
    auto response = co_await http_.send(std::move(request));
    if (!response && response.error().code == Errc::Timeout)
        co_return fail(Errc::Timeout,
                       fmt::format("the daemon at {} did not answer in time", socket_.string()));
    if (!response) co_return wrap(response.error(), socket_.string());
    co_return response;
}

namespace {

/// Three times what the daemon sends when it has nothing to say.
constexpr std::chrono::seconds kSilence{45};

Result<> deliver(EventStreamReader& reader, std::string_view piece, const Client::TakeEvent& take) {
    TRY(const std::vector<Message> messages, reader.feed(piece));
    for (const Message& message : messages) {
        TRY(const json::Value value, json::parse(message.data));
        TRY(const EventRow event, event_from_json(value));
        take(message.id, event);
    }
    return {};
}

/// An answer that is an error: its own description, else its status line.
Error rejection(const http::ClientResponse& response) {
    std::string text = fmt::format("the daemon answered HTTP status {}", response.status);
    if (const auto body = json::parse(response.body)) {
        if (auto description = description_of_error(*body)) text = *std::move(description);
    }
    const Errc code = response.status == 403   ? Errc::Permission
                      : response.status == 404 ? Errc::Unsupported
                                               : Errc::Rejected;
    return {code, std::move(text), response.status};
}

}  // namespace

Task<Result<json::Value>> Client::get(std::string path) {
    CO_TRY(const http::ClientResponse response, co_await send(request_for("GET", path)));
    if (response.status != 200) co_return std::unexpected(rejection(response));
    auto body = json::parse(response.body);
    if (!body) co_return wrap(body.error(), "answer to GET " + path);
    if (auto description = description_of_error(*body))
        co_return fail(Errc::Rejected, *std::move(description), 200);
    co_return body;
}

Task<Result<>> Client::post(std::string path) {
    CO_TRY(const http::ClientResponse response, co_await send(request_for("POST", std::move(path))));
    if (response.status != 200) co_return std::unexpected(rejection(response));
    co_return Result<>{};
}

Task<Result<Config>> Client::config() {
    CO_TRY(const json::Value body, co_await get("/config"));
    co_return config_from_json(body);
}

Task<Result<std::vector<ServiceStatus>>> Client::status() {
    CO_TRY(const json::Value body, co_await get("/status"));
    co_return service_statuses_from_json(body);
}

Task<Result<StatusV2>> Client::status_v2() {
    CO_TRY(const json::Value body, co_await get("/v2/status"));
    co_return status_v2_from_json(body);
}

Task<Result<std::vector<RouteRow>>> Client::routes() {
    CO_TRY(const json::Value body, co_await get("/routes"));
    co_return routes_from_json(body);
}

Task<Result<Latencies>> Client::latencies(bool recent) {
    CO_TRY(const json::Value body, co_await get(recent ? "/v2/latency?recent" : "/v2/latency"));
    co_return latencies_from_json(body);
}

Task<Result<PlanView>> Client::plan() {
    CO_TRY(const json::Value body, co_await get("/v2/plan"));
    co_return plan_from_json(body);
}

Task<Result<Events>> Client::events(std::uint64_t after) {
    CO_TRY(const json::Value body, co_await get(fmt::format("/v2/events?after={}", after)));
    co_return events_from_json(body);
}

Task<Result<>> Client::follow_events(std::string last, TakeEvent take) {
    EventStreamReader reader;
    Result<> sound;
    http::ClientRequest request = request_for("GET", "/v2/events");
    request.headers = {{"Accept", std::string(kEventStreamType)}};
    if (!last.empty()) request.headers.emplace_back("Last-Event-ID", std::move(last));
    request.silence = kSilence;
    request.on_body = [&reader, &sound, &take](std::string_view piece) {
        if (sound) sound = deliver(reader, piece, take);
    };
    CO_TRY(const http::ClientResponse response, co_await send(std::move(request)));
    if (response.status != 200) co_return std::unexpected(rejection(response));
    if (!response.content_type.starts_with(kEventStreamType))
        co_return fail(Errc::Unsupported, "the daemon does not stream its events");
    CO_TRY_OK(std::move(sound));
    co_return fail(Errc::Unavailable, "the daemon ended the stream of events");
}

Task<Result<>> Client::enable() {
    co_return co_await post("/enable");
}

Task<Result<>> Client::disable() {
    co_return co_await post("/disable");
}

std::string_view remedy(const Error& error) {
    switch (error.code) {
        case Errc::NotFound:
            return "sudo systemctl start doublezerod";
        case Errc::Unavailable:
        case Errc::Timeout:
            return "sudo systemctl restart doublezerod";
        case Errc::Permission:
            return "run the command with sudo, or join the group doublezero";
        case Errc::Unsupported:
            return "update the daemon, or see `systemctl cat doublezerod` for the flags it runs with";
        default:
            return "";
    }
}

}  // namespace dz::daemon::api
