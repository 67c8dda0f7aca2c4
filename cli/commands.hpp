// cli/commands.hpp: every command as a function of options, context and output stream.
//
// Results go to `out`; errors come back as `cli::failure` texts. Commands that only read take `OutputStyle`.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "cli/oracle_access.hpp"

namespace dz::cli {

/// `--json` wins over `--json-compact`, which wins over `--narrow`, which wins over a wide table.
struct OutputStyle {
    bool json = false;
    bool json_compact = false;
    bool narrow = false;
    bool machine_readable() const { return json || json_compact; }
};

// ---- Keys and configuration

struct KeygenOptions {
    std::optional<std::string> outfile;
    bool force = false;
};
/// Writes a new key (0600) and prints its public half. Never overwrites without `force`.
Task<Result<>> keygen(KeygenOptions options, Context& context, std::ostream& out);
Task<Result<>> address(OutputStyle style, Context& context, std::ostream& out);
Task<Result<>> balance(OutputStyle style, Context& context, std::ostream& out);

struct ConfigSetOptions {
    std::optional<std::string> env, url, ws, keypair, program_id, geo_program_id, tenant;
    bool no_tenant = false;
    bool empty() const;
};
Result<> config_get(const Settings& settings, OutputStyle style, std::ostream& out);
/// `file`: as it is now. Prints what `config_get` prints afterwards.
Result<> config_set(const ConfigSetOptions& options, const std::optional<ConfigFile>& file,
                    const GetEnv& getenv, std::ostream& out);

/// Client version, and those of the program where they can be read.
Task<Result<>> version(OutputStyle style, Context& context, std::ostream& out);

// ---- The daemon

struct StatusOptions {
    std::optional<Duration> watch;  ///< looks again so often, until interrupted
    OutputStyle style;
};
Task<Result<>> status(StatusOptions options, Context& context, std::ostream& out);

enum class Plot { Sparkline, Histogram };
struct LatencyOptions {
    std::optional<Plot> plot;  ///< sparkline: beside the table; histogram: instead of it
    OutputStyle style;
};
/// How far away the devices are. Waits for the daemon's first round, a minute at most.
Task<Result<>> latency(LatencyOptions options, Context& context, std::ostream& out);
Task<Result<>> enable(Context& context, std::ostream& out);
Task<Result<>> disable(Context& context, std::ostream& out);
Task<Result<>> routes(OutputStyle style, Context& context, std::ostream& out);
/// What the daemon would change now. Changes nothing.
Task<Result<>> plan(OutputStyle style, Context& context, std::ostream& out);

struct EventsOptions {
    bool follow = false;  ///< one line for each event, until interrupted or refused
    OutputStyle style;
};
/// What the daemon did, and why.
Task<Result<>> events(EventsOptions options, Context& context, std::ostream& out);

// ---- Joining and leaving

struct ConnectOptions {
    std::string tenant;                 ///< code or address; empty = none named; unicast only
    bool allocate_addr = false;         ///< unicast only
    bool move = false;                  ///< an account that exists goes to another device; unicast only
    std::optional<std::string> device;  ///< code or address; none = the best by latency
    std::string reservation;            ///< id of a paid one, whose seat is taken; empty = none; unicast only
    OracleOptions oracle;               ///< that knows it
    bool no_wait = false;               ///< do not wait for the tunnel
    bool dry_run = false;               ///< print the plan and change nothing
    OutputStyle style;                  ///< JSON: of the plan or of the outcome
    Duration tunnel_timeout = 60s;
};
/// Creates the user account where there is none, enables the daemon and waits until the session is up.
/// Repeating it sends nothing. Errors: Timeout when the account is active but the tunnel is not.
Task<Result<>> connect_ibrl(ConnectOptions options, Context& context, std::ostream& out);

/// What `connect multicast` is asked for. Nothing at all: whatever the access pass allows.
struct MulticastChoice {
    std::vector<std::string> publish{}, subscribe{};  ///< group codes or addresses
    std::vector<std::string> join_feeds{}, leave_feeds{};

    bool groups() const { return !publish.empty() || !subscribe.empty(); }
    bool feeds() const { return !join_feeds.empty() || !leave_feeds.empty(); }
};
/// The same for groups or feeds, which are added to what the account has. Leaving feeds alone waits for
/// nothing.
Task<Result<>> connect_multicast(MulticastChoice choice, ConnectOptions options, Context& context,
                                 std::ostream& out);

struct DisconnectOptions {
    enum class Mode { All, Ibrl, Multicast };
    Mode mode = Mode::All;
    bool no_wait = false;
    bool dry_run = false;  ///< print the plan and change nothing
    OutputStyle style;     ///< JSON: of the plan or of the outcome
    Duration tunnel_timeout = 60s;
};
/// Deletes the signer's user accounts of this machine and waits until their tunnels are gone. Accounts of
/// others are left alone and named. One that cannot be deleted does not keep the next from being tried.
Task<Result<>> disconnect(DisconnectOptions options, Context& context, std::ostream& out);

}  // namespace dz::cli
