#include "services/oracle/options.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/flags.hpp"
#include "ledger/environment.hpp"
#include "ledger/limits.hpp"

namespace dz::oracle {

namespace {

constexpr ::mode_t kOthers = 077;
constexpr std::uint64_t kLeastPrice = ledger::rent_exempt_lamports(0);

void declare(FlagSet& flags, Options& o) {
    flags.add("env", &o.env,
              "environment: devnet, testnet, mainnet-beta or localnet; outranks URL and program id");
    flags.add("ledger-rpc-url", &o.rpc_url, "JSON-RPC URL of the ledger; needed without -env");
    flags.add("serviceability-program-id", &o.program_id,
              "program that owns devices and users; needed without -env");
    flags.add("keypair", &o.keypair, "key file of the reservation authority, mode 0600; it pays all fees");
    flags.add("deposit-seed", &o.seed, "file with the seed of the deposit addresses in hex, mode 0600");
    flags.add("tokens", &o.tokens, "file with a line \"NAME TOKEN\" for each client, mode 0600");
    flags.add("journal", &o.journal, "database of reservations; on a disk that syncs");
    flags.add("listen", &o.listen, "host:port to serve on; port 0: any, see the log");
    flags.add("plain-http", &o.plain_http, "serve other machines without TLS, behind a proxy that has it");
    flags.add("tls-certificate", &o.tls_certificate, "file with the certificate chain (PEM): serve HTTPS");
    flags.add("tls-key", &o.tls_key, "file with the certificate's private key (PEM)");
    flags.add("price", &o.price, "price of a seat in lamports");
    flags.add("treasury", &o.treasury, "account that prices go to; the authority's own without it");
    flags.add("hold", &o.hold, "how long a seat waits for its payment");
    flags.add("settle-within", &o.settle_within,
              "how long a paid seat waits for its user; then the money goes back");
    flags.add("slot-time", &o.slot_time, "length of the ledger's slots, in which all waits are counted");
    flags.add("pass-epochs", &o.pass_epochs,
              "how many epochs beyond the running one a pass is good; 0: without end");
    flags.add("commitment", &o.commitment, "that a payment needs: confirmed or finalized");
    flags.add("poll", &o.poll, "time between looks at the ledger");
    flags.add("max-live", &o.max_live, "reservations that one token may have waiting");
    flags.add("rate", &o.rate.per_second, "requests a second of one token; 0: no limit");
    flags.add("burst", &o.rate.burst, "requests of one token at once");
    flags.add("verbose", &o.verbose, "log debug messages");
    flags.add("version", &o.version, "print the version and exit");
}

std::unexpected<Error> bad(std::string_view flag, std::string_view value, std::string_view problem) {
    return fail(Errc::BadValue, fmt::format("flag -{}: \"{}\" {}", flag, value, problem));
}

std::unexpected<Error> missing(std::string_view flag, std::string_view what) {
    return fail(Errc::BadValue, fmt::format("flag -{} is missing: {}", flag, what));
}

Result<> check_at_least(std::string_view flag, Duration value, Duration least) {
    if (value >= least) return {};
    return bad(flag, dz::to_string(value), "must be at least " + dz::to_string(least));
}

bool is_of_this_machine(std::string_view host_port) {
    return host_port.starts_with("127.") || host_port.starts_with("localhost:") ||
           host_port.starts_with("[::1]:");
}

Result<> resolve_ledger(const Options& o, Settings& out) {
    if (!o.env.empty()) {
        const auto environment = ledger::find_environment(o.env);
        if (!environment) return bad("env", o.env, "is not one of mainnet-beta, testnet, devnet, localnet");
        out.program = (*environment)->serviceability;
        out.rpc_url = (*environment)->rpc_url;
        return {};
    }
    if (o.rpc_url.empty()) return missing("ledger-rpc-url", "give the ledger's URL, or a network by -env");
    if (!o.rpc_url.starts_with("http://") && !o.rpc_url.starts_with("https://"))
        return bad("ledger-rpc-url", o.rpc_url, "does not begin with http:// or https://");
    if (o.program_id.empty())
        return missing("serviceability-program-id", "give the program, or a network by -env");
    const auto program = PublicKey::parse(o.program_id);
    if (!program)
        return bad("serviceability-program-id", o.program_id, "is not a program id (base58 of 32 bytes)");
    out.program = *program;
    out.rpc_url = o.rpc_url;
    return {};
}

Result<> resolve_server(const Options& o, Settings& out) {
    out.listen = o.listen;
    if (o.tls_certificate.empty() != o.tls_key.empty())
        return missing(o.tls_key.empty() ? "tls-key" : "tls-certificate",
                       "TLS needs a certificate and its key");
    if (!o.tls_key.empty()) out.tls = Settings::Tls{o.tls_certificate, o.tls_key};
    if (!out.tls && !o.plain_http && !is_of_this_machine(o.listen))
        return bad("listen", o.listen,
                   "lets other machines in, and tokens would travel in the clear: give -tls-certificate and "
                   "-tls-key, "
                   "or -plain-http behind a proxy that has TLS");
    return {};
}

Result<> check_times(const Options& o) {
    TRY_OK(check_at_least("slot-time", o.slot_time, 1ms));
    TRY_OK(check_at_least("hold", o.hold, o.slot_time));
    TRY_OK(check_at_least("settle-within", o.settle_within, o.slot_time));
    return check_at_least("poll", o.poll, 10ms);
}

Result<> check_files(const Options& o) {
    if (o.keypair.empty()) return missing("keypair", "give the key file of the reservation authority");
    if (o.seed.empty()) return missing("deposit-seed", "make one: (umask 077; openssl rand -hex 32 > FILE)");
    if (o.tokens.empty()) return missing("tokens", "give a file with a line \"NAME TOKEN\" for each client");
    if (o.journal.empty()) return missing("journal", "reservations must be kept somewhere");
    return {};
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string_view> arguments) {
    CommandLine line;
    FlagSet flags;
    declare(flags, line.options);
    TRY(const FlagSet::Outcome outcome, flags.parse(arguments));
    line.help = outcome == FlagSet::Outcome::Help;
    return line;
}

std::string usage() {
    Options defaults;
    FlagSet flags;
    declare(flags, defaults);
    return flags.usage("doublezero-oracle");
}

Result<Settings> resolve(const Options& o) {
    Settings out;
    TRY_OK(check_times(o));
    TRY_OK(resolve_ledger(o, out));
    TRY_OK(check_files(o));
    TRY_OK(resolve_server(o, out));
    if (o.price == 0)
        return missing("price", "give the price of a seat in lamports; a credit has 1000000000");
    if (o.price < kLeastPrice)
        return bad("price", std::to_string(o.price),
                   fmt::format("lamports are too few: an account needs {} to exist", kLeastPrice));
    const auto commitment = ledger::parse_commitment(o.commitment);
    if (!commitment || *commitment == ledger::Commitment::Processed)
        return bad("commitment", o.commitment, "is not one of confirmed, finalized");
    if (!o.treasury.empty()) {
        const auto treasury = PublicKey::parse(o.treasury);
        if (!treasury) return bad("treasury", o.treasury, "is not an account (base58 of 32 bytes)");
        out.treasury = *treasury;
    }
    if (o.rate.per_second > 0 && o.rate.burst == 0)
        return bad("burst", "0", "lets no request through: give at least 1");
    out.keypair = o.keypair;
    out.seed = o.seed;
    out.tokens = o.tokens;
    out.journal = o.journal;
    out.rate = o.rate;
    const auto slots = [&o](Duration time) { return static_cast<std::uint64_t>(time / o.slot_time); };
    out.authority = {.price = Lamports{o.price},
                     .hold_slots = slots(o.hold),
                     .slot_time = o.slot_time,
                     .max_live = static_cast<std::size_t>(o.max_live)};
    out.clerk.rules.settle_slots = slots(o.settle_within);
    out.clerk.pass_epochs = o.pass_epochs;
    out.watch.commitment = *commitment;
    out.watch.poll = o.poll;
    return out;
}

Result<ledger::Keypair> read_authority(const std::filesystem::path& path) {
    struct ::stat status{};
    // A file that is missing is told by the reader, with the remedy.
    const bool exists = ::stat(path.c_str(), &status) == 0;
    if (exists && (status.st_mode & kOthers) != 0)
        return fail(Errc::Permission,
                    fmt::format("the key file {} has mode {:04o}, so others may use the key: chmod 600 {}",
                                path.string(), status.st_mode & 07777U, path.string()));
    return ledger::read_keypair(path);
}

}  // namespace dz::oracle
