// services/oracle/options.hpp: the command line of doublezero-oracle, and what it means.
//
// Two steps, since they end differently: a flag that does not exist or does not parse is a usage error (exit
// 2); values that make no sense are a start-up error (exit 1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/rpc.hpp"
#include "services/oracle/authority.hpp"
#include "services/oracle/rate_limit.hpp"

namespace dz::oracle {

/// Every flag as given; the initial values are the defaults.
struct Options {
    std::string env, rpc_url, program_id;
    std::string keypair, seed, tokens;
    std::string journal = "/var/lib/doublezero-oracle/journal.sqlite";
    std::string listen = "127.0.0.1:8095";
    bool plain_http = false;
    std::string tls_certificate, tls_key;
    std::uint64_t price = 0;
    std::string treasury;
    Duration hold = 10min;
    Duration settle_within = 24h;
    Duration slot_time = 400ms;
    std::uint64_t pass_epochs = 0;
    std::string commitment = "finalized";
    Duration poll = 2s;
    std::uint64_t max_live = 1000;
    Rate rate;
    bool verbose = false;
    bool version = false;
};

struct CommandLine {
    Options options;
    bool help = false;
};

/// `arguments` without the program's name. Errors: BadValue, in words for the user.
Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments);

/// All flags with defaults, as `-h` prints them.
std::string usage();

/// What the oracle runs with.
struct Settings {
    PublicKey program;
    std::string rpc_url;
    std::filesystem::path keypair, seed, tokens, journal;
    std::string listen;
    struct Tls {
        std::filesystem::path certificate, key;
    };
    std::optional<Tls> tls;
    std::optional<PublicKey> treasury;  ///< unset: the oracle's own key
    Authority::Config authority;
    Clerk::Config clerk;
    Watch::Config watch;
    Rate rate;
};

/// Errors: BadValue naming the flag and what to write instead.
Result<Settings> resolve(const Options& options);

/// The reservation authority's key. Errors: those of reading it; Permission when others may read the file.
Result<ledger::Keypair> read_authority(const std::filesystem::path& path);

}  // namespace dz::oracle
