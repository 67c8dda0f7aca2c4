// connect.cpp: connect ibrl: from an access pass to a working tunnel (cli.md 3).
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "cli/text.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/instruction_builder.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;
using ledger::Device;
using ledger::Entry;
using ledger::User;

constexpr Duration kStatusPoll = 250ms;

/// What one connect is about; filled in step by step.
struct Attempt {
    ConnectOptions options;
    ledger::PublicKey payer;
    Ipv4 client_ip;
    ledger::UserType user_type{};
    Entry<ledger::AccessPass> pass;
};

bool is_unicast(ledger::UserType type) {
    return type != ledger::UserType::Multicast;
}

/// Why a new unicast user cannot be put on `device`; empty when it can (cli.md 3.7).
std::string ineligibility(const Device& device) {
    if (device.status != ledger::DeviceStatus::Activated)
        return fmt::format("it is {}", ledger::to_text(device.status));
    if (device.device_type == ledger::DeviceType::Transit) return "it is a transit device";
    if (device.free_seats() == 0)
        return fmt::format("{} users and {} reserved seats of {}", device.users_count, device.reserved_seats,
                           device.max_users);
    if (device.max_unicast_users > 0 && device.unicast_users_count >= device.max_unicast_users)
        return fmt::format("unicast user limit ({}/{})", device.unicast_users_count,
                           device.max_unicast_users);
    if (device.dz_prefixes.empty()) return "it has no prefixes";
    return {};
}

Result<const Entry<Device>*> named_device(const ledger::Snapshot& catalogue, const std::string& text) {
    const Entry<Device>* const device = find(catalogue.devices(), text);
    if (device == nullptr)
        return failure(fmt::format("Device not found: {}", text), "", "doublezero device list",
                       Errc::NotFound);
    const Device& value = device->value;
    if (const std::string reason = ineligibility(value); !reason.empty()) {
        if (reason.starts_with("unicast user limit"))
            return failure(fmt::format("Device {} has reached its {}", value.code, reason), "",
                           "choose another device with --device, or leave it out");
        return failure(fmt::format("Device is not accepting more users: {}", value.code), reason,
                       "choose another device with --device, or leave it out");
    }
    return device;
}

/// The device to use, and why it.
Result<std::pair<const Entry<Device>*, std::string>> choose_device(const ledger::Snapshot& catalogue,
                                                                   const std::optional<std::string>& named) {
    if (named) {
        TRY(const Entry<Device>* const device, named_device(catalogue, *named));
        return std::pair(device, std::string("named by --device"));
    }
    // By code, so that the choice does not depend on the order of the ledger's answer.
    std::vector<const Entry<Device>*> eligible;
    for (const auto& entry : catalogue.devices()) {
        if (ineligibility(entry.value).empty()) eligible.push_back(&entry);
    }
    if (eligible.empty())
        return failure("No activated devices found with a free seat",
                       fmt::format("{} devices on the ledger", catalogue.devices().size()),
                       "doublezero device list", Errc::NotFound);
    const auto* const first =
        *std::ranges::min_element(eligible, {}, [](const auto* entry) { return entry->value.code; });
    return std::pair(first,
                     fmt::format("first of {} eligible by code; latencies are not measured in this build",
                                 eligible.size()));
}

/// Where tunnels of this client IP end already: GRE needs different pairs of addresses.
std::vector<Ipv4> endpoints_in_use(const ledger::Snapshot& users, const ledger::Snapshot& catalogue) {
    std::vector<Ipv4> out;
    for (const auto& [key, user] : users.users()) {
        if (user.tunnel_id == 0) continue;
        const Device* const device = catalogue.devices().find(user.device_pk);
        const Ipv4 endpoint = !user.tunnel_endpoint.is_unspecified() || device == nullptr
                                  ? user.tunnel_endpoint
                                  : device->public_ip;
        if (!endpoint.is_unspecified()) out.push_back(endpoint);
    }
    return out;
}

Result<Ipv4> choose_endpoint(const Device& device, const std::vector<Ipv4>& in_use) {
    std::vector<Ipv4> candidates{device.public_ip};
    for (const auto& interface : device.interfaces) {
        if (interface.user_tunnel_endpoint && !interface.ip_net.address.is_unspecified())
            candidates.push_back(interface.ip_net.address);
    }
    for (const Ipv4& candidate : candidates) {
        if (std::ranges::find(in_use, candidate) == in_use.end()) return candidate;
    }
    return failure(fmt::format("device {} has no free tunnel endpoint", device.code),
                   "this host already has a tunnel to each of its addresses",
                   "choose another device with --device");
}

