#include "netlink/linux_decode.hpp"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

namespace dz::netlink {
namespace {

/// The fixed part of a message, if it is all there.
template <class Header>
std::optional<Header> header_of(nlmsghdr& message) {
    static_assert(std::is_trivially_copyable_v<Header>);
    if (nlmsg_valid_hdr(&message, sizeof(Header)) == 0) return std::nullopt;
    Header header;
    std::memcpy(&header, nlmsg_data(&message), sizeof header);
    return header;
}

/// Attributes 0 to Last by number; later ones are of a newer kernel and do not concern us.
template <int Last>
class Attributes {
  public:
    static Attributes behind(nlmsghdr& message, std::size_t header) {
        const int size = static_cast<int>(header);
        return Attributes(nlmsg_attrdata(&message, size), nlmsg_attrlen(&message, size));
    }
    static Attributes within(nlattr* nest) {
        return nest == nullptr ? Attributes(nullptr, 0)
                               : Attributes(static_cast<nlattr*>(nla_data(nest)), nla_len(nest));
    }

    bool has(int type) const { return at(type) != nullptr; }
    nlattr* at(int type) const { return found_[static_cast<std::size_t>(type)]; }
    std::optional<std::uint8_t> u8(int type) const { return value<std::uint8_t>(type); }
    std::optional<std::uint16_t> u16(int type) const { return value<std::uint16_t>(type); }
    std::optional<std::uint32_t> u32(int type) const { return value<std::uint32_t>(type); }
    std::optional<Ipv4> address(int type) const {
        const auto bytes = value<Ipv4::bytes_type>(type);
        return bytes ? std::optional(Ipv4(*bytes)) : std::nullopt;
    }
    std::string text(int type) const {
        if (!has(type)) return {};
        const auto* start = static_cast<const char*>(nla_data(at(type)));
        return {start, ::strnlen(start, static_cast<std::size_t>(nla_len(at(type))))};
    }

  private:
    Attributes(nlattr* first, int size) {
        for (int rest = size; nla_ok(first, rest) != 0; first = nla_next(first, &rest)) {
            if (const int type = nla_type(first); type <= Last)
                found_[static_cast<std::size_t>(type)] = first;
        }
    }
    template <class T>
    std::optional<T> value(int type) const {
        if (!has(type) || static_cast<std::size_t>(nla_len(at(type))) < sizeof(T)) return std::nullopt;
        T value;
        std::memcpy(&value, nla_data(at(type)), sizeof value);
        return value;
    }

