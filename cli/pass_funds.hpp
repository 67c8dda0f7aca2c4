// cli/pass_funds.hpp: can the keys with access passes pay for the accounts that these let them create?
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "cli/command.hpp"
#include "ledger/snapshot.hpp"

namespace dz::cli {

/// One key and all its passes together.
struct PassHolder {
    ledger::PublicKey user_payer;
    std::size_t passes = 0;
    std::size_t unicast = 0, multicast = 0;  ///< users it has now
    Lamports required;                       ///< for the users that may still connect
    bool operator==(const PassHolder&) const = default;
};

/// In order of the keys. For each user that may still connect: the rent of its account and the amount that
/// the network gives with a pass. A pass for several addresses admits its limits' sum, any other pass one
/// (ledger-processors.md 11). Users are counted by owner: only passes with seats on feeds count their own.
std::vector<PassHolder> pass_holders(const ledger::Snapshot& all, Lamports user_airdrop);

/// The commands user-balances and fund.
void add_access_pass_funds(Group& pass);

}  // namespace dz::cli