Task<Result<>> check_pass(Attempt& attempt, Context& context) {
    CO_TRY(const auto pass, co_await find_access_pass(context, attempt.client_ip, attempt.payer));
    const auto refused = [&attempt](std::string_view why) {
        return failure(fmt::format("no usable AccessPass for IP {} and payer {}",
                                   attempt.client_ip.to_string(), attempt.payer.to_string()),
                       why, "ask the foundation for a pass for this pair: doublezero access-pass list",
                       Errc::Permission);
    };
    if (!pass) co_return refused("there is none");
    if (pass->value.last_access_epoch != ledger::AccessPass::kUnlimitedEpoch) {
        const auto epoch = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
        if (!epoch) co_return ledger_failure(context, "cannot read the epoch", epoch.error());
        if (pass->value.last_access_epoch < epoch->epoch)
            co_return refused(fmt::format("it ended with epoch {}, now is epoch {}",
                                          pass->value.last_access_epoch, epoch->epoch));
    }
    attempt.pass = *pass;
    co_return Result<>{};
}

/// The tenant to join, and where it was named; nullopt: none.
Result<std::optional<ledger::PublicKey>> choose_tenant(const Attempt& attempt,
                                                       const ledger::Snapshot& catalogue,
                                                       const Context& context, std::ostream& out) {
    std::string text = attempt.options.tenant;
    std::string_view source = "CLI argument";
    if (text.empty() && context.settings.tenant) {
        text = *context.settings.tenant;
        source = "configuration file";
    }
    if (text.empty() && !attempt.pass.value.tenant_allowlist.empty() &&
        !attempt.pass.value.tenant_allowlist[0].is_zero()) {
        text = attempt.pass.value.tenant_allowlist[0].to_string();
        source = "Access Pass";
    }
    if (text.empty()) return std::optional<ledger::PublicKey>{};
    const auto* const tenant = find(catalogue.tenants(), text);
    if (tenant == nullptr)
        return failure(fmt::format("tenant not found: {}", text), fmt::format("named by: {}", source),
                       "doublezero tenant list", Errc::NotFound);
    out << fmt::format("    Using tenant '{}' ({})\n", tenant->value.code, source);
    return std::optional(tenant->key);
}

/// Sends CreateUser.
Task<Result<>> create_user(const Attempt& attempt, const ledger::Snapshot& users, Context& context,
                           Progress& progress, std::ostream& out) {
    progress.say("choosing a device");
    CO_TRY(const Catalogue catalogue,
           co_await read_kinds(context, {AccountType::Device, AccountType::Tenant}));
    CO_TRY(const auto choice, choose_device(*catalogue, attempt.options.device));
    const auto& [device, reason] = choice;
    CO_TRY(const Ipv4 endpoint, choose_endpoint(device->value, endpoints_in_use(users, *catalogue)));
    progress.clear();
    out << "    Creating account...\n"
        << fmt::format("    Device selected: {} ({})\n", device->value.code, reason);
    CO_TRY(const auto tenant, choose_tenant(attempt, *catalogue, context, out));

    const ledger::InstructionBuilder builder(context.addresses, attempt.payer);
    const ledger::ix::CreateUser args{
        .user_type = attempt.user_type,
        .cyoa_type = ledger::Cyoa::GreOverDia,
        .client_ip = attempt.client_ip,
        .tunnel_endpoint = endpoint,
        .dz_prefix_count = static_cast<std::uint8_t>(device->value.dz_prefixes.size())};
    progress.say("creating the account");
    std::vector<ledger::TransactionInstruction> instructions{
        builder.make(args, {.device = device->key, .access_pass = attempt.pass.key, .tenant = tenant})};
    const auto receipt = co_await context.submit(std::move(instructions));
    progress.clear();
    if (!receipt) co_return ledger_failure(context, "Error creating user", receipt.error());
    out << "    Signature: " << receipt->signature.to_string() << "\n";
    co_return Result<>{};
}

/// The account as it stands: `Activated`, or why not.
Result<> check_user(const User& user) {
    if (user.status == ledger::UserStatus::Activated) return {};
    if (user.status == ledger::UserStatus::Banned)
        return failure("this user is banned", "the network's operators closed the account",
                       "ask the foundation; `doublezero disconnect` removes the account", Errc::Permission);
    return failure(fmt::format("the account is {}", ledger::to_text(user.status)),
                   "only an activated user gets a tunnel", "");
}

