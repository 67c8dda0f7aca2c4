// placement/placement.hpp: which device a new user is put on, and at which of its addresses the tunnel ends
// (cli.md 3.7, 3.8). Pure.
//
//     const auto ranked = rank(catalogue, latencies, {.use = Use::Unicast});
//     if (!ranked.empty() && ranked.front().fits()) join(*ranked.front().device, ranked.front().endpoint);
//
// A catalogue is a snapshot of all devices: a full or drained one matters too, because this host may have a
// tunnel to it, and because the reason of a choice names it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "ledger/accounts.hpp"
#include "ledger/snapshot.hpp"

namespace dz::placement {

/// Devices whose smallest round trips differ by no more than this are as good as each other for somebody who
/// has a tunnel to one of them already.
inline constexpr Duration kNearEnough = 5ms;

/// What a user takes up on a device. Who sends to any group is a publisher, whatever else it receives.
enum class Use { Unicast, Publisher, Subscriber };

/// Round trips to one address of a device; of an address that did not answer there is none.
struct Latency {
    ledger::PublicKey device;
    Ipv4 address;
    Duration min{};
    Duration mean{};
    bool operator==(const Latency&) const = default;
};

struct Request {
    Use use = Use::Unicast;
    /// Where tunnels of this host end already (`endpoints_in_use`).
    std::vector<Ipv4> in_use{};
    /// Only devices at these exchanges; unset: at any.
    std::optional<std::vector<ledger::PublicKey>> exchanges{};
    /// The device that the user has: its limits do not concern this user any more.
    std::optional<ledger::PublicKey> current{};
};

/// One device as a request sees it. Points into the catalogue.
struct Candidate {
    const ledger::Entry<ledger::Device>* device = nullptr;
    /// The nearest address that is free, an unanswering one only for want of others; unspecified: none is.
    Ipv4 endpoint;
    /// Of `endpoint`; where the device does not fit, of whichever address is nearest. Unset: no answer.
    std::optional<Latency> latency{};
    /// Why the user cannot be put there, to follow the device's name: "it is drained". Empty: it can.
    std::string why_not{};

    bool fits() const { return why_not.empty(); }
};

/// Why `device` would not take this user; empty when it would. Does not look at endpoints and latencies.
std::string why_ineligible(const ledger::Entry<ledger::Device>& device, const Request& request);

/// Where the tunnels of `users` end. GRE tells two tunnels apart by their pairs of addresses, so a host must
/// not have two to one endpoint.
std::vector<Ipv4> endpoints_in_use(const ledger::Snapshot& users, const ledger::Snapshot& catalogue);

/// Addresses of `device` that a tunnel of this host may end at, its public one first.
std::vector<Ipv4> free_endpoints(const ledger::Device& device, const std::vector<Ipv4>& in_use);

/// One device, whether it fits or not, answers or not.
Candidate consider(const ledger::Entry<ledger::Device>& device, std::span<const Latency> latencies,
                   const Request& request);

/// All devices, best first: those that fit and answer by smallest round trip, then by mean, then by the part
/// of their seats that is taken, then by code; then those that fit and do not answer, then all others. Where
/// `request.current` fits and is near enough to the best it comes first.
std::vector<Candidate> rank(const ledger::Snapshot& catalogue, std::span<const Latency> latencies,
                            const Request& request);

/// The best of `ranked`. Errors: NotFound; the text says whether no device is active, none takes the user, or
/// none answers.
Result<Candidate> best(std::span<const Candidate> ranked);

/// Why the first of `ranked`, which fits, was chosen: its latency, what it has over the next one, and why a
/// nearer one was not taken.
std::string reason(std::span<const Candidate> ranked);

/// A sentence when a nearer active device was passed over and `chosen` is farther than `kNearEnough` from it;
/// empty else.
std::string caution(const Candidate& chosen, std::span<const Candidate> ranked);

}  // namespace dz::placement
