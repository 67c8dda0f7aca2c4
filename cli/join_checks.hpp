// cli/join_checks.hpp: what the plans of `connect` have in common: checks before anything is sent, the
// choice of the device, the new account (cli.md 3.3, 3.7).
#pragma once

#include <optional>
#include <string>

#include "cli/context.hpp"
#include "cli/join_plan.hpp"
#include "cli/lookup.hpp"
#include "placement/placement.hpp"

namespace dz::cli {

/// Key, balance, daemon and client IP. The plan has its head then, and the account's address.
Task<Result<JoinPlan>> begin_plan(ledger::UserType type, Context& context);

/// The pass of this host. A unicast user also needs it to be good for the current epoch.
Task<Result<ledger::Entry<ledger::AccessPass>>> usable_pass(const JoinPlan& plan, Context& context);
/// Whether a pass that is sold by the seat has one left for a user of this type. Errors: Rejected.
Result<> check_pass_seats(const ledger::AccessPass& pass, ledger::UserType type);
bool is_by_seat(const ledger::AccessPass& pass);

/// Null when this address has no account of this type.
const ledger::Entry<ledger::User>* account_of(const ledger::Snapshot& users, ledger::UserType type);
/// Null when it has none for unicast; where it has both, that of type `preferred`.
const ledger::Entry<ledger::User>* unicast_account(const ledger::Snapshot& users, ledger::UserType preferred);
/// Why an account that exists cannot be used by this payer now.
Result<> check_usable(const ledger::Entry<ledger::User>& existing, const JoinPlan& plan);
/// A device or tenant that was asked for by name must be the one that the account has: it cannot be moved.
Task<Result<>> check_device_named(std::optional<std::string> wanted, ledger::PublicKey has, Context& context);
Task<Result<>> check_tenant_named(std::string wanted, ledger::PublicKey has, Context& context);

/// The device with this code or address. Errors: NotFound.
Result<const ledger::Entry<ledger::Device>*> named_device(const ledger::Snapshot& catalogue,
                                                          const std::string& name);
/// Fills `plan.create` but for the tenant: the device that `named` says, or the best by latency. Waits until
/// the daemon has measured as much as the choice needs. `catalogue` needs all devices.
/// Errors: those of placement, with what to do.
Task<Result<>> choose_device(JoinPlan& plan, placement::Request request, std::optional<std::string> named,
                             ledger::Entry<ledger::AccessPass> pass, Catalogue catalogue, Context& context,
                             Progress& progress);

}  // namespace dz::cli
