// cli/equipment.hpp: what devices and links have in common: who runs them, what state they are in, and that
// only a drained one can be removed.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "cli/failure.hpp"
#include "cli/kind.hpp"

namespace dz::cli {

inline ledger::DeviceHealth health_of(const ledger::Device& device) {
    return device.device_health;
}
inline ledger::LinkHealth health_of(const ledger::Link& link) {
    return link.link_health;
}

/// Filters of their lists. `T` is a Device or a Link.
template <class T>
struct EquipmentFilter {
    std::optional<std::string> contributor, code;
    std::optional<decltype(T::status)> status;
    std::optional<decltype(health_of(T{}))> health;
    std::optional<decltype(T::desired_status)> desired_status;

    template <class O>
    void add_to(Command<O>& list) {
        list.take("-c,--contributor", contributor, "Of this contributor");
        list.take("--status", status, "In this state");
        list.take("--health", health, "In this health");
        list.take("--desired-status", desired_status, "Meant to be in this state");
        list.take("--code", code, "Part of the code");
    }
    bool keeps(const T& value, const ledger::Snapshot& all) const {
        return (!code || value.code.find(*code) != std::string::npos) &&
               refers(contributor, all.contributors(), value.contributor_pk) && is(status, value.status) &&
               is(health, health_of(value)) && is(desired_status, value.desired_status);
    }
};

/// What both kinds of `update` change in the same way. `args` are the instruction's.
template <class O, class Args>
void take_equipment_changes(Command<O>& command, Args& args, std::optional<std::string>& contributor) {
    command.take("--code", args.code, "Short name", parse_code);
    command.take("--contributor", contributor, "Who runs it");
    command.take("--status", args.status, "State");
    command.take("--desired-status", args.desired_status, "What it is meant to be");
}

/// Errors: Rejected while it is in service; `drained` is the state to bring it into.
template <class T>
Result<> check_drained(const T& value, std::string_view drained) {
    if (value.status != decltype(T::status)::Activated) return {};
    const std::string_view kind = kind_name(T::kType);
    return failure(fmt::format("{} {} is in service", kind, value.code),
                   fmt::format("only a drained {} can go", kind),
                   fmt::format("doublezero {} update --pubkey {} --status {}", kind, value.code, drained));
}

/// `delete` and `set-health`.
template <class T, class SetHealth>
void add_end_and_health(Group& group, const std::string& delete_about, Command<Named>::Write remove) {
    auto end = group.command<Named>("delete", delete_about);
    end.need("--pubkey", end->name, "Address or code");
    end.writes(std::move(remove));
    auto health = add_change<T, SetHealth>(group, "set-health",
                                           fmt::format("Report a {}'s health", kind_name(T::kType)));
    health.need("--health", health->args.health, "What it is fit for");
}

}  // namespace dz::cli
