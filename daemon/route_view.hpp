// daemon/route_view.hpp: what GET /routes shows: every route that a device has told us of, and what became of
// it. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "daemon/api/messages.hpp"
#include "netlink/types.hpp"
#include "protocols/bgp/speaker.hpp"
#include "reconciler/report.hpp"

namespace dz::daemon {

/// What is known about routes; only for the duration of a call.
struct RouteFacts {
    const reconciler::Report& report;
    const std::vector<netlink::Route>& kernel;                ///< its whole table
    const bgp::Speaker& speaker;                              ///< what the devices announce
    const std::map<netlink::RouteKey, std::string>& refused;  ///< what the kernel did not take, and why
    TimePoint now;
};

/// In the order of the API. A route of a service whose tunnel is there, announced or in the kernel, is one
/// row.
std::vector<api::RouteRow> routes(const RouteFacts& facts, std::string_view network);

}  // namespace dz::daemon
