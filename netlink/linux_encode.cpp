#include "netlink/linux_encode.hpp"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <memory>
#include <string>
#include <variant>

namespace dz::netlink {
namespace {

constexpr std::size_t kRoom = 512;  // the longest of ours, a new tunnel, takes 132 bytes
constexpr std::uint8_t kFamily = AF_INET;

struct Free {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
};

/// One message being written.
class Message {
  public:
    template <class Header>
    Message(int type, int flags, std::uint32_t sequence, const Header& header)
        : message_(nlmsg_alloc_size(kRoom)) {
        DZ_ASSERT(message_ != nullptr);
        DZ_ASSERT(nlmsg_put(message_.get(), 0, sequence, type, 0, NLM_F_REQUEST | flags) != nullptr);
        // nlmsg_append takes void* and only reads.
        Header copy = header;
        check(nlmsg_append(message_.get(), &copy, sizeof copy, NLMSG_ALIGNTO));
    }

    Message& u8(int type, std::uint8_t value) { return check(nla_put_u8(message_.get(), type, value)); }
    Message& u32(int type, std::uint32_t value) { return check(nla_put_u32(message_.get(), type, value)); }
    Message& text(int type, std::string_view value) {
        return check(nla_put_string(message_.get(), type, std::string(value).c_str()));
    }
    Message& address(int type, Ipv4 value) {
        const auto bytes = value.to_bytes();
        return check(nla_put(message_.get(), type, static_cast<int>(bytes.size()), bytes.data()));
    }
    Message& address(int type, const std::optional<Ipv4>& value) {
        return value ? address(type, *value) : *this;
    }
    template <class Content>
    Message& nested(int type, Content content) {
        nlattr* start = nla_nest_start(message_.get(), type);
        DZ_ASSERT(start != nullptr);
        content();
        return check(nla_nest_end(message_.get(), start));
    }

    void append_to(Bytes& out) const {
        const nlmsghdr* header = nlmsg_hdr(message_.get());
        const auto* bytes = static_cast<const std::uint8_t*>(static_cast<const void*>(header));
        out.insert(out.end(), bytes, bytes + header->nlmsg_len);
        out.resize((out.size() + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO);
    }

  private:
    Message& check(int result) {
        DZ_ASSERT(result >= 0);
        return *this;
    }

    std::unique_ptr<nl_msg, Free> message_;
};

/// Tables above 255 do not fit the header and go by attribute alone.
std::uint8_t short_table(std::uint32_t table) {
    return table < 256 ? static_cast<std::uint8_t>(table) : std::uint8_t{RT_TABLE_UNSPEC};
}

ifinfomsg link_header(int index = 0) {
    ifinfomsg header{};
    header.ifi_index = index;
    return header;
}

void put_gre(Message& message, Ipv4 local, Ipv4 remote, std::uint8_t ttl) {
    message.nested(IFLA_LINKINFO, [&] {
        message.text(IFLA_INFO_KIND, "gre").nested(IFLA_INFO_DATA, [&] {
            message.address(IFLA_GRE_LOCAL, local)
                .address(IFLA_GRE_REMOTE, remote)
                .u8(IFLA_GRE_TTL, ttl)
                .u8(IFLA_GRE_TOS, 0)
                .u8(IFLA_GRE_PMTUDISC, 0);  // left out, it would be on
        });
    });
}

void write(Bytes& out, const Add<Tunnel>& change, int, std::uint32_t sequence) {
    const Tunnel& tunnel = change.what;
    ifinfomsg header = link_header();
    if (tunnel.up) header.ifi_flags = header.ifi_change = IFF_UP;
    Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sequence, header);
    message.text(IFLA_IFNAME, tunnel.name)
        .u32(IFLA_MTU, tunnel.mtu)
        .u32(IFLA_TXQLEN, 0);  // left out, it would become 1000
    put_gre(message, tunnel.local, tunnel.remote, tunnel.ttl);
    message.append_to(out);
}

void write(Bytes& out, const SetEndpoints& change, int link, std::uint32_t sequence) {
    Message message(RTM_NEWLINK, 0, sequence, link_header(link));
    put_gre(message, change.local, change.remote, change.ttl);
    message.append_to(out);
}

void write(Bytes& out, const Remove<Tunnel>&, int link, std::uint32_t sequence) {
    Message(RTM_DELLINK, 0, sequence, link_header(link)).append_to(out);
}

void write_flag_up(Bytes& out, int link, unsigned flags, std::uint32_t sequence) {
    ifinfomsg header = link_header(link);
    header.ifi_flags = flags;
    header.ifi_change = IFF_UP;
    Message(RTM_NEWLINK, 0, sequence, header).append_to(out);
}

void write(Bytes& out, const SetUp&, int link, std::uint32_t sequence) {
    write_flag_up(out, link, IFF_UP, sequence);
}

void write(Bytes& out, const SetDown&, int link, std::uint32_t sequence) {
    write_flag_up(out, link, 0, sequence);
}

void write(Bytes& out, const SetMtu& change, int link, std::uint32_t sequence) {
    Message(RTM_NEWLINK, 0, sequence, link_header(link)).u32(IFLA_MTU, change.mtu).append_to(out);
}

void write_address(Bytes& out, int type, int flags, const LinkAddress& address, int link,
                   std::uint32_t sequence) {
    ifaddrmsg header{};
    header.ifa_family = kFamily;
    header.ifa_prefixlen = address.prefix.length;
    header.ifa_scope = static_cast<std::uint8_t>(address.scope);
    header.ifa_index = static_cast<unsigned>(link);
    Message(type, flags, sequence, header)
        .address(IFA_LOCAL, address.prefix.address)
        .address(IFA_ADDRESS, address.prefix.address)
        .append_to(out);
}

void write(Bytes& out, const Add<LinkAddress>& change, int link, std::uint32_t sequence) {
    write_address(out, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, change.what, link, sequence);
}

void write(Bytes& out, const Remove<LinkAddress>& change, int link, std::uint32_t sequence) {
    write_address(out, RTM_DELADDR, 0, change.what, link, sequence);
}

void write_route(Bytes& out, int type, int flags, const Route& route, int link, std::uint32_t sequence) {
    rtmsg header{};
    header.rtm_family = kFamily;
    header.rtm_dst_len = route.destination.length;
    header.rtm_table = short_table(route.table);
    header.rtm_protocol = static_cast<std::uint8_t>(route.protocol);
    header.rtm_scope = static_cast<std::uint8_t>(route.scope);
    header.rtm_type = static_cast<std::uint8_t>(route.type);
    Message message(type, flags, sequence, header);
    message.address(RTA_DST, route.destination.address)
        .u32(RTA_TABLE, route.table)
        .address(RTA_GATEWAY, route.gateway)
        .address(RTA_PREFSRC, route.source);
    if (route.metric != 0) message.u32(RTA_PRIORITY, route.metric);
    if (link != 0) message.u32(RTA_OIF, static_cast<std::uint32_t>(link));
    message.append_to(out);
}

void write(Bytes& out, const Add<Route>& change, int link, std::uint32_t sequence) {
    write_route(out, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, change.what, link, sequence);
}

void write(Bytes& out, const Replace<Route>& change, int link, std::uint32_t sequence) {
    write_route(out, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, change.what, link, sequence);
}

void write(Bytes& out, const Remove<Route>& change, int link, std::uint32_t sequence) {
    write_route(out, RTM_DELROUTE, 0, change.what, link, sequence);
}

Message rule_message(int type, int flags, const Rule& rule, std::uint32_t sequence) {
    fib_rule_hdr header{};
    header.family = kFamily;
    header.src_len = rule.from ? rule.from->length : std::uint8_t{0};
    header.dst_len = rule.to ? rule.to->length : std::uint8_t{0};
    header.table = short_table(rule.table);
    header.action = FR_ACT_TO_TBL;
    Message message(type, flags, sequence, header);
    message.u32(FRA_PRIORITY, rule.priority)
        .u32(FRA_TABLE, rule.table)
        .u8(FRA_PROTOCOL, static_cast<std::uint8_t>(rule.protocol));
    if (rule.from && header.src_len != 0) message.address(FRA_SRC, rule.from->address);
    if (rule.to && header.dst_len != 0) message.address(FRA_DST, rule.to->address);
    return message;
}

void write(Bytes& out, const Add<Rule>& change, int, std::uint32_t sequence) {
    rule_message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, change.what, sequence).append_to(out);
}

void write(Bytes& out, const Remove<Rule>& change, int, std::uint32_t sequence) {
    rule_message(RTM_DELRULE, 0, change.what, sequence).append_to(out);
}

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

}  // namespace

