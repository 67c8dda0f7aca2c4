// explain.cpp: what a person is told of a choice: why this device, why not a nearer one, why none at all.
#include <fmt/format.h>

#include <algorithm>

#include "placement/placement.hpp"

namespace dz::placement {

using ledger::Device;

namespace {

/// Enough to see a pattern, short enough to read.
constexpr std::size_t kReasonsShown = 3;

std::string milliseconds(Duration duration) {
    return fmt::format("{:.2f} ms", std::chrono::duration<double, std::milli>(duration).count());
}

const std::string& code(const Candidate& candidate) {
    return candidate.device->value.code;
}

std::size_t count(std::span<const Candidate> all, bool (*is)(const Candidate&)) {
    return static_cast<std::size_t>(std::ranges::count_if(all, is));
}

bool fits(const Candidate& one) {
    return one.fits();
}
bool usable(const Candidate& one) {
    return one.fits() && one.latency;
}
bool active(const Candidate& one) {
    return one.device->value.status == ledger::DeviceStatus::Activated;
}

/// "fra-dz001: it is full: ...; ams-dz001: it is drained"
std::string reasons(std::span<const Candidate> candidates) {
    std::string text;
    std::size_t shown = 0;
    for (const Candidate& one : candidates) {
        if (one.fits()) continue;
        if (shown == kReasonsShown) return text + "; ...";
        text += fmt::format("{}{}: {}", shown == 0 ? "" : "; ", code(one), one.why_not);
        ++shown;
    }
    return text;
}

/// What decided between two that fit and answer.
std::string advantage(const Candidate& chosen, const Candidate& next, std::size_t of) {
    if (chosen.latency->min > next.latency->min)
        return fmt::format("kept: {} is nearer by no more than {}", code(next), milliseconds(kNearEnough));
    if (chosen.latency->min < next.latency->min) return fmt::format("nearest of {} that take users", of);
    if (chosen.latency->mean < next.latency->mean)
        return fmt::format("as near as {} but steadier", code(next));
    const auto taken = [](const Device& one) {
        return fmt::format("{}/{}", one.users_count + one.reserved_seats, one.max_users);
    };
    return fmt::format("as near as {}; seats taken {} against {}", code(next), taken(chosen.device->value),
                       taken(next.device->value));
}

/// The nearest device that answers but does not fit, where it is nearer than `chosen`.
const Candidate* nearer_unfit(const Candidate& chosen, std::span<const Candidate> ranked) {
    const Candidate* out = nullptr;
    for (const Candidate& one : ranked) {
        if (one.fits() || !one.latency || !active(one)) continue;
        if (chosen.latency && one.latency->min >= chosen.latency->min) continue;
        if (out == nullptr || one.latency->min < out->latency->min) out = &one;
    }
    return out;
}

}  // namespace

Result<Candidate> best(std::span<const Candidate> ranked) {
    if (!ranked.empty() && usable(ranked.front())) return ranked.front();
    if (const std::size_t silent = count(ranked, fits); silent > 0)
        return fail(Errc::NotFound,
                    fmt::format("No reachable devices found: {} take users, none answers", silent));
    if (count(ranked, active) == 0)
        return fail(Errc::NotFound,
                    fmt::format("No activated devices found: {} devices on the ledger", ranked.size()));
    return fail(Errc::NotFound, fmt::format("No device takes this user: {}", reasons(ranked)));
}

std::string reason(std::span<const Candidate> ranked) {
    const Candidate& chosen = ranked.front();
    if (!chosen.latency) return "it does not answer probes";
    std::string text = milliseconds(chosen.latency->min);
    if (ranked.size() > 1 && usable(ranked[1])) {
        text += ", " + advantage(chosen, ranked[1], count(ranked, usable));
    } else {
        text += ", the only one that takes users and answers";
    }
    if (const Candidate* const other = nearer_unfit(chosen, ranked))
        text += fmt::format("; not {} at {}: {}", code(*other), milliseconds(other->latency->min),
                            other->why_not);
    return text;
}

std::string caution(const Candidate& chosen, std::span<const Candidate> ranked) {
    const Candidate* const other = nearer_unfit(chosen, ranked);
    if (other == nullptr || !chosen.latency || chosen.latency->min - other->latency->min <= kNearEnough)
        return {};
    return fmt::format("{} is {} farther than {}, the nearest device", code(chosen),
                       milliseconds(chosen.latency->min - other->latency->min), code(*other));
}

}  // namespace dz::placement
