// cli/group_roles.hpp: what a user does in multicast groups: publish, subscribe, both (cli.md 3.5, 6).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/lookup.hpp"
#include "ledger/accounts.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/snapshot.hpp"

namespace dz::cli {

using GroupEntry = ledger::Entry<ledger::MulticastGroup>;

/// In one group.
struct Roles {
    bool publisher = false;
    bool subscriber = false;
    bool operator==(const Roles&) const = default;
};

Roles roles_in(const ledger::User& user, const ledger::PublicKey& group);
/// "publisher", "publisher and subscriber", "no role".
std::string_view roles_text(Roles roles);

/// The groups of these codes or addresses, in this order. Errors: NotFound naming the first unknown one.
Result<std::vector<GroupEntry>> find_groups(const ledger::Table<ledger::MulticastGroup>& groups,
                                            const std::vector<std::string>& names);

/// Whether the ledger would let the pass's user take on `roles` in `group`. Errors: Permission, Rejected.
Result<> check_roles(const ledger::AccessPass& pass, const GroupEntry& group, Roles roles);

/// Where the roles of a user are changed.
struct RolesOf {
    Ipv4 client_ip;
    ledger::PublicKey user;
    ledger::PublicKey access_pass;
};
/// `roles` are what the user will have in the group: one that is left out is lost.
ledger::TransactionInstruction set_roles(const ledger::InstructionBuilder& build, const RolesOf& whose,
                                         const ledger::PublicKey& group, Roles roles);

}  // namespace dz::cli