    std::array<nlattr*, std::size_t{Last} + 1> found_{};
};

using LinkAttributes = Attributes<IFLA_LINKINFO>;
using GreAttributes = Attributes<IFLA_GRE_ERSPAN_HWID>;
using RouteAttributes = Attributes<RTA_TABLE>;

/// Nothing in it but what `Add<Tunnel>` writes.
bool is_plain(const LinkAttributes& link, const GreAttributes& gre) {
    const auto zero = [](auto value) { return value.value_or(0) == 0; };
    return zero(link.u32(IFLA_LINK)) && zero(gre.u32(IFLA_GRE_LINK)) && zero(gre.u16(IFLA_GRE_IFLAGS)) &&
           zero(gre.u16(IFLA_GRE_OFLAGS)) && zero(gre.u8(IFLA_GRE_TOS)) && zero(gre.u8(IFLA_GRE_PMTUDISC)) &&
           zero(gre.u16(IFLA_GRE_ENCAP_TYPE)) && zero(gre.u8(IFLA_GRE_IGNORE_DF)) &&
           zero(gre.u32(IFLA_GRE_FWMARK)) && !gre.has(IFLA_GRE_COLLECT_METADATA);
}

Tunnel tunnel_of(const LinkAttributes& link, const GreAttributes& gre, bool up) {
    return {.name = link.text(IFLA_IFNAME),
            .local = gre.address(IFLA_GRE_LOCAL).value_or(Ipv4{}),
            .remote = gre.address(IFLA_GRE_REMOTE).value_or(Ipv4{}),
            .ttl = gre.u8(IFLA_GRE_TTL).value_or(0),
            .mtu = link.u32(IFLA_MTU).value_or(0),
            .up = up,
            .plain = is_plain(link, gre)};
}

/// Sentences of the kernel go on in the middle of ours; "FIB table" stays.
std::string lower_first(std::string text) {
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (text.size() > 1 && upper(text[0]) && !upper(text[1]))
        text[0] = static_cast<char>(text[0] + ('a' - 'A'));
    return text;
}

/// "if7" for a link we have not heard of; empty for none.
std::string name_of(int index, const LinkNames& names) {
    if (index == 0) return {};
    const auto found = names.find(index);
    return found == names.end() ? "if" + std::to_string(index) : found->second;
}

std::optional<Prefix> prefix_of(std::optional<Ipv4> address, std::uint8_t length) {
    if (length == 0 || length > 32 || !address) return std::nullopt;
    return Prefix{*address, length};
}

/// Whether a rule selects by, or does, something that `Rule` cannot say.
bool says_more(const nlattr& attribute) {
    switch (nla_type(&attribute)) {
        case FRA_DST:
        case FRA_SRC:
        case FRA_PRIORITY:
        case FRA_TABLE:
        case FRA_PROTOCOL:
        case FRA_PAD:
            return false;
        case FRA_SUPPRESS_PREFIXLEN:
        case FRA_SUPPRESS_IFGROUP:
            return nla_len(&attribute) < 4 || nla_get_s32(&attribute) != -1;
        default:
            return true;
    }
}

}  // namespace

const std::string& LinkMessage::name() const {
    return std::visit([](const auto& l) -> const std::string& { return l.name; }, link);
}

std::uint32_t LinkMessage::mtu() const {
    return std::visit([](const auto& l) { return l.mtu; }, link);
}

std::optional<LinkMessage> decode_link(nlmsghdr& message) {
    const auto header = header_of<ifinfomsg>(message);
    // Bridges report their ports under a family of their own.
    if (!header || header->ifi_family != AF_UNSPEC) return std::nullopt;
    const auto link = LinkAttributes::behind(message, sizeof *header);
    const auto kind = Attributes<IFLA_INFO_DATA>::within(link.at(IFLA_LINKINFO));
    const bool up = (header->ifi_flags & IFF_UP) != 0;
    LinkMessage out{.index = header->ifi_index,
                    .loopback = (header->ifi_flags & IFF_LOOPBACK) != 0,
                    .link = Link{.name = link.text(IFLA_IFNAME),
                                 .kind = kind.text(IFLA_INFO_KIND),
                                 .mtu = link.u32(IFLA_MTU).value_or(0),
                                 .up = up}};
    if (kind.text(IFLA_INFO_KIND) == "gre" && kind.has(IFLA_INFO_DATA))
        out.link = tunnel_of(link, GreAttributes::within(kind.at(IFLA_INFO_DATA)), up);
    return out;
}

std::optional<LinkAddress> decode_address(nlmsghdr& message, const LinkNames& names) {
    const auto header = header_of<ifaddrmsg>(message);
    if (!header || header->ifa_family != AF_INET || header->ifa_prefixlen > 32) return std::nullopt;
    const auto address = Attributes<IFA_LOCAL>::behind(message, sizeof *header).address(IFA_LOCAL);
    if (!address || address->is_loopback()) return std::nullopt;
    return LinkAddress{.link = name_of(static_cast<int>(header->ifa_index), names),
                       .prefix = {*address, header->ifa_prefixlen},
                       .scope = static_cast<Scope>(header->ifa_scope)};
}

std::optional<Route> decode_route(nlmsghdr& message, const LinkNames& names) {
    const auto header = header_of<rtmsg>(message);
    if (!header || header->rtm_family != AF_INET || header->rtm_dst_len > 32) return std::nullopt;
    // Cached routes are the kernel's own notes, such as a discovered path MTU.
    if (header->rtm_tos != 0 || (header->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
    const auto attributes = RouteAttributes::behind(message, sizeof *header);
    const std::uint32_t table = attributes.u32(RTA_TABLE).value_or(header->rtm_table);
    if (table == kTableLocal) return std::nullopt;
    return Route{.destination = {attributes.address(RTA_DST).value_or(Ipv4{}), header->rtm_dst_len},
                 .gateway = attributes.address(RTA_GATEWAY),
                 .device = name_of(static_cast<int>(attributes.u32(RTA_OIF).value_or(0)), names),
                 .source = attributes.address(RTA_PREFSRC),
                 .table = table,
                 .metric = attributes.u32(RTA_PRIORITY).value_or(0),
                 .protocol = static_cast<Protocol>(header->rtm_protocol),
                 .type = static_cast<RouteType>(header->rtm_type),
                 .scope = static_cast<Scope>(header->rtm_scope)};
}

std::optional<Rule> decode_rule(nlmsghdr& message) {
    const auto header = header_of<fib_rule_hdr>(message);
    if (!header || header->family != AF_INET) return std::nullopt;
    if (header->action != FR_ACT_TO_TBL || header->tos != 0 || (header->flags & FIB_RULE_INVERT) != 0)
        return std::nullopt;
    int rest = nlmsg_attrlen(&message, sizeof *header);
    for (nlattr* at = nlmsg_attrdata(&message, sizeof *header); nla_ok(at, rest) != 0;
         at = nla_next(at, &rest)) {
        if (says_more(*at)) return std::nullopt;
    }
    const auto attributes = Attributes<FRA_PROTOCOL>::behind(message, sizeof *header);
    Rule rule{
        .priority = attributes.u32(FRA_PRIORITY).value_or(0),
        .from = prefix_of(attributes.address(FRA_SRC), header->src_len),
        .to = prefix_of(attributes.address(FRA_DST), header->dst_len),
        .table = attributes.u32(FRA_TABLE).value_or(header->table),
        .protocol = static_cast<Protocol>(attributes.u8(FRA_PROTOCOL).value_or(0)),
    };
    if (std::ranges::find(kBuiltInRules, rule) != kBuiltInRules.end()) return std::nullopt;
    return rule;
}

std::optional<RouteAnswer> decode_route_answer(nlmsghdr& message) {
    const auto header = header_of<rtmsg>(message);
    if (!header || header->rtm_family != AF_INET) return std::nullopt;
    const auto attributes = RouteAttributes::behind(message, sizeof *header);
    const auto metrics = Attributes<RTAX_MTU>::within(attributes.at(RTA_METRICS));
    const auto device = attributes.u32(RTA_OIF);
    if (!device) return std::nullopt;
    return RouteAnswer{.source = attributes.address(RTA_PREFSRC).value_or(Ipv4{}),
                       .gateway = attributes.address(RTA_GATEWAY),
                       .device = static_cast<int>(*device),
                       .mtu = metrics.u32(RTAX_MTU)};
}

namespace {

std::optional<Event> link_event(nlmsghdr& message, LinkNames& names) {
    const auto decoded = decode_link(message);
    if (!decoded) return std::nullopt;
    const bool vanished = message.nlmsg_type == RTM_DELLINK;
    if (vanished) {
        names.erase(decoded->index);
    } else {
        names[decoded->index] = decoded->name();
    }
    if (decoded->loopback) return std::nullopt;
    return std::visit(
        [vanished](const auto& l) { return vanished ? Event(Vanished{l}) : Event(Appeared{l}); },
        decoded->link);
}

template <class T>
std::optional<Event> event_of(const std::optional<T>& what, bool vanished) {
    if (!what) return std::nullopt;
    return vanished ? Event(Vanished{*what}) : Event(Appeared{*what});
}

}  // namespace

std::optional<Event> decode_event(nlmsghdr& message, LinkNames& names) {
    switch (message.nlmsg_type) {
        case RTM_NEWLINK:
        case RTM_DELLINK:
            return link_event(message, names);
        case RTM_NEWADDR:
        case RTM_DELADDR:
            return event_of(decode_address(message, names), message.nlmsg_type == RTM_DELADDR);
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            return event_of(decode_route(message, names), message.nlmsg_type == RTM_DELROUTE);
        case RTM_NEWRULE:
        case RTM_DELRULE:
            return event_of(decode_rule(message), message.nlmsg_type == RTM_DELRULE);
        default:
            return std::nullopt;
    }
}

std::optional<Answer> decode_answer(nlmsghdr& message) {
    const auto error = header_of<std::int32_t>(message);
    if (message.nlmsg_type == NLMSG_DONE) return Answer{.error = -error.value_or(0), .reason = {}};
    if (message.nlmsg_type != NLMSG_ERROR || !error) return std::nullopt;
    Answer answer{.error = -*error, .reason = {}};
    // Behind the number stands our request, of which NETLINK_CAP_ACK leaves the header alone.
    const bool words = (message.nlmsg_flags & NLM_F_ACK_TLVS) != 0;
    const bool capped = (message.nlmsg_flags & NLM_F_CAPPED) != 0;
    if (words && capped && nlmsg_valid_hdr(&message, sizeof(nlmsgerr)) != 0)
        answer.reason = lower_first(
            Attributes<NLMSGERR_ATTR_MSG>::behind(message, sizeof(nlmsgerr)).text(NLMSGERR_ATTR_MSG));
    return answer;
}

}  // namespace dz::netlink
