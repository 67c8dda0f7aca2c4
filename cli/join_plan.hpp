// cli/join_plan.hpp: what `connect` is about to do, worked out before anything is sent.
//
// The same value is carried out, and printed by --dry-run.
#pragma once

#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "ledger/accounts.hpp"

namespace dz::cli {

struct JoinPlan {
    std::string network;  ///< "testnet"
    ledger::PublicKey payer;
    Ipv4 client_ip;
    ledger::UserType user_type{};
    ledger::PublicKey account;  ///< of the user, whether it exists or not

    struct Tenant {
        ledger::PublicKey key;
        std::string code;
        std::string source;  ///< "CLI argument", "configuration file", "Access Pass"
    };
    struct NewAccount {
        ledger::PublicKey access_pass;
        ledger::PublicKey device;
        std::string device_code;
        std::string reason;  ///< why this device
        Ipv4 tunnel_endpoint;
        std::uint8_t dz_prefix_count = 0;
        std::optional<Tenant> tenant;
    };
    /// Unset: the account exists already and there is nothing to send.
    std::optional<NewAccount> create;
};

/// Reads key, balance, daemon and ledger, and changes nothing. `user_type` is a unicast type.
/// Errors: whatever keeps this host from joining, each with its remedy.
Task<Result<JoinPlan>> plan_join(ConnectOptions options, Context& context);

void print_plan(std::ostream& out, const JoinPlan& plan, OutputStyle style);

}  // namespace dz::cli
