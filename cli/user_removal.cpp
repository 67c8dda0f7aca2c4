#include "cli/user_removal.hpp"

#include <algorithm>

#include "cli/group_roles.hpp"

namespace dz::cli {

std::vector<ledger::TransactionInstruction> user_removal(const ledger::InstructionBuilder& build,
                                                         const ledger::Entry<ledger::User>& entry,
                                                         const ledger::PublicKey& pass,
                                                         std::size_t dz_prefixes) {
    const ledger::User& user = entry.value;
    std::vector<ledger::PublicKey> groups = user.publishers;
    for (const auto& group : user.subscribers) {
        if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
    }
    std::vector<ledger::TransactionInstruction> out;
    for (const auto& group : groups)
        out.push_back(set_roles(build, {user.client_ip, entry.key, pass}, group, Roles{}));
    const ledger::ix::DeleteUser args{.dz_prefix_count = static_cast<std::uint8_t>(dz_prefixes),
                                      .multicast_publisher_count = 1};
    out.push_back(build.make(
        args, {.user = entry.key,
               .device = user.device_pk,
               .access_pass = pass,
               .owner = user.owner,
               .tenant = user.tenant_pk.is_zero() ? std::nullopt : std::optional(user.tenant_pk)}));
    return out;
}

}  // namespace dz::cli
