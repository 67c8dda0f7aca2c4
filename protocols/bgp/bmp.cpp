#include "protocols/bgp/bmp.hpp"

#include <charconv>

namespace dz::bgp::bmp {
namespace {

constexpr std::size_t kCommonHeader = 6;
constexpr std::uint8_t kGlobalInstance = 0;
constexpr std::uint8_t kPrePolicyIpv4 =
    0;  // none of the flags V (IPv6), L (post-policy), A (2-octet AS paths)
constexpr std::uint16_t kDescription = 1, kSystemName = 2;  // information TLVs, section 4.4
constexpr std::uint16_t kTerminationReason = 1, kAdministrativelyClosed = 0;
constexpr std::uint16_t kRoutesInAdjRibIn = 7, kTreatedAsWithdraw = 11;
constexpr std::uint16_t kManualStop = 2;  // event of RFC 4271, section 8.1.2

/// Common header and body (section 4.1).
Bytes message(MessageType type, ByteView body) {
    bytes::Writer out;
    out.u8(kVersion).be32(static_cast<std::uint32_t>(kCommonHeader + body.size()));
    return out.u8(static_cast<std::uint8_t>(type)).raw(body).take();
}

void write_address(bytes::Writer& out, Ipv4 address) {
    out.zeros(12).be32(address.to_uint());
}

/// The per-peer header (section 4.2), at the start of a body.
bytes::Writer about(const Peer& peer, WallTime when) {
    using namespace std::chrono;
    const auto seconds = floor<std::chrono::seconds>(when);
    const auto micros = floor<microseconds>(when - seconds);
    bytes::Writer out;
    out.u8(kGlobalInstance).u8(kPrePolicyIpv4).be64(0);
    write_address(out, peer.address);
    out.be32(peer.asn.value).be32(peer.identifier.to_uint());
    out.be32(static_cast<std::uint32_t>(seconds.time_since_epoch().count()));
    out.be32(static_cast<std::uint32_t>(micros.count()));
    return out;
}

void write_text(bytes::Writer& out, std::uint16_t type, std::string_view text) {
    text = text.substr(0, 0xFFFF);
    out.be16(type).be16(static_cast<std::uint16_t>(text.size())).raw(as_bytes(text));
}

bool says_nothing(const Update& update) {
    return update.withdrawn.empty() && update.announced.empty() && !update.mp_reach && !update.end_of_rib;
}

}  // namespace

Result<Station> parse_station(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto bad = [] { return fail(Errc::BadValue, "is not HOST:PORT, like 192.0.2.1:11019"); };
    if (colon == std::string_view::npos) return bad();
    const std::string_view digits = text.substr(colon + 1);
    std::string_view host = text.substr(0, colon);
    const bool in_brackets = host.starts_with('[') && host.ends_with(']');
    if (in_brackets) host = host.substr(1, host.size() - 2);
    Station station{.host = std::string(host)};
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), station.port);
    if (error != std::errc() || rest != digits.data() + digits.size() || station.port == 0 || host.empty())
        return bad();
    if (!in_brackets && host.find_first_of(":[]/ ") != std::string_view::npos) return bad();
    return station;
}

Bytes initiation(std::string_view system_name, std::string_view description) {
    bytes::Writer body;
    write_text(body, kDescription, description);
    write_text(body, kSystemName, system_name);
    return message(MessageType::Initiation, body.bytes());
}

Bytes termination() {
    bytes::Writer body;
    body.be16(kTerminationReason).be16(2).be16(kAdministrativelyClosed);
    return message(MessageType::Termination, body.bytes());
}

Bytes peer_up(const Peer& peer, WallTime when, const PeerUp& up) {
    bytes::Writer body = about(peer, when);
    write_address(body, up.local_address);
    body.be16(up.local_port).be16(up.remote_port).raw(encode(up.sent)).raw(encode(up.received));
    return message(MessageType::PeerUp, body.bytes());
}

Bytes peer_down(const Peer& peer, WallTime when, const PeerDown& down) {
    bytes::Writer body = about(peer, when);
    body.u8(static_cast<std::uint8_t>(down.reason));
    switch (down.reason) {
        case DownReason::LocalNotification:
        case DownReason::RemoteNotification:
            body.raw(encode(down.notification));
            break;
        case DownReason::LocalSilence:
            body.be16(kManualStop);
            break;
        case DownReason::RemoteSilence:
            break;
    }
    return message(MessageType::PeerDown, body.bytes());
}

std::optional<Bytes> route_monitoring(const Peer& peer, WallTime when, const Update& update) {
    if (says_nothing(update)) return std::nullopt;
    bytes::Writer body = about(peer, when);
    body.raw(encode(update));
    return message(MessageType::RouteMonitoring, body.bytes());
}

Bytes statistics(const Peer& peer, WallTime when, const Statistics& numbers) {
    bytes::Writer body = about(peer, when);
    body.be32(2);
    body.be16(kRoutesInAdjRibIn).be16(8).be64(numbers.routes);
    body.be16(kTreatedAsWithdraw).be16(4).be32(numbers.treated_as_withdraw);
    return message(MessageType::StatisticsReport, body.bytes());
}

std::vector<Update> pack(const PathAttributes& attributes, std::span<const Prefix> prefixes) {
    Update update;
    update.attributes = attributes;
    const std::size_t bare = encode(update).size();
    std::vector<Update> updates;
    std::size_t size = kMaxMessage;
    for (const Prefix& prefix : prefixes) {
        const std::size_t needed = 1U + (prefix.length + 7U) / 8U;
        if (updates.empty() || size + needed > kMaxMessage) {
            updates.push_back(update);
            size = bare;
        }
        updates.back().announced.push_back(prefix);
        size += needed;
    }
    return updates;
}

}  // namespace dz::bgp::bmp
