#include "cli/join_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/text.hpp"
#include "ledger/enum_text.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::Entry;
using ledger::User;
using ledger::UserType;

template <class T>
Task<Result<>> check_named(std::string_view what, std::string wanted, ledger::PublicKey has,
                           Context& context) {
    if (wanted.empty() || wanted == has.to_string()) co_return Result<>{};
    std::string code = "none";
    if (!has.is_zero()) {
        const auto account = co_await read_account<T>(context, has);
        if (!account)
            co_return ledger_failure(context, fmt::format("cannot read the {}", what), account.error());
        code = *account ? (*account)->code : has.to_string();
        if (same_code(code, wanted)) co_return Result<>{};
    }
    co_return failure(fmt::format("this host is already connected with {} {}, not {}", what, code, wanted),
                      "an account stays where it was created",
                      what == "device"
                          ? "doublezero connect ibrl --move --device X, or doublezero disconnect first"
                          : "doublezero disconnect, then connect again",
                      Errc::Exists);
}

}  // namespace

Task<Result<JoinPlan>> begin_plan(UserType type, Context& context) {
    JoinPlan plan;
    plan.network = context.settings.network;
    plan.user_type = type;
    CO_TRY(plan.payer, context.payer());
    CO_TRY_OK(co_await require_balance(context));
    CO_TRY_OK(co_await require_daemon(context));
    CO_TRY(plan.client_ip, co_await client_ip_of_daemon(context));
    plan.account = context.addresses.user(plan.client_ip, type);
    co_return plan;
}

Task<Result<Entry<AccessPass>>> usable_pass(const JoinPlan& plan, Context& context) {
    const auto refused = [&plan](std::string_view why) {
        return failure(fmt::format("no usable AccessPass for IP {} and payer {}", plan.client_ip,
                                   plan.payer.to_string()),
                       why, "ask the foundation for a pass for this address and key", Errc::Permission);
    };
    CO_TRY(const auto pass, co_await find_access_pass(context, plan.client_ip, plan.payer));
    if (!pass) co_return refused("there is none");
    // Multicast users keep theirs when the pass ends, and may begin with one that has ended.
    if (plan.user_type == UserType::Multicast) co_return *pass;
    const std::uint64_t last = pass->value.last_access_epoch;
    if (last == AccessPass::kUnlimitedEpoch) co_return *pass;
    const auto now = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
    if (!now) co_return ledger_failure(context, "cannot read the epoch", now.error());
    if (last >= now->epoch) co_return *pass;
    co_return refused(last == 0 ? std::string("it is blocked: its last epoch is 0")
                                : fmt::format("it ended with epoch {}, now is epoch {}", last, now->epoch));
}

bool is_by_seat(const AccessPass& pass) {
    return std::holds_alternative<ledger::access::EdgeSeat>(pass.accesspass_type);
}

Result<> check_pass_seats(const AccessPass& pass, UserType type) {
    if (!is_by_seat(pass)) return {};
    const bool multicast = type == UserType::Multicast;
    const auto used = multicast ? pass.multicast_user_count : pass.unicast_user_count;
    const auto most = multicast ? pass.max_multicast_users : pass.max_unicast_users;
    if (used < most) return {};
    return failure(fmt::format("the access pass has no seat left for another {} user",
                               multicast ? "multicast" : "unicast"),
                   fmt::format("{} of {} are taken", used, most),
                   "disconnect another host, or ask for a larger pass");
}

const Entry<User>* account_of(const ledger::Snapshot& users, UserType type) {
    const auto at = std::ranges::find(users.users(), type,
                                      [](const Entry<User>& entry) { return entry.value.user_type; });
    return at == users.users().end() ? nullptr : &*at;
}

const Entry<User>* unicast_account(const ledger::Snapshot& users, UserType preferred) {
    if (const auto* const same = account_of(users, preferred)) return same;
    const auto at = std::ranges::find_if(
        users.users(), [](const Entry<User>& entry) { return entry.value.user_type != UserType::Multicast; });
    return at == users.users().end() ? nullptr : &*at;
}

Result<> check_usable(const Entry<User>& existing, const JoinPlan& plan) {
    const User& user = existing.value;
    if (user.user_type != plan.user_type)
        return failure(
            fmt::format("this host already has an account of type {}", user_type_text(user.user_type)),
            fmt::format("account {}; a host has one unicast tunnel", existing.key.to_string()),
            "doublezero disconnect ibrl, then connect again", Errc::Exists);
    if (user.owner != plan.payer)
        return failure(
            fmt::format("the account of this address belongs to another key: {}", user.owner.to_string()),
            fmt::format("account {}", existing.key.to_string()), "use that key with --keypair",
            Errc::Permission);
    if (user.status == ledger::UserStatus::Banned)
        return failure("this user is banned",
                       fmt::format("account {}: the network's operators closed it", existing.key.to_string()),
                       "ask the foundation; `doublezero disconnect` removes the account", Errc::Permission);
    if (user.status != ledger::UserStatus::Activated)
        return failure(
            fmt::format("user status unexpected: {}", ledger::to_text(user.status)),
            fmt::format("account {}: only an activated user gets a tunnel", existing.key.to_string()),
            "doublezero disconnect, then connect again");
    return {};
}

Task<Result<>> check_device_named(std::optional<std::string> wanted, ledger::PublicKey has,
                                  Context& context) {
    return check_named<ledger::Device>("device", wanted.value_or(""), has, context);
}

Task<Result<>> check_tenant_named(std::string wanted, ledger::PublicKey has, Context& context) {
    return check_named<ledger::Tenant>("tenant", std::move(wanted), has, context);
}

}  // namespace dz::cli