std::optional<std::string_view> link_of(const Change& change) {
    using Name = std::optional<std::string_view>;
    return std::visit(
        Overloaded{
            [](const Add<Tunnel>&) -> Name { return std::nullopt; },
            [](const Remove<Tunnel>& c) -> Name { return c.what.name; },
            []<template <class> class Verb>(const Verb<LinkAddress>& c) -> Name { return c.what.link; },
            []<template <class> class Verb>(const Verb<Route>& c) -> Name {
                return c.what.device.empty() ? Name() : Name(c.what.device);
            },
            []<template <class> class Verb>(const Verb<Rule>&) -> Name { return std::nullopt; },
            [](const auto& set) -> Name { return set.link; },
        },
        change);
}

bool changes_links(const Change& change) {
    return std::holds_alternative<Add<Tunnel>>(change) || std::holds_alternative<Remove<Tunnel>>(change);
}

void append(Bytes& out, const Change& change, int link, std::uint32_t sequence) {
    std::visit([&](const auto& typed) { write(out, typed, link, sequence); }, change);
}

void append_barrier(Bytes& out, std::uint32_t sequence) {
    nlmsghdr header{};
    header.nlmsg_len = sizeof header;
    header.nlmsg_type = NLMSG_NOOP;
    header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    header.nlmsg_seq = sequence;
    const auto* bytes = static_cast<const std::uint8_t*>(static_cast<const void*>(&header));
    out.insert(out.end(), bytes, bytes + sizeof header);
}

void append_dump(Bytes& out, std::uint16_t type, std::uint32_t sequence) {
    if (type == RTM_GETLINK) {
        Message(type, NLM_F_DUMP, sequence, link_header())
            .u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
            .append_to(out);
        return;
    }
    // Addresses, routes and rules begin with the family, and the kernel wants the whole header.
    rtmsg header{};
    header.rtm_family = kFamily;
    Message(type, NLM_F_DUMP, sequence, header).append_to(out);
}

void append_get_link(Bytes& out, std::string_view name, std::uint32_t sequence) {
    Message(RTM_GETLINK, NLM_F_ACK, sequence, link_header()).text(IFLA_IFNAME, name).append_to(out);
}

void append_get_link(Bytes& out, int index, std::uint32_t sequence) {
    Message(RTM_GETLINK, NLM_F_ACK, sequence, link_header(index)).append_to(out);
}

void append_get_route(Bytes& out, Ipv4 destination, std::uint32_t sequence) {
    rtmsg header{};
    header.rtm_family = kFamily;
    header.rtm_dst_len = 32;
    Message(RTM_GETROUTE, NLM_F_ACK, sequence, header).address(RTA_DST, destination).append_to(out);
}

}  // namespace dz::netlink
