#include "protocols/bgp/peer.hpp"

#include <fmt/format.h>

namespace dz::bgp {

std::string_view to_string(Opening opening) {
    switch (opening) {
        case Opening::Active:
            return "active";
        case Opening::Passive:
            return "passive";
        case Opening::Both:
            return "both";
    }
    return "unknown";
}

Result<Opening> parse_opening(std::string_view text) {
    for (const auto opening : {Opening::Active, Opening::Passive, Opening::Both})
        if (text == to_string(opening)) return opening;
    return fail(Errc::BadValue, fmt::format("\"{}\" is not one of active, passive, both", text));
}

std::string_view to_string(State state) {
    switch (state) {
        case State::Idle:
            return "Idle";
        case State::Connect:
            return "Connect";
        case State::Active:
            return "Active";
        case State::OpenSent:
            return "OpenSent";
        case State::OpenConfirm:
            return "OpenConfirm";
        case State::Established:
            return "Established";
    }
    return "unknown";
}

}  // namespace dz::bgp
