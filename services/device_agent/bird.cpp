#include "services/device_agent/bird.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <string>

namespace dz::device_agent {

namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

constexpr std::size_t kMaxReply = 64 << 10;

/// BIRD answers "NNNN text"; a dash instead of the space says that more lines follow.
struct Reply {
    int code = 0;
    std::string text;
};

Task<Result<Reply>> read_reply(Socket& socket, std::string& buffer) {
    boost::system::error_code error;
    for (;;) {
        const std::size_t size =
            co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer, kMaxReply), '\n',
                                            asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return fail(Errc::Io, "BIRD's control socket closed: " + error.message());
        const std::string line = buffer.substr(0, size - 1);
        buffer.erase(0, size);
        if (line.size() < 5 || line[4] != ' ') continue;
        co_return Reply{std::atoi(line.substr(0, 4).c_str()), line.substr(5)};
    }
}

Task<Result<>> converse(EventLoop& loop, std::filesystem::path path) {
    Socket socket(loop);
    boost::system::error_code error;
    co_await socket.async_connect(path.string(), asio::redirect_error(asio::use_awaitable, error));
    if (error)
        co_return fail(Errc::NotFound,
                       fmt::format("BIRD does not answer at {}: {}", path.string(), error.message()));
    std::string buffer;
    CO_TRY_OK(co_await read_reply(socket, buffer));  // the greeting
    const std::string command = "configure\n";
    co_await asio::async_write(socket, asio::buffer(command),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(Errc::Io, "writing to BIRD: " + error.message());
    for (;;) {
        CO_TRY(const Reply reply, co_await read_reply(socket, buffer));
        // 0002 "Reading configuration" comes first; 0003 and 0004 are success now or soon; 8xxx and 9xxx
        // errors.
        if (reply.code == 2) continue;
        if (reply.code >= 8000)
            co_return fail(Errc::Rejected, "BIRD refused its configuration: " + reply.text, reply.code);
        co_return Result<>{};
    }
}

}  // namespace

Task<Result<>> bird_configure(EventLoop& loop, Clock& clock, std::filesystem::path control_socket,
                              Duration timeout) {
    using namespace asio::experimental::awaitable_operators;
    auto outcome = co_await (converse(loop, std::move(control_socket)) || clock.sleep_for(timeout));
    if (outcome.index() == 1) co_return fail(Errc::Timeout, "BIRD did not answer in time");
    co_return std::get<0>(std::move(outcome));
}

}  // namespace dz::device_agent
