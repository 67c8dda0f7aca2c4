// raw_peer.hpp: the other side of an HTTP connection, byte by byte, for what no decent client or server does.
#pragma once

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <list>
#include <string>
#include <vector>

#include "base/task.hpp"

namespace dz::test {

namespace asio = boost::asio;

/// Connects, sends `bytes` and returns all that comes back until the server closes.
inline Task<std::string> talk(EventLoop& loop, std::filesystem::path path, std::string bytes) {
    asio::local::stream_protocol::socket socket(loop);
    co_await socket.async_connect(path.native(), asio::use_awaitable);
    boost::system::error_code error;
    co_await asio::async_write(socket, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    std::string answer;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer),
                              asio::redirect_error(asio::use_awaitable, error));
    co_return answer;
}

/// The same with a TCP port of this machine.
inline Task<std::string> talk(EventLoop& loop, std::uint16_t port, std::string bytes) {
    asio::ip::tcp::socket socket(loop);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
    boost::system::error_code error;
    co_await asio::async_write(socket, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    std::string answer;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer),
                              asio::redirect_error(asio::use_awaitable, error));
    co_return answer;
}

/// A TCP server on 127.0.0.1 that reads a request's header, sends a fixed text and closes; connection after
/// connection, one text each, and the last text again and again. With `hang` it neither sends nor closes.
class RawServer {
  public:
    explicit RawServer(EventLoop& loop, std::vector<std::string> answers, bool hang = false)
        : acceptor_(loop, {asio::ip::address_v4::loopback(), 0}), answers_(std::move(answers)), hang_(hang) {}

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
    }
    const std::string& request() const { return request_; }
    std::size_t connections() const { return connections_; }

    Task<> run() {
        boost::system::error_code error;
        for (std::size_t next = 0;; ++next) {
            sockets_.emplace_back(acceptor_.get_executor());
            auto& socket = sockets_.back();
            co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            ++connections_;
            request_.clear();
            co_await asio::async_read_until(socket, asio::dynamic_buffer(request_), "\r\n\r\n",
                                            asio::redirect_error(asio::use_awaitable, error));
            if (hang_) continue;
            const std::string& answer = answers_[std::min(next, answers_.size() - 1)];
            co_await asio::async_write(socket, asio::buffer(answer),
                                       asio::redirect_error(asio::use_awaitable, error));
            socket.close(error);
        }
    }

  private:
    asio::ip::tcp::acceptor acceptor_;
    std::vector<std::string> answers_;
    bool hang_;
    std::string request_;
    std::size_t connections_ = 0;
    std::list<asio::ip::tcp::socket> sockets_;
};

}  // namespace dz::test