/// One account of this type for this address is all there can be.
Task<Result<>> ensure_user(Attempt& attempt, Context& context, Progress& progress, std::ostream& out) {
    progress.say("searching for the user account");
    CO_TRY(const Catalogue users, co_await read_users_of(context, attempt.client_ip));
    for (const auto& [key, user] : users->users()) {
        if (!is_unicast(user.user_type)) continue;
        if (user.user_type != attempt.user_type) {
            co_return failure(
                fmt::format("this host already has an account of type {}", user_type_text(user.user_type)),
                fmt::format("account {}; a host has one unicast tunnel", key.to_string()),
                "doublezero disconnect ibrl, then connect again");
        }
        if (user.owner != attempt.payer) {
            co_return failure(
                fmt::format("the account of this address belongs to another key: {}", user.owner.to_string()),
                fmt::format("account {}", key.to_string()), "use that key with --keypair", Errc::Permission);
        }
        progress.clear();
        out << "    An account already exists: " << key.to_string() << "\n";
        if (attempt.options.device || !attempt.options.tenant.empty())
            context.err << "Note: --device and TENANT have no effect on an existing account; disconnect "
                           "first to move it\n";
        co_return check_user(user);
    }
    CO_TRY_OK(co_await create_user(attempt, *users, context, progress, out));
    const auto created =
        co_await read_account<User>(context, context.addresses.user(attempt.client_ip, attempt.user_type));
    if (!created) co_return ledger_failure(context, "cannot read the new account back", created.error());
    if (!*created)
        co_return failure("the new account is not there", "the ledger confirmed it", "run the command again",
                          Errc::NotFound);
    co_return check_user(**created);
}

const daemon::api::EnrichedService* service_of(const daemon::api::StatusV2& status, ledger::UserType type) {
    const auto at = std::ranges::find(status.services, user_type_text(type), [](const auto& service) {
        return std::string_view(service.service.user_type);
    });
    return at == status.services.end() ? nullptr : &*at;
}

void print_tunnel(std::ostream& out, const daemon::api::ServiceStatus& tunnel) {
    const auto line = [&out](std::string_view name, Ipv4 ip) {
        if (!ip.is_unspecified()) out << "    " << name << ": " << ip.to_string() << "\n";
    };
    line("Tunnel Src", tunnel.tunnel_src);
    line("Tunnel Dst", tunnel.tunnel_dst);
    line("DoubleZero IP", tunnel.doublezero_ip);
    out << "    Session: " << tunnel.session_status << "\n";
}

/// What was last seen when the wait ran out.
std::string last_seen(const Result<daemon::api::StatusV2>& status, ledger::UserType type) {
    if (!status) return status.error().text;
    if (const auto* const service = service_of(*status, type)) {
        return service->last_error.empty() ? service->service.session_status
                                           : service->service.session_status + ": " + service->last_error;
    }
    return status->problems.empty() ? "the daemon has not built the tunnel" : status->problems.front().text;
}

Task<Result<>> wait_for_tunnel(const Attempt& attempt, Context& context, Progress& progress,
                               std::ostream& out) {
    progress.say("waiting for the tunnel");
    const TimePoint deadline = context.clock.now() + attempt.options.tunnel_timeout;
    for (;;) {
        const auto status = co_await context.daemon.status_v2();
        const auto* const service = status ? service_of(*status, attempt.user_type) : nullptr;
        if (service != nullptr && service->service.session_status == daemon::api::kSessionUp) {
            progress.clear();
            print_tunnel(out, service->service);
            co_return Result<>{};
        }
        if (context.clock.now() >= deadline) {
            progress.clear();
            co_return failure("the account is active but the tunnel is not up yet",
                              last_seen(status, attempt.user_type),
                              "doublezero status; the daemon goes on trying", Errc::Timeout);
        }
        if (service != nullptr) progress.say("waiting for the tunnel: " + service->service.session_status);
        co_await context.clock.sleep_for(kStatusPoll);
    }
}

}  // namespace

Task<Result<>> connect_ibrl(ConnectOptions options, Context& context, std::ostream& out) {
    Attempt attempt;
    attempt.options = std::move(options);
    attempt.user_type =
        attempt.options.allocate_addr ? ledger::UserType::IbrlWithAllocatedIp : ledger::UserType::Ibrl;
    Progress progress = context.progress();
    progress.say("checking key, balance and daemon");
    CO_TRY(attempt.payer, context.payer());
    CO_TRY_OK(co_await require_balance(context));
    CO_TRY_OK(co_await require_daemon(context));
    CO_TRY(attempt.client_ip, co_await client_ip_of_daemon(context));
    progress.clear();
    out << fmt::format("⚡  Connecting to {}...\n    DoubleZero ID: {}\n", context.settings.network,
                       attempt.payer.to_string());
    CO_TRY_OK(co_await check_pass(attempt, context));
    out << fmt::format("⚡  Provisioning for IP: {}\n", attempt.client_ip.to_string());
    CO_TRY_OK(co_await ensure_user(attempt, context, progress, out));

    if (const auto enabled = co_await context.daemon.enable(); !enabled)
        co_return daemon_failure(
            "the account is active but the daemon was not enabled (failed to enable reconciler)",
            enabled.error());
    if (attempt.options.no_wait) {
        out << "✅  User Provisioned; the daemon is building the tunnel\n";
        co_return Result<>{};
    }
    CO_TRY_OK(co_await wait_for_tunnel(attempt, context, progress, out));
    out << "✅  User Provisioned\n";
    co_return Result<>{};
}

}  // namespace dz::cli
