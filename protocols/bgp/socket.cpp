#include "protocols/bgp/socket.hpp"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "protocols/bgp/md5_key.hpp"

namespace dz::bgp {
namespace {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// A few connections at once are all that one peer can have.
constexpr int kBacklog = 4;
constexpr int kLongestTtl = 255;

template <class Value>
ErrorCode set(int socket, int level, int name, const Value& value) {
    if (::setsockopt(socket, level, name, &value, sizeof value) == 0) return {};
    return {errno, boost::system::system_category()};
}

/// RFC 5082: what is sent with the longest TTL and has it still has not passed a router.
ErrorCode check_distance(int socket) {
    if (const auto error = set(socket, IPPROTO_IP, IP_TTL, kLongestTtl)) return error;
    return set(socket, IPPROTO_IP, IP_MINTTL, kLongestTtl);
}

ErrorCode sign(int socket, Ipv4 peer, const Md5Key& key) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(peer.to_uint());
    tcp_md5sig signature{};
    std::memcpy(&signature.tcpm_addr, &address, sizeof address);
    std::ranges::copy(key.text(), signature.tcpm_key);
    signature.tcpm_keylen = static_cast<std::uint16_t>(key.text().size());
    const auto error = set(socket, IPPROTO_TCP, TCP_MD5SIG, signature);
    ::explicit_bzero(&signature, sizeof signature);
    return error;
}

ErrorCode protect(int socket, const PeerConfig& config) {
    // Network control: such packets pass full queues first.
    if (const auto error = set(socket, IPPROTO_IP, IP_TOS, int{IPTOS_PREC_INTERNETCONTROL})) return error;
    if (config.ttl_security) {
        if (const auto error = check_distance(socket)) return error;
    }
    return config.md5_key ? sign(socket, config.remote, *config.md5_key) : ErrorCode();
}

}  // namespace

ErrorCode prepare(tcp::socket& socket, const PeerConfig& config) {
    ErrorCode error;
    const auto failed = [&error] { return error.failed(); };
    if (socket.open(tcp::v4(), error); failed()) return error;
    if (socket.set_option(tcp::no_delay(true), error); failed()) return error;
    if (socket.non_blocking(true, error); failed()) return error;
    if (error = protect(socket.native_handle(), config); failed()) return error;
    socket.bind({config.local, 0}, error);
    return error;
}

ErrorCode listen(tcp::acceptor& acceptor, const PeerConfig& config) {
    ErrorCode error;
    const auto failed = [&error] { return error.failed(); };
    if (acceptor.open(tcp::v4(), error); failed()) return error;
    if (acceptor.set_option(tcp::acceptor::reuse_address(true), error); failed()) return error;
    if (error = protect(acceptor.native_handle(), config); failed()) return error;
    if (acceptor.bind({config.local, config.port}, error); failed()) return error;
    acceptor.listen(kBacklog, error);
    return error;
}

}  // namespace dz::bgp
