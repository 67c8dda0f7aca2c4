// reconciler/problem.hpp: why something is not as the ledger wants it, in words for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dz::reconciler {

enum class ProblemCode : std::uint8_t {
    NoLedgerData,         ///< nothing was read yet; nothing is touched
    NoClientIp,           ///< we do not know which users are ours; nothing is touched
    NoGlobalConfig,       ///< the ledger's answer lacks the numbering plan
    UserNotActivated,     ///< banned, out of credits, ...: no tunnel
    UserTypeUnknown,      ///< of a newer program
    SeveralUsers,         ///< more than one of a class for this client IP; the first counts
    DeviceUnknown,        ///< the ledger's answer lacks the user's device
    NoTunnelEndpoint,     ///< neither user nor device has a public address
    BadTunnelNet,         ///< not a /31
    BadDzIp,              ///< missing where the user type needs one
    BehindNat,            ///< the client IP is not an address of this machine
    NoCatalogue,          ///< EdgeFiltering: the devices' prefixes are not known yet
    NoGroups,             ///< a multicast user without groups
    EndpointsTaken,       ///< the other service's tunnel has the same two ends
    NameTaken,            ///< a link of another kind has our name
    RoutesShadowed,       ///< somebody else's routes come before ours
    StepFailed,           ///< the kernel refused something; tried again later
    Contested,            ///< another program keeps undoing what we do
    MulticastIncomplete,  ///< this build has no PIM, heartbeat and Register
};

/// "no_client_ip", ...: for JSON and metrics.
std::string_view to_string(ProblemCode code);

struct Problem {
    ProblemCode code{};
    std::string text;    ///< what is wrong, with the values that show it
    std::string remedy;  ///< what to do about it; empty where waiting is all
    /// The service cannot be built: what is running of it is left alone.
    bool blocking = false;

    bool operator==(const Problem&) const = default;
};

/// "text; remedy"
std::string to_string(const Problem& problem);

}  // namespace dz::reconciler
