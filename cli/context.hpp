// cli/context.hpp: what every command works with. Made once by main, and by tests.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/progress.hpp"
#include "cli/settings.hpp"
#include "daemon/api/client.hpp"
#include "ledger/address.hpp"
#include "ledger/keypair.hpp"
#include "ledger/rpc.hpp"
#include "ledger/submit.hpp"

namespace dz::cli {

/// Everything a command may touch. References outlive the commands. Results go to the stream each command is
/// given, all else to `err`.
class Context {
  public:
    Context(EventLoop& loop, Clock& clock, Settings settings, ledger::Rpc& rpc, daemon::api::Client& daemon,
            std::ostream& err, GetEnv getenv, ProgressStyle style);

    EventLoop& loop;
    Clock& clock;
    const Settings settings;
    ledger::Rpc& rpc;
    daemon::api::Client& daemon;
    std::ostream& err;
    const ledger::Addresses addresses;

    /// Results go to a terminal: only there may they move the cursor.
    bool out_is_terminal = false;

    /// What the command leaves behind when it is interrupted now, and what to do about it. Empty: nothing.
    std::string interrupt_note;
    /// Says so on `err`, on a clean line.
    void print_interrupted();

    /// The signing key, read on first use. Errors name the source and how to supply a key.
    Result<const ledger::Keypair*> signer();
    /// The signer's public key.
    Result<ledger::PublicKey> payer();

    Progress progress() { return {err, clock, loop, style_}; }

    /// Signs and sends, and waits for `confirmed`. Where the settings ask for it, the program's log of a
    /// failed transaction goes to `err`.
    Task<Result<ledger::Receipt>> submit(std::vector<ledger::TransactionInstruction> instructions);

  private:
    Result<ledger::Keypair> load_key() const;

    GetEnv getenv_;
    ProgressStyle style_;
    std::optional<ledger::Keypair> key_;
};

/// Errors when the daemon cannot be reached, or serves another program than this command line would use.
Task<Result<>> require_daemon(Context& context);
/// Errors when the signer has no lamports to pay fees with.
Task<Result<>> require_balance(Context& context);
/// The client IP that the daemon found. Errors when it has none yet.
Task<Result<Ipv4>> client_ip_of_daemon(Context& context);

/// "ledger.example:8899" of "https://key@ledger.example:8899/token".
std::string_view host_of(std::string_view url);

/// `error` of a call to the daemon as a person reads it: what failed, why, and what to do.
std::unexpected<Error> daemon_failure(std::string_view what, const Error& error);
/// The same of a call to the ledger. Names the ledger's host but not its URL, which may hold a secret.
std::unexpected<Error> ledger_failure(const Context& context, std::string_view what, const Error& error);

}  // namespace dz::cli
