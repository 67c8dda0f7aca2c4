// services/telemetry/decide.hpp: which users' statuses to write to the ledger. Pure.
//
// The ledger is the memory: what it says of a user, and when that was written, is what a new observation is
// compared with. A process only adds what the ledger cannot know: when it last saw a session, what it has
// written since the ledger was read, and whom the ledger refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/snapshot.hpp"
#include "services/telemetry/observation.hpp"

namespace dz::telemetry {

using ledger::BgpStatus;
using ledger::PublicKey;

/// An activated user of this device, as the ledger has it.
struct User {
    PublicKey key;
    Prefix tunnel_net;
    BgpStatus status{};
    Slot reported_at;  ///< 0: never
    Duration rtt{};

    bool operator==(const User&) const = default;
};

/// The activated users of a device in order of their keys, at one time.
struct Roster {
    std::vector<User> users;
    Slot slot;            ///< of the ledger when it was read
    TimePoint read_at{};  ///< and ours
};
/// `slot` is the newest at which the snapshot was true: its own may be older.
Roster roster_of(const ledger::Snapshot& snapshot, const PublicKey& device, Slot slot, TimePoint read_at);

struct Write {
    PublicKey user;
    BgpStatus status{};
    Duration rtt{};  ///< always zero with Down: a stale figure must not outlive its session

    bool operator==(const Write&) const = default;
};

/// "up rtt 5ms", as --dry-run prints it behind the user.
std::string to_text(const Write& write);

struct Rules {
    /// An unchanged status is written again after this long, so that readers can tell it from a forgotten
    /// one.
    Duration refresh = 6h;
    /// How long a session that vanished still counts as up.
    Duration grace{};
    /// A user without tunnel, of whom nothing was ever reported, is reported as down after one grace period.
    bool report_unseen = false;
    /// For the age of reports that another process wrote. The ledger's slots are about this long.
    Duration slot_time = 400ms;
    /// Our own write counts although the ledger does not show it, unless the ledger was read this much later.
    Duration settle = 30s;
};

/// Of one user.
struct UserMemory {
    struct Written {
        BgpStatus status{};
        Slot slot;
        TimePoint at{};
    };
    TimePoint first_seen{};
    std::optional<Written> written;    ///< the last one that the ledger took from this process
    std::optional<TimePoint> seen_up;  ///< by this process, or by the one before it
    Duration rtt{};                    ///< when it was last up
    std::optional<std::string> home;   ///< namespace its tunnel was last in
    bool pending = false;              ///< a write waits or is on its way
    int refusals = 0;                  ///< of the ledger, one after the other
    TimePoint blocked_until{};
};
using Memory = std::map<PublicKey, UserMemory>;

struct Decision {
    std::vector<Write> writes;  ///< in order of the users' keys
    Memory memory;              ///< of the users of the roster alone
    // What the users were found to be.
    std::size_t up = 0;
    std::size_t down = 0;
    std::size_t without_tunnel = 0;
    std::size_t hidden = 0;      ///< their namespace could not be read
    std::size_t unmappable = 0;  ///< their tunnel network is no /31
};

Decision decide(const Roster& roster, const Observation& seen, Memory memory, const Rules& rules,
                TimePoint now);

/// What to report of a user whose session was last seen up at `seen_up` when it is `observed_up` or not.
BgpStatus effective(bool observed_up, std::optional<TimePoint> seen_up, TimePoint now, Duration grace);

/// How long to leave a user alone whom the ledger has refused so many times in a row: 1, 2, 4 ... 60 minutes.
Duration refusal_pause(int refusals);

}  // namespace dz::telemetry
