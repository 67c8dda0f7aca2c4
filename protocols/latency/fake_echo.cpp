#include "protocols/latency/fake_echo.hpp"

namespace dz::latency {

void FakeEcho::place(Ipv4 address, std::optional<Duration> rtt) {
    distances_.erase(address);
    if (rtt) distances_.emplace(address, *rtt);
}

Result<> FakeEcho::open() {
    if (trouble) return std::unexpected(*trouble);
    return {};
}

Result<> FakeEcho::send(Ipv4 to, std::uint16_t sequence) {
    if (trouble) return std::unexpected(*trouble);
    requests_.push_back({.to = to, .at = clock_.now()});
    if (int& left = to_lose_[to]; left > 0) {
        --left;
        return {};
    }
    const auto found = distances_.find(to);
    if (found == distances_.end()) return {};
    const TimePoint back = clock_.now() + found->second;
    under_way_.emplace(back, Reply{.from = to, .sequence = sequence, .at = back});
    wake_.set();
    return {};
}

Task<Reply> FakeEcho::receive() {
    for (;;) {
        if (under_way_.empty()) {
            co_await wake_.wait_until(TimePoint::max());
        } else if (under_way_.begin()->first > clock_.now()) {
            co_await wake_.wait_until(under_way_.begin()->first);
        } else {
            co_return under_way_.extract(under_way_.begin()).mapped();
        }
    }
}

}  // namespace dz::latency
