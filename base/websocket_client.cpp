#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/curl_library.hpp"
#include "base/websocket_wire.hpp"

namespace dz::ws {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// `parse_place` has seen that it is there.
const http::CurlLibrary& curl() {
    return *http::curl_library();
}

struct UrlDeleter {
    void operator()(CURLU* url) const { curl().url_cleanup(url); }
};

struct Place {
    bool tls = false;
    std::string host;  ///< without the brackets of an IPv6 address
    std::string port;
    std::string authority;  ///< as the Host header has it
    std::string target;
};

Result<Place> parse_place(const std::string& url) {
    if (!http::curl_library()) return std::unexpected(http::curl_library().error());
    const std::unique_ptr<CURLU, UrlDeleter> parsed(curl().url());
    const auto part = [&parsed](CURLUPart which) {
        char* raw = nullptr;
        if (curl().url_get(parsed.get(), which, &raw, 0) != CURLUE_OK) return std::string();
        std::string out(raw);
        curl().free(raw);
        return out;
    };
    if (!parsed ||
        curl().url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return fail(Errc::BadValue, "malformed URL");
    Place place;
    const std::string scheme = part(CURLUPART_SCHEME);
    if (scheme != "ws" && scheme != "wss") return fail(Errc::BadValue, "URL is not ws or wss");
    place.tls = scheme == "wss";
    place.host = part(CURLUPART_HOST);
    place.port = part(CURLUPART_PORT);
    place.authority = place.port.empty() ? place.host : place.host + ":" + place.port;
    if (place.port.empty()) place.port = place.tls ? "443" : "80";
    const std::string path = part(CURLUPART_PATH);
    const std::string query = part(CURLUPART_QUERY);
    place.target = path.empty() ? "/" : path;
    if (!query.empty()) place.target += "?" + query;
    if (place.host.starts_with('[')) place.host = place.host.substr(1, place.host.size() - 2);
    if (place.host.empty()) return fail(Errc::BadValue, "URL has no host");
    return place;
}

Task<Result<Socket>> connect(EventLoop& loop, Clock& clock, std::string host, std::string port,
                             Duration limit) {
    using namespace asio::experimental::awaitable_operators;
    error_code error;
    tcp::resolver resolver(loop);  // asks on a thread of its own
    const auto found =
        co_await resolver.async_resolve(host, port, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(Errc::Unavailable, "name look-up: " + error.message());
    tcp::socket socket(loop);
    const auto first =
        co_await (asio::async_connect(socket, found, asio::redirect_error(asio::use_awaitable, error)) ||
                  clock.sleep_for(limit));
    if (first.index() == 1) co_return fail(Errc::Timeout, "no connection in time");
    if (error) co_return fail(Errc::Unavailable, error.message(), error.value());
    socket.set_option(tcp::no_delay(true), error);
    co_return Socket(std::move(socket));
}

}  // namespace

Task<Result<>> dial(EventLoop& loop, Clock& clock, Target target, Handler handler) {
    CO_TRY(const Place place, parse_place(target.url));
    const Limits limits = target.limits;
    CO_TRY(Socket socket, co_await connect(loop, clock, place.host, place.port, limits.open_timeout));
    Handshake handshake{place.authority, place.target, place.tls, place.host, std::move(target.ca_file)};
    CO_TRY(auto wire, co_await open_within(limits.open_timeout, clock, socket,
                                           shake_hands(socket, std::move(handshake), limits)));
    co_await converse(loop, clock, *wire, limits, std::move(handler));
    co_return Result<>{};
}

}  // namespace dz::ws
