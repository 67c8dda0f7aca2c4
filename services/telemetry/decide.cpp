#include "services/telemetry/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/flags.hpp"
#include "ledger/enum_text.hpp"

namespace dz::telemetry {

namespace {

constexpr Duration kFirstPause = 1min, kLongestPause = 60min;
/// Slots. Beyond any refresh interval the exact age is of no interest, and must not overflow.
constexpr std::uint64_t kAncient = 10'000'000;
/// Nanoseconds of a day: a round-trip time that long is none.
constexpr std::uint64_t kNoRtt = 86'400'000'000'000;

/// What the ledger holds of a user as far as can be known.
struct Confirmed {
    BgpStatus status{};
    std::optional<TimePoint> at;  ///< none: never reported
};

Confirmed confirmed(const User& user, const UserMemory& memory, const Roster& roster, const Rules& rules) {
    const auto& own = memory.written;
    if (own && own->slot == user.reported_at) return {own->status, own->at};
    const bool not_visible_yet =
        own && user.reported_at < own->slot && roster.read_at - own->at < rules.settle;
    if (not_visible_yet) return {own->status, own->at};
    if (user.reported_at.value == 0) return {user.status, std::nullopt};
    const std::uint64_t slots = roster.slot.value - std::min(roster.slot, user.reported_at).value;
    return {user.status, roster.read_at - rules.slot_time * std::min(slots, kAncient)};
}

/// A user that this process meets for the first time.
UserMemory first_meeting(const User& user, TimePoint now) {
    UserMemory memory;
    memory.first_seen = now;
    if (user.status != BgpStatus::Up) return memory;
    // As if seen just now: a restart during a short flap must not cut the grace period short.
    memory.seen_up = now;
    memory.rtt = user.rtt;
    return memory;
}

/// A tunnel that is not to be found may be in a namespace that cannot be read.
bool may_be_hidden(const UserMemory& memory, const Observation& seen) {
    if (seen.hidden().empty()) return false;
    return !memory.home || seen.hidden().contains(*memory.home);
}

/// Works on one user after the other.
class Deciding {
  public:
    Deciding(const Roster& roster, const Observation& seen, const Rules& rules, TimePoint now,
             Decision& decision)
        : roster_(roster), seen_(seen), rules_(rules), now_(now), out_(decision) {}

    void look_at(const User& user, UserMemory& memory) {
        if (user.tunnel_net.length != 31 || user.tunnel_net.address.is_unspecified()) {
            ++out_.unmappable;
            return;
        }
        const Confirmed known = confirmed(user, memory, roster_, rules_);
        const Tunnel* const tunnel = seen_.find(user.tunnel_net);
        if (tunnel == nullptr && may_be_hidden(memory, seen_)) {
            ++out_.hidden;
            return;
        }
        if (tunnel == nullptr && known.status != BgpStatus::Up) {
            ++out_.without_tunnel;
            if (is_overdue(known, memory)) write_if_free({user.key, BgpStatus::Down, {}}, memory);
            return;
        }
        if (tunnel != nullptr) remember(*tunnel, memory);
        const bool observed_up = tunnel != nullptr && tunnel->established;
        const BgpStatus status = effective(observed_up, memory.seen_up, now_, rules_.grace);
        ++(status == BgpStatus::Up ? out_.up : out_.down);
        if (!is_due(known, status)) return;
        write_if_free({user.key, status, status == BgpStatus::Up ? memory.rtt : Duration{}}, memory);
    }

  private:
    void remember(const Tunnel& tunnel, UserMemory& memory) const {
        memory.home = tunnel.home;
        if (!tunnel.established) return;
        memory.seen_up = now_;
        memory.rtt = tunnel.rtt;
    }

    bool is_due(const Confirmed& known, BgpStatus status) const {
        return !known.at || status != known.status || now_ - *known.at >= rules_.refresh;
    }

    /// Nobody has ever reported about a user that has no tunnel here.
    bool is_overdue(const Confirmed& known, const UserMemory& memory) const {
        return rules_.report_unseen && known.status == BgpStatus::Unknown &&
               now_ - memory.first_seen >= rules_.grace;
    }

    void write_if_free(const Write& write, const UserMemory& memory) {
        if (!memory.pending && now_ >= memory.blocked_until) out_.writes.push_back(write);
    }

    const Roster& roster_;
    const Observation& seen_;
    const Rules& rules_;
    TimePoint now_;
    Decision& out_;
};

}  // namespace

Roster roster_of(const ledger::Snapshot& snapshot, const PublicKey& device, Slot slot, TimePoint read_at) {
    Roster roster{.users = {}, .slot = slot, .read_at = read_at};
    for (const auto& [key, user] : snapshot.users()) {
        if (user.status != ledger::UserStatus::Activated || user.device_pk != device) continue;
        const std::uint64_t rtt = user.bgp_rtt_ns < kNoRtt ? user.bgp_rtt_ns : 0;
        roster.users.push_back({.key = key,
                                .tunnel_net = user.tunnel_net,
                                .status = user.bgp_status,
                                .reported_at = {user.last_bgp_reported_at},
                                .rtt = Duration(rtt)});
    }
    return roster;
}

std::string to_text(const Write& write) {
    if (write.rtt == Duration{})
        return fmt::format("{} {}", write.user.to_string(), ledger::to_text(write.status));
    return fmt::format("{} {} rtt {}", write.user.to_string(), ledger::to_text(write.status),
                       to_string(write.rtt));
}

BgpStatus effective(bool observed_up, std::optional<TimePoint> seen_up, TimePoint now, Duration grace) {
    if (observed_up) return BgpStatus::Up;
    const bool in_grace = seen_up && now - *seen_up < grace;
    return in_grace ? BgpStatus::Up : BgpStatus::Down;
}

Duration refusal_pause(int refusals) {
    const int doublings = std::clamp(refusals - 1, 0, 10);
    return std::min(kFirstPause * (1 << doublings), kLongestPause);
}

Decision decide(const Roster& roster, const Observation& seen, Memory memory, const Rules& rules,
                TimePoint now) {
    Decision decision;
    Deciding deciding(roster, seen, rules, now, decision);
    for (const User& user : roster.users) {
        auto known = memory.extract(user.key);
        const auto at = known.empty() ? decision.memory.emplace_hint(decision.memory.end(), user.key,
                                                                     first_meeting(user, now))
                                      : decision.memory.insert(decision.memory.end(), std::move(known));
        deciding.look_at(user, at->second);
    }
    return decision;
}

}  // namespace dz::telemetry
