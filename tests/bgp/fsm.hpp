// tests/bgp/fsm.hpp: a state machine brought to a state, and its answers as text.
#pragma once

#include "protocols/bgp/fsm.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/bgp/messages.hpp"

namespace dz::bgp::test {

inline const TimePoint kStart{1000s};

inline PeerConfig config() {
    PeerConfig wanted;
    wanted.local = ip("169.254.0.1");
    wanted.remote = ip("169.254.0.0");
    wanted.local_asn = kClientAs;
    wanted.remote_asn = kDeviceAs;
    wanted.announce = prefix("198.18.0.5/32");
    return wanted;
}

/// A device as the lab's BIRD is one: with graceful restart.
inline Open restarting_open(GracefulRestart said = {.restarted = false,
                                                    .seconds = 120,
                                                    .ipv4_unicast = true,
                                                    .forwarding_kept = true}) {
    Open open = device_open();
    open.capabilities.push_back(capability::graceful_restart(said));
    return open;
}

inline std::string name(const Message& message) {
    if (std::holds_alternative<Open>(message)) return "open";
    if (std::holds_alternative<Keepalive>(message)) return "keepalive";
    if (std::holds_alternative<RouteRefresh>(message)) return "refresh";
    if (const auto* sent = std::get_if<Notification>(&message))
        return fmt::format("{}/{}", sent->code, sent->subcode);
    const auto& update = std::get<Update>(message);
    if (update.end_of_rib) return "eor";
    return update.announced.empty() ? "withdraw" : "update";
}

struct ActionName {
    std::string operator()(const Dial&) const { return "dial"; }
    std::string operator()(const Listen&) const { return "listen"; }
    std::string operator()(const Adopt&) const { return "adopt"; }
    std::string operator()(const HangUp&) const { return "hangup"; }
    std::string operator()(const Send& act) const { return "send_" + name(act.message); }
    std::string operator()(const Learn&) const { return "learn"; }
    std::string operator()(const KeepRoutes&) const { return "keep"; }
    std::string operator()(const SweepRoutes&) const { return "sweep"; }
    std::string operator()(const FlushRoutes&) const { return "flush"; }
};

/// "send_open,hangup", or "-".
inline std::string names(const std::vector<Action>& actions) {
    std::string text;
    for (const auto& action : actions) text += (text.empty() ? "" : ",") + std::visit(ActionName{}, action);
    return text.empty() ? "-" : text;
}

inline std::vector<Message> sent(const std::vector<Action>& actions) {
    std::vector<Message> messages;
    for (const auto& action : actions) {
        if (const auto* send = std::get_if<Send>(&action)) messages.push_back(send->message);
    }
    return messages;
}

inline Received received(Message message) {
    return {std::move(message)};
}

/// As far as `state`, at `kStart`. Idle is one that waits to dial again.
inline Fsm fsm_in(State state, PeerConfig wanted = config(), const Open& open = restarting_open()) {
    if (state == State::Active) wanted.opening = Opening::Passive;
    Fsm fsm(std::move(wanted), kStart);
    fsm.on(Start{}, kStart);
    if (state == State::Idle) fsm.on(Disconnected{"refused"}, kStart);
    if (state >= State::OpenSent) fsm.on(Connected{}, kStart);
    if (state >= State::OpenConfirm) fsm.on(received(open), kStart);
    if (state >= State::Established) fsm.on(received(Keepalive{}), kStart);
    REQUIRE(fsm.state() == state);
    return fsm;
}

}  // namespace dz::bgp::test
