// chain/program/device_access.hpp: who may work on a device: its contributor's owner, or a network
// administrator.
#pragma once

#include "chain/program/invocation.hpp"

namespace dz::program {

/// Accounts that every instruction on a device begins with, and what was found in them.
struct DeviceAccess {
    AccountRef device_account, contributor_account, state_account;
    ledger::GlobalState state;
    ledger::Contributor contributor;
    /// The payer is a network administrator, not just the contributor.
    bool privileged = false;
};

/// Checks owners (abort) and authority; error `denied` for a stranger. The three accounts and the payer must
/// have been read. Leaves the device itself to the caller.
inline Outcome open_device_access(Invocation& in, ledger::ProgramError denied, DeviceAccess& access) {
    TRY(access.contributor, in.load<ledger::Contributor>(access.contributor_account, "contributor"));
    TRY(access.state, in.global_state(access.state_account));
    TRY(access.privileged, in.permits(access.state, {PermissionFlag::NetworkAdmin}));
    if (!access.privileged && !in.payer_is(access.contributor.owner)) return reject(denied);
    return {};
}

/// Error 10 when a contributor works on somebody else's device.
inline Outcome expect_own_device(const DeviceAccess& access, const ledger::Device& device) {
    if (!access.privileged && device.contributor_pk != access.contributor_account.key()) {
        return reject(ledger::ProgramError::InvalidContributorPubkey);
    }
    return {};
}

}  // namespace dz::program
