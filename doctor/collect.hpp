// doctor/collect.hpp: looks at daemon, machine and ledger. Changes nothing.
#pragma once

#include <filesystem>

#include "daemon/api/client.hpp"
#include "doctor/commands.hpp"
#include "doctor/facts.hpp"
#include "ledger/address.hpp"
#include "ledger/rpc.hpp"

namespace dz::doctor {

/// What the command line is set to.
struct Site {
    std::string network;
    ledger::PublicKey program;
    std::string ledger_host;
    Seen<ledger::PublicKey> payer = unseen();
    std::string socket;
};

/// What the doctor asks. All references outlive `collect`.
struct Sources {
    ledger::Rpc& rpc;
    daemon::api::Client& daemon;
    Commands& commands;
    /// Where files are read: "/" but in tests.
    std::filesystem::path root = "/";
};

/// Everything, some seconds' work where something does not answer.
Task<Facts> collect(Site site, Sources sources);

}  // namespace dz::doctor
