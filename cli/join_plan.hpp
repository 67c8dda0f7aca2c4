// cli/join_plan.hpp: what `connect` is about to do, worked out before anything is sent.
//
// The same value is carried out (join.hpp), and printed by --dry-run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/progress.hpp"
#include "ledger/accounts.hpp"
#include "ledger/transaction.hpp"

namespace dz::cli {

/// One transaction.
struct JoinStep {
    /// A swap of feeds leaves some and joins others; one half may work without the other.
    enum class Half { Leave, Join };

    ledger::TransactionInstruction instruction;
    Half half = Half::Join;
    std::string doing;   ///< "creating the account"
    std::string failed;  ///< what is said when it fails: "Error creating user"
    std::string done{};  ///< what is said when it has worked; may be empty
};

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
        std::optional<Tenant> tenant{};
        bool second = false;       ///< beside an account of another type
        std::string moves_from{};  ///< code of the device that the account leaves; empty: it is new
    };
    /// Unset: the account exists already.
    std::optional<NewAccount> create;
    std::vector<JoinStep> steps;     ///< sent in this order
    std::vector<std::string> facts;  ///< what else was decided: "Using tenant 'acme' (CLI argument)"
    std::vector<std::string> notes;  ///< what the user should think about

    /// With a half alone and where nothing is to be joined there is no tunnel to wait for.
    bool wants_tunnel = true;
    std::string nothing;  ///< why there is nothing to do at all; empty else
    /// The command for one half, when only the other one worked; empty where there is one half only.
    std::string leave_again, join_again;
};

/// All read key, balance, daemon and ledger, and change nothing. Errors: whatever keeps this host from
/// joining, each with its remedy.
Task<Result<JoinPlan>> plan_unicast(ConnectOptions options, Context& context, Progress& progress);
Task<Result<JoinPlan>> plan_groups(ConnectOptions options, MulticastChoice choice, Context& context,
                                   Progress& progress);
Task<Result<JoinPlan>> plan_feeds(ConnectOptions options, MulticastChoice choice, Context& context,
                                  Progress& progress);

void print_plan(std::ostream& out, const JoinPlan& plan, OutputStyle style);

}  // namespace dz::cli
