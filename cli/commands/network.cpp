// network.cpp: global-config get and multicast group list (cli.md 7.6, 7.7).
#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/record.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::MulticastGroup;

Record group_record(const ledger::Entry<MulticastGroup>& entry) {
    const MulticastGroup& group = entry.value;
    Record record;
    record.add("account", entry.key.to_string());
    record.add("code", group.code);
    record.add("multicast_ip", group.multicast_ip.to_string());
    record.add("max_bandwidth", bandwidth_text(group.max_bandwidth));
    record.add("publishers", group.publisher_count);
    record.add("subscribers", group.subscriber_count);
    record.add_named("status", group.status);
    record.add("owner", group.owner.to_string());
    return record;
}

}  // namespace

Task<Result<>> global_config_get(OutputStyle style, Context& context, std::ostream& out) {
    const auto account =
        co_await read_account<ledger::GlobalConfig>(context, context.addresses.global_config());
    if (!account) co_return ledger_failure(context, "cannot read the global config", account.error());
    if (!*account)
        co_return failure("there is no global config on this ledger",
                          "the network was not founded there, or it belongs to another program",
                          "doublezero config get", Errc::NotFound);
    const ledger::GlobalConfig& config = **account;
    Record record;
    record.add("local_asn", config.local_asn.value);
    record.add("remote_asn", config.remote_asn.value);
    record.add("device_tunnel_block", config.device_tunnel_block.to_string());
    record.add("user_tunnel_block", config.user_tunnel_block.to_string());
    record.add("multicast_group_block", config.multicastgroup_block.to_string());
    record.add("multicast_publisher_block", config.multicast_publisher_block.to_string());
    record.add("next_bgp_community", config.next_bgp_community);
    print_one(out, style, record);
    co_return Result<>{};
}

Task<Result<>> multicast_group_list(OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue catalogue, co_await read_kinds(context, {ledger::AccountType::MulticastGroup}));
    std::vector<ledger::Entry<MulticastGroup>> groups(catalogue->multicast_groups().begin(),
                                                      catalogue->multicast_groups().end());
    std::ranges::sort(groups, {}, [](const auto& entry) { return std::tie(entry.value.code, entry.key); });
    std::vector<Record> records;
    for (const auto& group : groups) records.push_back(group_record(group));
    print_list(out, style, group_record({}), records);
    co_return Result<>{};
}

}  // namespace dz::cli
