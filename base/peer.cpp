#include "base/peer.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace dz::net {

namespace {

std::vector<std::uint32_t> groups_of(int descriptor) {
    std::vector<std::uint32_t> groups(64);
    for (;;) {
        auto size = static_cast<::socklen_t>(groups.size() * sizeof(::gid_t));
        const int result = ::getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
        const std::size_t count = size / sizeof(::gid_t);
        if (result != 0 && (errno != ERANGE || count <= groups.size())) return {};
        groups.resize(count);
        if (result == 0) return groups;
    }
}

template <class Address, class Field>
std::string text_of(const ::sockaddr_storage& storage, Field Address::* field, int family) {
    Address address{};
    std::memcpy(&address, &storage, sizeof address);
    std::array<char, INET6_ADDRSTRLEN> text{};
    const char* const written = ::inet_ntop(family, &(address.*field), text.data(), text.size());
    return written == nullptr ? "" : written;
}

}  // namespace

Peer peer_of(int descriptor) {
    Peer peer;
    ::sockaddr_storage storage{};
    ::socklen_t length = sizeof storage;
    // NOLINTNEXTLINE(bugprone-casting-through-void): what the socket interface asks for.
    auto* const any = static_cast<::sockaddr*>(static_cast<void*>(&storage));
    if (::getpeername(descriptor, any, &length) != 0) return peer;
    ::ucred credentials{};
    ::socklen_t size = sizeof credentials;
    if (storage.ss_family == AF_UNIX &&
        ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
        peer.uid = credentials.uid;
        peer.gid = credentials.gid;
        peer.groups = groups_of(descriptor);
    } else if (storage.ss_family == AF_INET) {
        peer.address = text_of(storage, &::sockaddr_in::sin_addr, AF_INET);
    } else if (storage.ss_family == AF_INET6) {
        peer.address = text_of(storage, &::sockaddr_in6::sin6_addr, AF_INET6);
    }
    return peer;
}

}  // namespace dz::net
