#include "protocols/bgp/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocols/bgp/update.hpp"

namespace dz::bgp {
namespace {

constexpr std::uint8_t kVersion = 4;
constexpr std::uint8_t kCapabilitiesParameter = 2;
constexpr std::uint8_t kExtendedLength = 255;  // RFC 9072
constexpr std::size_t kLongestShortForm = 253;
constexpr std::uint16_t kAfiIpv4 = 1;
constexpr std::uint8_t kSafiUnicast = 1;
constexpr std::uint8_t kForwardingKept = 0x80;

std::unexpected<Notification> refuse(std::uint8_t code, std::uint8_t subcode, Bytes data = {}) {
    return std::unexpected(Notification{code, subcode, std::move(data)});
}

/// The value, or the NOTIFICATION for an OPEN that ends too early.
template <class T>
Decoded<T> of_open(Result<T> value) {
    if (!value) return refuse(error::kOpen, error::kUnspecific);
    return *std::move(value);
}

Decoded<> read_capabilities(bytes::Reader in, std::vector<Capability>& out) {
    while (!in.empty()) {
        TRY(const auto code, of_open(in.u8()));
        TRY(const auto length, of_open(in.u8()));
        TRY(const auto value, of_open(in.take(length)));
        out.push_back({code, Bytes(value.begin(), value.end())});
    }
    return {};
}

Decoded<> read_parameters(bytes::Reader in, bool extended, std::vector<Capability>& out) {
    while (!in.empty()) {
        TRY(const auto type, of_open(in.u8()));
        std::size_t length = 0;
        if (extended) {
            TRY(length, of_open(in.be16()));
        } else {
            TRY(length, of_open(in.u8()));
        }
        TRY(auto value, of_open(in.sub(length)));
        if (type != kCapabilitiesParameter) return refuse(error::kOpen, error::kBadParameter);
        TRY_OK(read_capabilities(value, out));
    }
    return {};
}

void write_open(bytes::Writer& out, const Open& open) {
    out.u8(kVersion).be16(open.asn).be16(open.hold_time).be32(open.identifier.to_uint());
    if (open.capabilities.empty()) {
        out.u8(0);
        return;
    }
    bytes::Writer list;
    for (const auto& capability : open.capabilities) {
        list.u8(capability.code).u8(static_cast<std::uint8_t>(capability.value.size())).raw(capability.value);
    }
    const std::size_t size = list.size();
    if (size <= kLongestShortForm) {
        out.u8(static_cast<std::uint8_t>(size + 2))
            .u8(kCapabilitiesParameter)
            .u8(static_cast<std::uint8_t>(size));
    } else {
        out.u8(kExtendedLength).u8(kExtendedLength).be16(static_cast<std::uint16_t>(size + 3));
        out.u8(kCapabilitiesParameter).be16(static_cast<std::uint16_t>(size));
    }
    out.raw(list.bytes());
}

struct BodyWriter {
    bytes::Writer& out;
    void operator()(const Open& open) { write_open(out, open); }
    void operator()(const Update& update) { write_update(out, update); }
    void operator()(const Notification& sent) { out.u8(sent.code).u8(sent.subcode).raw(sent.data); }
    void operator()(const Keepalive&) {}
    void operator()(const RouteRefresh& refresh) {
        out.be16(refresh.afi).u8(refresh.subtype).u8(refresh.safi);
    }
};

const Capability* find(const Open& open, std::uint8_t code) {
    const auto place = std::ranges::find(open.capabilities, code, &Capability::code);
    return place == open.capabilities.end() ? nullptr : &*place;
}

/// Shortest and longest allowed message of a type, header included.
struct Bounds {
    std::size_t least, most;
};
constexpr std::array<Bounds, 6> kBounds = {
    {{0, 0}, {29, kMaxMessage}, {23, kMaxMessage}, {21, kMaxMessage}, {19, 19}, {23, 23}}};

std::string_view code_text(std::uint8_t code) {
    switch (code) {
        case error::kHeader:
            return "message header error";
        case error::kOpen:
            return "open message error";
        case error::kUpdate:
            return "update message error";
        case error::kHoldTimer:
            return "hold timer expired";
        case error::kFsm:
            return "state machine error";
        case error::kCease:
            return "cease";
        default:
            return "unknown error";
    }
}

std::string_view subcode_text(std::uint8_t code, std::uint8_t subcode) {
    using Texts = std::array<std::string_view, 11>;
    static constexpr Texts kHeaderTexts = {"", "not synchronized", "bad length", "bad type"};
    static constexpr Texts kOpenTexts = {"",
                                         "unsupported version",
                                         "bad peer AS",
                                         "bad identifier",
                                         "unsupported optional parameter",
                                         "",
                                         "unacceptable hold time",
                                         "unsupported capability"};
    static constexpr Texts kUpdateTexts = {"",
                                           "malformed attribute list",
                                           "unrecognized well-known attribute",
                                           "missing well-known attribute",
                                           "attribute flags",
                                           "attribute length",
                                           "invalid origin",
                                           "",
                                           "invalid next hop",
                                           "optional attribute",
                                           "invalid network"};
    static constexpr Texts kFsmTexts = {"", "unexpected message in OpenSent",
                                        "unexpected message in OpenConfirm",
                                        "unexpected message in Established"};
    static constexpr Texts kCeaseTexts = {"",
                                          "maximum number of prefixes",
                                          "administrative shutdown",
                                          "peer deconfigured",
                                          "administrative reset",
                                          "connection rejected",
                                          "configuration change",
                                          "connection collision",
                                          "out of resources",
                                          "hard reset",
                                          "link down"};
    if (subcode >= Texts{}.size()) return "";
    switch (code) {
        case error::kHeader:
            return kHeaderTexts[subcode];
        case error::kOpen:
            return kOpenTexts[subcode];
        case error::kUpdate:
            return kUpdateTexts[subcode];
        case error::kFsm:
            return kFsmTexts[subcode];
        case error::kCease:
            return kCeaseTexts[subcode];
        default:
            return "";
    }
}

}  // namespace

std::string to_string(const Notification& notification) {
    const auto detail = subcode_text(notification.code, notification.subcode);
    return fmt::format("{}{}{} ({}/{})", code_text(notification.code), detail.empty() ? "" : ": ", detail,
                       notification.code, notification.subcode);
}

std::optional<Asn> Open::four_octet_asn() const {
    const Capability* found = find(*this, capability::kFourOctetAsn);
    if (found == nullptr || found->value.size() != 4) return std::nullopt;
    const auto value = bytes::Reader(found->value).be32();
    return Asn{value.value_or(0)};
}

bool Open::ipv4_unicast() const {
    const Bytes ipv4 = capability::ipv4_unicast().value;
    const auto is_ipv4 = [&](const Capability& c) {
        return c.code == capability::kMultiprotocol && c.value == ipv4;
    };
    return find(*this, capability::kMultiprotocol) == nullptr || std::ranges::any_of(capabilities, is_ipv4);
}

bool Open::route_refresh() const {
    return find(*this, capability::kRouteRefresh) != nullptr;
}

std::optional<GracefulRestart> Open::graceful_restart() const {
    const Capability* found = find(*this, capability::kGracefulRestart);
    if (found == nullptr) return std::nullopt;
    bytes::Reader in(found->value);
    const auto head = in.be16();
    if (!head) return std::nullopt;
    GracefulRestart restart{.restarted = (*head & 0x8000) != 0,
                            .seconds = static_cast<std::uint16_t>(*head & 0x0FFF)};
    while (in.remaining() >= 4) {
        const auto afi = in.be16();
        const auto safi = in.u8();
        const auto flags = in.u8();
        if (!afi || !safi || !flags || *afi != kAfiIpv4 || *safi != kSafiUnicast) continue;
        restart.ipv4_unicast = true;
        restart.forwarding_kept = (*flags & kForwardingKept) != 0;
    }
    return restart;
}

namespace capability {

Capability ipv4_unicast() {
    return {kMultiprotocol, {0, kAfiIpv4, 0, kSafiUnicast}};
}

Capability route_refresh() {
    return {kRouteRefresh, {}};
}

Capability four_octet_asn(Asn asn) {
    bytes::Writer out;
    out.be32(asn.value);
    return {kFourOctetAsn, out.take()};
}

Capability graceful_restart(const GracefulRestart& value) {
    bytes::Writer out;
    out.be16(static_cast<std::uint16_t>((value.restarted ? 0x8000 : 0) | (value.seconds & 0x0FFF)));
    if (value.ipv4_unicast) {
        out.be16(kAfiIpv4).u8(kSafiUnicast).u8(value.forwarding_kept ? kForwardingKept : 0);
    }
    return {kGracefulRestart, out.take()};
}

}  // namespace capability

std::string_view to_string(Treatment treatment) {
    return treatment == Treatment::Discard ? "discard" : "withdraw";
}

bool Update::treated_as_withdraw() const {
    return std::ranges::any_of(findings, [](const Finding& f) { return f.treatment == Treatment::Withdraw; });
}

MessageType type_of(const Message& message) {
    // The alternatives stand in the order of their type codes.
    return static_cast<MessageType>(message.index() + 1);
}

Bytes encode(const Message& message) {
    bytes::Writer out;
    for (int i = 0; i < 16; ++i) out.u8(0xFF);
    out.be16(0).u8(static_cast<std::uint8_t>(type_of(message)));
    std::visit(BodyWriter{out}, message);
    DZ_ASSERT(out.size() <= kMaxMessage);
    out.patch_be16(16, static_cast<std::uint16_t>(out.size()));
    return out.take();
}

Decoded<Open> decode_open(ByteView body) {
    bytes::Reader in(body);
    Open open;
    TRY(const auto version, of_open(in.u8()));
    if (version != kVersion) return refuse(error::kOpen, error::kBadVersion, {0, kVersion});
    TRY(open.asn, of_open(in.be16()));
    TRY(open.hold_time, of_open(in.be16()));
    TRY(const auto identifier, of_open(in.be32()));
    open.identifier = Ipv4(identifier);
    TRY(std::size_t length, of_open(in.u8()));

    bool extended = false;
    const ByteView rest = in.rest();
    bytes::Reader parameters(rest);
    if (length == kExtendedLength && rest.size() >= 3 && rest[0] == kExtendedLength) {
        extended = true;
        TRY_OK(of_open(parameters.u8()));
        TRY(length, of_open(parameters.be16()));
    }
    if (parameters.remaining() != length) return refuse(error::kOpen, error::kUnspecific);
    TRY_OK(read_parameters(parameters, extended, open.capabilities));
    return open;
}

Decoded<Message> decode(MessageType type, ByteView body, bool external) {
    bytes::Reader in(body);
    const Notification bad_length{error::kHeader, error::kBadLength, {}};
    switch (type) {
        case MessageType::Open:
            return decode_open(body);
        case MessageType::Update:
            return decode_update(body, external);
        case MessageType::Keepalive:
            return Keepalive{};
        case MessageType::Notification: {
            const auto code = in.u8();
            const auto subcode = in.u8();
            if (!code || !subcode) return std::unexpected(bad_length);
            const ByteView data = in.rest();
            return Notification{*code, *subcode, Bytes(data.begin(), data.end())};
        }
        case MessageType::RouteRefresh: {
            const auto afi = in.be16();
            const auto subtype = in.u8();
            const auto safi = in.u8();
            if (!afi || !subtype || !safi) return std::unexpected(bad_length);
            return RouteRefresh{*afi, *subtype, *safi};
        }
    }
    return refuse(error::kHeader, error::kBadType, {static_cast<std::uint8_t>(type)});
}

void Framer::feed(ByteView bytes) {
    if (start_ > 0) buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Decoded<std::optional<Framer::Frame>> Framer::next() {
    const ByteView rest = ByteView(buffer_).subspan(start_);
    if (rest.size() < kHeaderSize) return std::nullopt;
    const bool synchronized =
        std::ranges::all_of(rest.first(16), [](std::uint8_t byte) { return byte == 0xFF; });
    if (!synchronized) return refuse(error::kHeader, error::kNotSynchronized);

    const std::size_t length = std::size_t{rest[16]} << 8 | rest[17];
    if (length < kHeaderSize || length > kMaxMessage) {
        return refuse(error::kHeader, error::kBadLength, {rest[16], rest[17]});
    }
    const std::uint8_t type = rest[18];
    if (type == 0 || type >= kBounds.size()) return refuse(error::kHeader, error::kBadType, {type});
    if (length < kBounds[type].least || length > kBounds[type].most) {
        return refuse(error::kHeader, error::kBadLength, {rest[16], rest[17]});
    }
    if (rest.size() < length) return std::nullopt;
    start_ += length;
    return Frame{static_cast<MessageType>(type), rest.subspan(kHeaderSize, length - kHeaderSize)};
}

}  // namespace dz::bgp
