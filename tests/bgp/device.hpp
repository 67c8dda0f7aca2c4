// tests/bgp/device.hpp: the other end of a session in the same process: does what the test says, over a real
// socket.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "base/clock.hpp"
#include "protocols/bgp/socket.hpp"
#include "tests/bgp/messages.hpp"

namespace dz::bgp::test {

/// Runs the loop until `done()`; the test fails when that takes long.
template <class Done>
void run_until(EventLoop& loop, Done done) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!done()) {
        REQUIRE(std::chrono::steady_clock::now() < limit);
        loop.restart();
        loop.run_one_for(std::chrono::milliseconds(1));
    }
}

/// Listens on a port of the kernel's choice; one connection at a time.
class Device {
  public:
    explicit Device(EventLoop& loop) : loop_(loop), acceptor_(loop, {Ipv4::loopback(), 0}), socket_(loop) {
        acceptor_.non_blocking(true);
    }

    /// Listens as `config` has our own speaker listen, seen from the device: with its key and distance.
    Device(EventLoop& loop, const PeerConfig& config) : loop_(loop), acceptor_(loop), socket_(loop) {
        listening_ = listen(acceptor_, config);
        acceptor_.non_blocking(true);
    }
    /// Why it cannot listen; none when it does.
    boost::system::error_code listening() const { return listening_; }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// Refuses connections from now on.
    void stop_listening() { acceptor_.close(); }

    /// Opens a connection itself.
    void connect(Ipv4 from, Ipv4 to, std::uint16_t to_port) {
        socket_ = boost::asio::ip::tcp::socket(loop_);
        framer_ = {};
        socket_.open(boost::asio::ip::tcp::v4());
        socket_.bind({from, 0});
        socket_.connect({to, to_port});
        socket_.non_blocking(true);
    }

    void accept() {
        socket_ = boost::asio::ip::tcp::socket(loop_);
        framer_ = {};
        run_until(loop_, [this] {
            boost::system::error_code error;
            acceptor_.accept(socket_, error);
            return !error;
        });
        socket_.non_blocking(true);
    }

    /// True when somebody has dialled; takes the connection.
    bool was_dialled() {
        loop_.restart();
        loop_.poll();
        boost::system::error_code error;
        socket_ = boost::asio::ip::tcp::socket(loop_);
        framer_ = {};
        acceptor_.accept(socket_, error);
        if (!error) socket_.non_blocking(true);
        return !error;
    }

    void send_bytes(ByteView bytes) {
        while (!bytes.empty()) {
            boost::system::error_code error;
            const auto count = socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), error);
            REQUIRE((!error || error == boost::asio::error::would_block));
            bytes = bytes.subspan(count);
            loop_.restart();
            loop_.poll();
        }
    }
    void send(const Message& message) { send_bytes(encode(message)); }

    /// The next message from the other end; nothing when it has closed the connection.
    std::optional<Message> next() {
        std::optional<Message> message;
        bool closed = false;
        run_until(loop_, [&] {
            if (auto frame = framer_.next().value()) {
                message = decode(frame->type, frame->body, true).value();
                return true;
            }
            std::array<std::uint8_t, 4096> input;
            boost::system::error_code error;
            const auto count = socket_.read_some(boost::asio::buffer(input), error);
            framer_.feed(ByteView(input).first(count));
            closed = error && error != boost::asio::error::would_block;
            return closed;
        });
        return message;
    }

    /// Takes the connection as far as Established.
    void establish(const Open& open = device_open()) {
        accept();
        converse(open);
    }
    /// The same on a connection that is there.
    void converse(const Open& open = device_open()) {
        REQUIRE(std::holds_alternative<Open>(next().value()));
        send(open);
        REQUIRE(next() == Message(Keepalive{}));
        send(Keepalive{});
    }

    void close() { socket_.close(); }

  private:
    EventLoop& loop_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::system::error_code listening_;
    boost::asio::ip::tcp::socket socket_;
    Framer framer_;
};

}  // namespace dz::bgp::test
