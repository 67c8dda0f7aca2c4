#include "chain/devnet/rpc_front.hpp"

#include "base/gzip.hpp"
#include "chain/devnet/json_rpc.hpp"
#include "chain/devnet/rpc_socket.hpp"

namespace dz::devnet {

namespace {

/// Below that a packet more or less is not saved.
constexpr std::size_t kWorthCompressing = 1400;

Task<http::Response> healthy() {
    co_return http::Response{.body = "ok", .content_type = "text/plain"};
}

Task<http::Response> exposed(const metrics::Registry& registry) {
    co_return http::Response{.body = metrics::expose(registry) + metrics::expose_process(),
                             .content_type = std::string(metrics::kContentType)};
}

/// What a browser asks before it lets a page post JSON here.
Task<http::Response> preflight() {
    co_return http::Response{.status = 204,
                             .content_type = "",
                             .headers = {{"Access-Control-Allow-Origin", "*"},
                                         {"Access-Control-Allow-Methods", "POST, OPTIONS"},
                                         {"Access-Control-Allow-Headers", "*"},
                                         {"Access-Control-Max-Age", "86400"}}};
}

bool wants_gzip(const http::Request& request) {
    const auto accepted = request.headers.find("accept-encoding");
    return accepted != request.headers.end() && accepts_gzip(accepted->second);
}

}  // namespace

RpcFront::RpcFront(EventLoop& loop, Ledger& ledger, const ws::Limits& sockets,
                   const metrics::Registry* metrics)
    : compressor_(loop), methods_(ledger), subscriptions_(ledger) {
    router_.on("POST", "/", [this](http::Request request) { return answer(std::move(request)); });
    router_.on("OPTIONS", "/", [](const http::Request&) { return preflight(); });
    router_.on("GET", "/health", [](const http::Request&) { return healthy(); });
    if (metrics != nullptr)
        router_.on("GET", "/metrics", [metrics](const http::Request&) { return exposed(*metrics); });
    router_.on_websocket("/", sockets, [this](ws::Connection& connection) { return talk(connection); });
}

http::Limits RpcFront::limits() {
    http::Limits limits;
    limits.max_body = kMaxRequestBody;
    limits.max_connections = 1024;
    limits.max_websockets = 512;
    return limits;
}

ws::Limits RpcFront::socket_limits() {
    ws::Limits limits;
    limits.max_message = kMaxRequestBody;
    // Room for the accounts of a large network in one answer.
    limits.max_queue = 32U << 20;
    return limits;
}

Task<http::Response> RpcFront::answer(http::Request request) {
    http::Response response;
    response.headers = {{"Access-Control-Allow-Origin", "*"}};
    const bool compress = wants_gzip(request);
    response.body = co_await answer_json_rpc(methods_, std::move(request.body));
    if (!compress || response.body.size() < kWorthCompressing) co_return response;
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.headers.emplace_back("Vary", "Accept-Encoding");
    response.body = co_await compressor_.run([text = std::move(response.body)] { return gzip(text); });
    co_return response;
}

Task<> RpcFront::talk(ws::Connection& connection) {
    RpcSocket socket(methods_, subscriptions_, connection);
    co_await socket.run();
}

}  // namespace dz::devnet
