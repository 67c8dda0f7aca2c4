#include <fmt/format.h>

#include "base/http_server.hpp"

namespace dz::http {

namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

Response plain(int status, std::string body) {
    return {.status = status, .body = std::move(body), .content_type = std::string(kPlainText)};
}

Task<Response> ready(Response response) {
    co_return response;
}

/// "GET, HEAD, POST": what the path answers, in the order of the alphabet.
std::string allowed(const std::map<std::string, Handler>& methods) {
    std::string out;
    for (const auto& [method, handler] : methods) {
        if (!out.empty()) out += ", ";
        out += method == "GET" && !methods.contains("HEAD") ? "GET, HEAD" : method;
    }
    return out;
}

}  // namespace

void Router::on(std::string method, std::string path, Handler handler) {
    routes_[std::move(path)].insert_or_assign(std::move(method), std::move(handler));
}

void Router::otherwise(Handler handler) {
    otherwise_ = std::move(handler);
}

void Router::on_websocket(std::string path, ws::Limits limits, ws::Handler handler) {
    websockets_.insert_or_assign(std::move(path), WebSocket{limits, std::move(handler)});
}

const Router::WebSocket* Router::websocket(const std::string& path) const {
    const auto found = websockets_.find(path);
    return found == websockets_.end() ? nullptr : &found->second;
}

Task<Response> Router::route(Request request) const {
    const auto path = routes_.find(request.path);
    if (path == routes_.end())
        return otherwise_ ? otherwise_(std::move(request)) : ready(plain(404, "404 page not found\n"));
    const auto& methods = path->second;
    auto method = methods.find(request.method);
    if (method == methods.end() && request.method == "HEAD") method = methods.find("GET");
    if (method == methods.end()) {
        Response refusal = plain(405, "Method Not Allowed\n");
        refusal.headers.emplace_back("Allow", allowed(methods));
        return ready(std::move(refusal));
    }
    return method->second(std::move(request));
}

}  // namespace dz::http
