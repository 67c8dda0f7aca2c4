// tests/bgp/bmp_station.hpp: a monitoring station that takes messages apart and checks how they are built.
#pragma once

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

#include "protocols/bgp/bmp.hpp"
#include "tests/bgp/device.hpp"

namespace dz::bgp::test {

/// Has a port from the start, but nobody answers there until `listen`.
class BmpStation {
  public:
    explicit BmpStation(EventLoop& loop) : loop_(loop), acceptor_(loop), socket_(loop) {
        acceptor_.open(boost::asio::ip::tcp::v4());
        acceptor_.set_option(boost::asio::socket_base::receive_buffer_size(4096));
        acceptor_.bind({Ipv4::loopback(), 0});
        acceptor_.non_blocking(true);
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void listen() { acceptor_.listen(); }

    /// Takes the connection when somebody has dialled.
    bool was_dialled() {
        boost::system::error_code error;
        socket_ = boost::asio::ip::tcp::socket(loop_);
        input_.clear();
        acceptor_.accept(socket_, error);
        if (!error) socket_.non_blocking(true);
        return !error;
    }
    void accept() {
        run_until(loop_, [this] { return was_dialled(); });
    }
    void close() { socket_.close(); }

    /// The next message in words; "closed" at the end of the connection.
    std::string next() {
        bool closed = false;
        run_until(loop_, [&] {
            if (input_.size() >= 6 && input_.size() >= length()) return true;
            std::array<std::uint8_t, 4096> some;
            boost::system::error_code error;
            const auto count = socket_.read_some(boost::asio::buffer(some), error);
            input_.insert(input_.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
            closed = error && error != boost::asio::error::would_block;
            return closed;
        });
        if (closed) return "closed";
        const Bytes message(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(length()));
        input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(length()));
        return words(message);
    }

  private:
    std::size_t length() const { return bytes::Reader(ByteView(input_).subspan(1)).be32().value(); }

    static std::string words(ByteView message) {
        bytes::Reader reader(message);
        REQUIRE(reader.u8() == bmp::kVersion);
        REQUIRE(reader.be32() == message.size());
        const auto type = static_cast<bmp::MessageType>(reader.u8().value());
        switch (type) {
            case bmp::MessageType::Initiation:
                return "initiation";
            case bmp::MessageType::Termination:
                return "termination";
            default:
                return about_peer(type, reader);
        }
    }

    static std::string about_peer(bmp::MessageType type, bytes::Reader& reader) {
        REQUIRE(reader.be16() == 0);
        REQUIRE(reader.be64() == 0U);
        REQUIRE(reader.take(12));
        const Ipv4 peer(reader.be32().value());
        REQUIRE(reader.take(16));
        const std::string name = peer.to_string();
        switch (type) {
            case bmp::MessageType::PeerUp: {
                REQUIRE(reader.take(20));
                const auto sent = std::get<Open>(bgp_message(reader));
                const auto received = std::get<Open>(bgp_message(reader));
                REQUIRE(reader.empty());
                return fmt::format("up {} {} {}", name, sent.identifier, received.identifier);
            }
            case bmp::MessageType::PeerDown: {
                const int reason = reader.u8().value();
                if (reason == 2 || reason == 4) return fmt::format("down {} {}", name, reason);
                const auto why = std::get<Notification>(bgp_message(reader));
                REQUIRE(reader.empty());
                return fmt::format("down {} {} {}/{}", name, reason, why.code, why.subcode);
            }
            case bmp::MessageType::StatisticsReport: {
                REQUIRE(reader.take(8));
                const auto routes = reader.be64().value();
                REQUIRE(reader.take(4));
                return fmt::format("statistics {} {} {}", name, routes, reader.be32().value());
            }
            default:
                return routes(std::get<Update>(bgp_message(reader)));
        }
    }

    static std::string routes(const Update& update) {
        if (update.end_of_rib) return "end of rib";
        std::string text;
        for (const Prefix& prefix : update.withdrawn) text += "-" + prefix.to_string() + " ";
        for (const Prefix& prefix : update.announced) text += "+" + prefix.to_string() + " ";
        return text.substr(0, text.size() - 1);
    }

    /// A whole BGP message at the start of what is left.
    static Message bgp_message(bytes::Reader& reader) {
        REQUIRE(reader.take(16));
        const std::size_t length = reader.be16().value();
        const auto type = static_cast<MessageType>(reader.u8().value());
        return decode(type, reader.take(length - kHeaderSize).value(), true).value();
    }

    EventLoop& loop_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket socket_;
    Bytes input_;
};

}  // namespace dz::bgp::test
