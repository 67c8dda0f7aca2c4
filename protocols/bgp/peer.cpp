#include "protocols/bgp/peer.hpp"

namespace dz::bgp {

std::string_view to_string(State state) {
    switch (state) {
        case State::Idle:
            return "Idle";
        case State::Connect:
            return "Connect";
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
