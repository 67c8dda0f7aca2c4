// fetcher/accept.hpp: whether an answer of the ledger is believed. Pure.
//
// A wrong answer costs more than a late one: it takes a working tunnel down. So what a healthy ledger never
// says is refused, and what it seldom says must be said twice (daemon.md 14.2 F5, e2e.md E-8, E-10).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/snapshot.hpp"

namespace dz::fetcher {

/// What one complete read of the ledger gave.
struct Answer {
    std::shared_ptr<const ledger::Snapshot> snapshot;
    /// Accounts that are there but could not be decoded. A user of ours among them is unreadable, not gone.
    std::vector<ledger::PublicKey> undecodable;
    /// What the snapshot was made from.
    std::vector<ledger::KeyedAccount> accounts;
};

struct TrustRules {
    /// An account of ours that is missing, or a catalogue that has shrunk to less than half, counts when it
    /// was so in this many answers in a row, or in a second one of a newer slot. 1 = believe at once.
    int confirmations = 2;
    /// Answers of an older slot are refused for this long; a ledger that says nothing else has been restarted
    /// from an earlier state.
    Duration refuse_older_for = 5min;
};

/// What earlier answers made us wonder about. Starts empty; carried from one judgement to the next.
struct Doubt {
    int times = 0;                         ///< answers in a row that lacked something
    Slot first;                            ///< slot of the first of them
    std::optional<TimePoint> older_since;  ///< since when all answers are of an older slot

    bool operator==(const Doubt&) const = default;
};

enum class Verdict {
    Accept,  ///< the answer replaces what we have
    Wonder,  ///< keep what we have and ask again soon
    Refuse,  ///< keep what we have; the read counts as failed
};

struct Judgement {
    Verdict verdict = Verdict::Accept;
    std::string reason;      ///< of a doubt or refusal, for status and log
    Doubt doubt;             ///< for the next judgement
    bool confirmed = false;  ///< accepted because what was doubted was said again
};

/// What we have: nothing before the first accepted answer.
struct Known {
    const ledger::Snapshot* snapshot = nullptr;
    Slot slot;  ///< the newest at which the snapshot was true
};

/// Users of `client_ip` are ours, and so are their devices; without one only the size of a catalogue is
/// watched.
Judgement accept(const Known& known, const Answer& answer, std::optional<Ipv4> client_ip, const Doubt& doubt,
                 const TrustRules& rules, TimePoint now);

/// The same for an answer that is what we had and one pushed account, `changed`. A push that takes something
/// of ours away is never believed by itself, since nobody was asked: a read has to say so too.
Judgement accept_push(const Known& known, const Answer& answer, const ledger::PublicKey& changed,
                      std::optional<Ipv4> client_ip, const Doubt& doubt, const TrustRules& rules,
                      TimePoint now);

/// Where a tunnel of a user leads.
struct TunnelEnd {
    ledger::PublicKey user;
    Ipv4 endpoint;
    Prefix tunnel_net;
    bool operator==(const TunnelEnd&) const = default;
};
/// Those of the users of `client_ip`; without users whose device is not in the snapshot.
std::vector<TunnelEnd> tunnel_ends(const ledger::Snapshot* snapshot, Ipv4 client_ip);
/// Those in `next` that `known` does not have: what a second endpoint has to confirm, where that is asked
/// for.
std::vector<TunnelEnd> new_tunnel_ends(const ledger::Snapshot* known, const ledger::Snapshot& next,
                                       Ipv4 client_ip);

/// Equal but for the slot.
bool same_accounts(const ledger::Snapshot& a, const ledger::Snapshot& b);

}  // namespace dz::fetcher
