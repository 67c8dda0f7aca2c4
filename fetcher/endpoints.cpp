#include "fetcher/endpoints.hpp"

#include <algorithm>
#include <limits>

namespace dz::fetcher {

namespace {
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
}

std::size_t Endpoints::choose(TimePoint now) const {
    return choose_other(kNone, now);
}

std::size_t Endpoints::choose_other(std::size_t one, TimePoint now) const {
    std::size_t best = kNone;
    for (std::size_t index = 0; index < all_.size(); ++index) {
        if (index == one) continue;
        if (all_[index].rests_until <= now) return index;
        if (best == kNone || all_[index].rests_until < all_[best].rests_until) best = index;
    }
    return best == kNone ? one : best;
}

bool Endpoints::has_rested(TimePoint now) const {
    return std::ranges::any_of(all_, [now](const Endpoint& one) { return one.rests_until <= now; });
}

void Endpoints::failed(std::size_t index, TimePoint now) {
    Endpoint& endpoint = all_[index];
    constexpr int kMostDoublings = 10;
    const Duration rest = rest_.first * (1 << std::min(endpoint.failures, kMostDoublings));
    endpoint.rests_until = now + std::min(rest, rest_.longest);
    ++endpoint.failures;
}

}  // namespace dz::fetcher
