#include "protocols/bgp/status.hpp"

namespace dz::bgp {

std::string_view to_string(Status status) {
    switch (status) {
        case Status::Pending:
            return "Pending BGP Session";
        case Status::Initializing:
            return "Initializing BGP Session";
        case Status::Up:
            return "BGP Session Up";
        case Status::Down:
            return "BGP Session Down";
        case Status::Failed:
            return "BGP Session Failed";
        case Status::Unreachable:
            return "Network Unreachable";
    }
    return "unknown";
}

void StatusTracker::connected(TimePoint now) {
    reachable_ = true;
    if (status_ == Status::Unreachable) deadline_ = now + kAttemptLimit;
    // A peer that accepts and hangs up, again and again, stays failed.
    if (overdue(now)) return give_verdict();
    status_ = Status::Pending;
}

void StatusTracker::disconnected(TimePoint now) {
    if (overdue(now)) give_verdict();
}

void StatusTracker::dial_failed(TimePoint now) {
    reachable_ = false;
    if (overdue(now)) give_verdict();
}

void StatusTracker::open_accepted(TimePoint now) {
    if (status_ == Status::Failed) deadline_ = now + kAttemptLimit;
    status_ = Status::Initializing;
}

void StatusTracker::established() {
    status_ = Status::Up;
}

void StatusTracker::lost(TimePoint now) {
    status_ = Status::Down;
    reachable_ = false;
    deadline_ = now + kAttemptLimit;
}

void StatusTracker::tick(TimePoint now) {
    if (status_ != Status::Up && overdue(now)) give_verdict();
}

std::optional<TimePoint> StatusTracker::next_deadline() const {
    if (status_ == Status::Up || status_ == Status::Failed || status_ == Status::Unreachable)
        return std::nullopt;
    return deadline_;
}

void StatusTracker::give_verdict() {
    status_ = reachable_ ? Status::Failed : Status::Unreachable;
}

}  // namespace dz::bgp
