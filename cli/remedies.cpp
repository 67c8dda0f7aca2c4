#include "cli/remedies.hpp"

#include "cli/failure.hpp"
#include "ledger/program_error.hpp"

namespace dz::cli {

namespace {

using ledger::ProgramError;

std::string_view joining_remedy(ProgramError error) {
    switch (error) {
        case ProgramError::MaxUsersExceeded:
        case ProgramError::MaxUnicastUsersExceeded:
        case ProgramError::MaxMulticastSubscribersExceeded:
        case ProgramError::MaxMulticastPublishersExceeded:
        case ProgramError::AllocationFailed:
            return "run it again for the next device, or choose one with --device";
        case ProgramError::NotAllowed:
        case ProgramError::Unauthorized:
        case ProgramError::AccessPassUnauthorized:
        case ProgramError::TenantNotInAccessPassAllowlist:
        case ProgramError::AccessPassMaxUnicastUsersExceeded:
        case ProgramError::AccessPassMaxMulticastUsersExceeded:
        case ProgramError::FeedNotOnAccessPass:
        case ProgramError::FeedSeatFull:
        case ProgramError::EdgeSeatRequired:
            return "see what your pass allows: doublezero access-pass list --user-payer KEY";
        case ProgramError::MetroMismatch:
            return "choose a feed of the device's exchange: doublezero feed list";
        default:
            return {};
    }
}

}  // namespace

std::string_view remedy_of(const Error& error, Refused what) {
    if (error.code != Errc::Rejected) return {};
    // The address of a numbered account is the next one's; somebody else may have taken it.
    if (error.text.find("ProgramFailedToComplete") != std::string::npos)
        return "run it again in case somebody was faster; with --log-level info the program says why it "
               "stopped";
    if (error.detail <= 0) return {};
    if (what == Refused::Joining) {
        if (const auto remedy = joining_remedy(static_cast<ProgramError>(error.detail)); !remedy.empty())
            return remedy;
    }
    switch (static_cast<ProgramError>(error.detail)) {
        case ProgramError::NotAllowed:
        case ProgramError::InvalidOwnerPubkey:
        case ProgramError::InvalidContributorPubkey:
        case ProgramError::InvalidContributor:
            return "use a key that may do this with --keypair (doublezero global-config authority get, "
                   "doublezero permission list)";
        case ProgramError::ReferenceCountNotZero:
            return "remove what refers to it first";
        case ProgramError::MaxUsersExceeded:
            return "choose another device, or let this one take more: doublezero device update --max-users N";
        case ProgramError::AllocationFailed:
            return "see what is taken: doublezero resource get";
        case ProgramError::InvalidMtu:
            return "--mtu is 1500 on interfaces towards users (CYOA or DIA), 9000 on all others";
        case ProgramError::InvalidPublicIp:
            return "the public address of a device must not be in one of its --dz-prefixes";
        case ProgramError::InvalidInterfaceIp:
            return "--ip-net belongs to interfaces with --interface-cyoa, --interface-dia or "
                   "--user-tunnel-endpoint, and a CYOA interface needs it";
        case ProgramError::InvalidBandwidth:
            return "a link has from 10 to 400 gbps, and not more than its interfaces";
        case ProgramError::AccessPassNotFound:
            return "give a pass first: doublezero access-pass set";
        case ProgramError::InvalidStatus:
            return "see its state with the command's get or list";
        case ProgramError::AccessPassInUse:
            return "delete the users of this pass first: doublezero user list";
        case ProgramError::ImmutableField:
            return "address blocks are fixed once they are set";
        default:
            return {};
    }
}

Error refused(const Context& context, std::string_view what, const Error& error, Refused kind) {
    const std::string_view remedy = remedy_of(error, kind);
    if (remedy.empty()) return ledger_failure(context, what, error).error();
    return failure(what, error, remedy).error();
}

}  // namespace dz::cli
