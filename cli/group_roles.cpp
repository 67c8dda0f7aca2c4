#include "cli/group_roles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "ledger/enum_text.hpp"

namespace dz::cli {

namespace {

bool has(const std::vector<ledger::PublicKey>& keys, const ledger::PublicKey& key) {
    return std::ranges::find(keys, key) != keys.end();
}

std::unexpected<Error> not_allowed(std::string_view verb, const ledger::MulticastGroup& group) {
    return failure(fmt::format("the access pass does not let you {} {}", verb, group.code),
                   "the group is not in its list",
                   fmt::format("ask the group's owner: doublezero multicast group get --code {}", group.code),
                   Errc::Permission);
}

}  // namespace

Roles roles_in(const ledger::User& user, const ledger::PublicKey& group) {
    return {has(user.publishers, group), has(user.subscribers, group)};
}

std::string_view roles_text(Roles roles) {
    if (roles.publisher && roles.subscriber) return "publisher and subscriber";
    return roles.publisher ? "publisher" : roles.subscriber ? "subscriber" : "no role";
}

Result<std::vector<GroupEntry>> find_groups(const ledger::Table<ledger::MulticastGroup>& groups,
                                            const std::vector<std::string>& names) {
    std::vector<GroupEntry> out;
    for (const std::string& name : names) {
        const auto* const group = find(groups, name);
        if (group == nullptr)
            return failure(fmt::format("Multicast group not found: {}", name), "",
                           "doublezero multicast group list", Errc::NotFound);
        out.push_back(*group);
    }
    return out;
}

Result<> check_roles(const ledger::AccessPass& pass, const GroupEntry& group, Roles roles) {
    if (roles.publisher && !has(pass.mgroup_pub_allowlist, group.key))
        return not_allowed("publish to", group.value);
    if (roles.subscriber && !has(pass.mgroup_sub_allowlist, group.key))
        return not_allowed("subscribe to", group.value);
    if (group.value.status != ledger::MulticastGroupStatus::Activated)
        return failure(
            fmt::format("multicast group {} is {}", group.value.code, ledger::to_text(group.value.status)),
            "only an activated group takes members", "doublezero multicast group list");
    return {};
}

ledger::TransactionInstruction set_roles(const ledger::InstructionBuilder& build, const RolesOf& whose,
                                         const ledger::PublicKey& group, Roles roles) {
    return build.make(ledger::ix::UpdateMulticastGroupRoles{.client_ip = whose.client_ip,
                                                            .publisher = roles.publisher,
                                                            .subscriber = roles.subscriber,
                                                            .use_onchain_allocation = true},
                      {.multicast_group = group, .access_pass = whose.access_pass, .user = whose.user});
}

}  // namespace dz::cli
