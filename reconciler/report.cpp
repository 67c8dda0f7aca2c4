#include "reconciler/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dz::reconciler {

std::string_view to_string(ServiceState state) {
    switch (state) {
        case ServiceState::Blocked:
            return "blocked";
        case ServiceState::Building:
            return "building";
        case ServiceState::Connecting:
            return "connecting";
        case ServiceState::Up:
            return "up";
        case ServiceState::Down:
            return "down";
        case ServiceState::Failed:
            return "failed";
        case ServiceState::Retrying:
            return "retrying";
    }
    return "unknown";
}

namespace {

Explanation explain_session(const Service& service, const bgp::PeerReport& peer) {
    const std::string error = peer.last_error.empty() ? "" : ": " + peer.last_error;
    const auto remedy =
        fmt::format("let GRE (IP protocol 47) to and from {} through the firewall", service.tunnel_dst);
    switch (peer.status) {
        case bgp::Status::Up:
            return {ServiceState::Up, "", ""};
        case bgp::Status::Down:
            return {ServiceState::Down, "the session with the device was lost" + error,
                    "dials the device again"};
        case bgp::Status::Unreachable:
            return {ServiceState::Failed,
                    fmt::format("device {} does not answer", service.device_code) + error, remedy};
        case bgp::Status::Failed:
            return {ServiceState::Failed,
                    fmt::format("device {} answers but no session comes up", service.device_code) + error,
                    "connect to another device, or tell the network's operators"};
        case bgp::Status::Pending:
        case bgp::Status::Initializing:
            break;
    }
    return {ServiceState::Connecting, "waits for the device to accept the session" + error,
            "dials the device"};
}

}  // namespace

Explanation explain(const Service& service, bool provisioned, const std::optional<bgp::PeerReport>& peer,
                    const std::optional<Problem>& trouble, Duration retry_in) {
    const auto blocking = std::ranges::find_if(service.problems, &Problem::blocking);
    if (blocking != service.problems.end()) return {ServiceState::Blocked, blocking->text, blocking->remedy};
    if (trouble) {
        const auto wait = std::chrono::ceil<std::chrono::seconds>(retry_in).count();
        auto next = fmt::format("tries again in {} s", wait);
        if (!trouble->remedy.empty()) next += "; " + trouble->remedy;
        return {ServiceState::Retrying, trouble->text, std::move(next)};
    }
    if (!provisioned || !peer) return {ServiceState::Building, "the tunnel is being set up", ""};
    return explain_session(service, *peer);
}

}  // namespace dz::reconciler
