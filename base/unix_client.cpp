#include "base/unix_client.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <utility>

#include "base/version.hpp"

namespace dz::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

using Local = asio::local::stream_protocol;
using Parser = beast::http::response_parser<beast::http::buffer_body>;

/// Read at a time.
constexpr std::size_t kPiece = 16U << 10;

/// "/show" of "http://daemon/show".
std::string target_of(std::string_view url) {
    const auto scheme = url.find("://");
    const auto path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
    return path == std::string_view::npos ? "/" : std::string(url.substr(path));
}

std::string host_of(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    return std::string(url.substr(0, url.find('/')));
}

bool has_line_break(std::string_view text) {
    return text.find_first_of("\r\n") != std::string_view::npos;
}

Error error_of(error_code error, const ClientRequest& request) {
    if (error == beast::error::timeout)
        return {Errc::Timeout, fmt::format("no answer within {} ms", request.timeout / 1ms)};
    if (error == asio::error::operation_aborted) return {Errc::Cancelled, "request cancelled"};
    if (error == beast::http::error::body_limit)
        return {Errc::LimitExceeded, fmt::format("answer of more than {} bytes", request.max_body)};
    return {Errc::Unavailable, error.message(), error.value()};
}

/// Names the socket, since that is what to look at.
Error connect_error(error_code error, const ClientRequest& request) {
    if (error == beast::error::timeout || error == asio::error::operation_aborted)
        return error_of(error, request);
    Error out = fail_errno(error.value(), request.unix_socket).error();
    if (out.code != Errc::Permission) out.code = Errc::Unavailable;
    return out;
}

Result<beast::http::request<beast::http::string_body>> message_of(const ClientRequest& request) {
    beast::http::request<beast::http::string_body> out;
    out.method_string(request.method);
    out.target(target_of(request.url));
    out.version(11);
    out.set(beast::http::field::host, host_of(request.url));
    out.set(beast::http::field::user_agent, fmt::format("doublezero/{}", kVersion));
    out.set(beast::http::field::connection, "close");
    for (const auto& [name, value] : request.headers) {
        if (has_line_break(name) || has_line_break(value))
            return fail(Errc::BadValue, "line break in HTTP header " + name);
        out.set(name, value);
    }
    out.body() = request.body;
    if (request.method != "GET" && request.method != "HEAD") out.prepare_payload();
    return out;
}

}  // namespace

Task<Result<ClientResponse>> send_to_unix_socket(EventLoop& loop, ClientRequest request) {
    if (request.unix_socket.size() >= sizeof(::sockaddr_un::sun_path))
        co_return fail(Errc::BadValue, request.unix_socket + ": the path of a socket is too long");
    CO_TRY(const auto message, message_of(request));
    const Duration limit = request.on_body ? Duration(request.silence) : request.timeout;
    error_code error;
    beast::basic_stream<Local> stream(loop);
    stream.expires_after(std::min(request.connect_timeout, limit));
    co_await stream.async_connect(Local::endpoint(request.unix_socket),
                                  asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::unexpected(connect_error(error, request));
    stream.expires_after(limit);
    co_await beast::http::async_write(stream, message, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::unexpected(error_of(error, request));

    beast::flat_buffer buffer;
    Parser parser;
    parser.body_limit(boost::none);  // it is counted here, where pieces that are handed on do not count
    parser.skip(request.method == "HEAD");
    co_await beast::http::async_read_header(stream, buffer, parser,
                                            asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::unexpected(error_of(error, request));
    ClientResponse out;
    out.status = static_cast<int>(parser.get().result_int());
    out.content_type = std::string(parser.get()[beast::http::field::content_type]);
    const bool handed_on = request.on_body && out.status == 200;
    std::array<char, kPiece> piece;
    while (!error && !parser.is_done()) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        if (handed_on) stream.expires_after(limit);
        co_await beast::http::async_read_some(stream, buffer, parser,
                                              asio::redirect_error(asio::use_awaitable, error));
        if (error == beast::http::error::need_buffer) error = {};
        const std::string_view came(piece.data(), piece.size() - parser.get().body().size);
        out.bytes_on_wire += came.size();
        if (handed_on) {
            if (!came.empty()) request.on_body(came);
        } else if (out.bytes_on_wire > request.max_body) {
            co_return std::unexpected(error_of(beast::http::error::body_limit, request));
        } else {
            out.body += came;
        }
    }
    if (error) co_return std::unexpected(error_of(error, request));
    co_return out;
}

}  // namespace dz::http
