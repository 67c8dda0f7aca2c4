// netlink/linux_encode.hpp: requests to the kernel as rtnetlink messages.
//
// Internal to dz::netlink_linux. Each function appends one message to `out`. Only questions ask for an answer
// of their own: the kernel answers failures unasked, and `append_barrier` marks the end of a batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "netlink/types.hpp"

namespace dz::netlink {

/// The link whose index `append` needs, if it needs one.
std::optional<std::string_view> link_of(const Change& change);
/// Whether the change makes or removes a link, so that indexes looked up before may be wrong after it.
bool changes_links(const Change& change);

/// `link` is the index of `link_of(change)`, or 0.
void append(Bytes& out, const Change& change, int link, std::uint32_t sequence);
/// Does nothing and is acknowledged, after everything before it has been carried out.
void append_barrier(Bytes& out, std::uint32_t sequence);

void append_dump(Bytes& out, std::uint16_t type, std::uint32_t sequence);
void append_get_link(Bytes& out, std::string_view name, std::uint32_t sequence);
void append_get_link(Bytes& out, int index, std::uint32_t sequence);
void append_get_route(Bytes& out, Ipv4 destination, std::uint32_t sequence);

}  // namespace dz::netlink
