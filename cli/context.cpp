#include "cli/context.hpp"

#include <fmt/format.h>

#include <iostream>
#include <iterator>

#include "cli/failure.hpp"

namespace dz::cli {

namespace {

constexpr std::string_view kHowToGetKey =
    "name a key file with --keypair or DOUBLEZERO_KEYPAIR; `--keypair -` reads stdin";
constexpr std::size_t kMaxKeyBytes = 4096;
constexpr std::string_view kEraseLine = "\r\x1b[K";

std::string read_stdin() {
    std::string text;
    for (char c = 0; text.size() < kMaxKeyBytes && std::cin.get(c);) text.push_back(c);
    return text;
}

/// "the key of --keypair"
std::string_view source_text(KeySource::Kind kind) {
    switch (kind) {
        case KeySource::Kind::Flag:
            return "the key of --keypair";
        case KeySource::Kind::Variable:
            return "the key of DOUBLEZERO_KEYPAIR";
        case KeySource::Kind::Stdin:
            return "the key on stdin";
        case KeySource::Kind::File:
            return "the signing key";
    }
    return "the key";
}

/// Errors are for a person, and never show what may be a key.
Result<ledger::Keypair> load_file(const KeySource& source) {
    const std::string_view what = source_text(source.kind);
    if (looks_like_key(source.value))
        return failure(fmt::format("{} is a key itself, where a file's name belongs", what), "",
                       "put it into a file of mode 0600, and into nobody's shell history", Errc::BadValue);
    if (const auto mine = ledger::require_private(source.value); !mine)
        return failure(fmt::format("cannot use {}", what), mine.error(),
                       fmt::format("chmod 600 {}", source.value));
    auto key = ledger::read_keypair(source.value);
    if (key) return key;
    const bool never_made = source.kind == KeySource::Kind::File && key.error().code == Errc::NotFound;
    if (never_made)
        return failure("there is no signing key yet", fmt::format("no file {}", source.value),
                       fmt::format("doublezero keygen, or {}", kHowToGetKey), Errc::NotFound);
    return failure(fmt::format("cannot use {}", what), key.error(), kHowToGetKey);
}

}  // namespace

std::string_view host_of(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    return url.substr(url.rfind('@') + 1);
}

Context::Context(EventLoop& l, Clock& c, Settings s, ledger::Rpc& r, daemon::api::Client& d, std::ostream& e,
                 GetEnv getenv, ProgressStyle style)
    : loop(l),
      clock(c),
      settings(std::move(s)),
      rpc(r),
      daemon(d),
      err(e),
      addresses(settings.program),
      getenv_(std::move(getenv)),
      style_(style) {}

Result<ledger::Keypair> Context::load_key() const {
    const bool is_text = settings.key.kind == KeySource::Kind::Stdin || settings.key.is_json;
    if (!is_text) return load_file(settings.key);
    auto key = ledger::parse_keypair(settings.key.kind == KeySource::Kind::Stdin ? read_stdin()
                                                                                 : settings.key.value);
    if (key) return key;
    return failure(fmt::format("cannot use {}", source_text(settings.key.kind)), key.error(), kHowToGetKey);
}

Result<const ledger::Keypair*> Context::signer() {
    if (!key_) {
        TRY(ledger::Keypair key, load_key());
        key_.emplace(std::move(key));
    }
    return &*key_;
}

Result<ledger::PublicKey> Context::payer() {
    TRY(const ledger::Keypair* const key, signer());
    return key->public_key();
}

void Context::print_interrupted() {
    err << (style_ == ProgressStyle::Spinner ? kEraseLine : std::string_view()) << "Interrupted"
        << (interrupt_note.empty() ? "" : ": ") << interrupt_note << "\n"
        << std::flush;
}

Task<Result<ledger::Receipt>> Context::submit(std::vector<ledger::TransactionInstruction> instructions) {
    CO_TRY(const ledger::Keypair* const key, signer());
    ledger::SubmitOptions options;
    if (settings.show_program_log) {
        options.on_failure_log = [this](const std::vector<std::string>& lines) {
            err << "Program log of the failed transaction:\n";
            for (const std::string& line : lines) err << "  " << line << "\n";
        };
    }
    co_return co_await ledger::submit(rpc, clock, *key, std::move(instructions), std::move(options));
}

Task<Result<>> require_daemon(Context& context) {
    const auto config = co_await context.daemon.config();
    if (!config) co_return daemon_failure("cannot reach the daemon", config.error());
    const auto program = ledger::PublicKey::parse(config->program_id);
    if (program && *program == context.settings.program) co_return Result<>{};
    const auto* const named = program ? ledger::environment_of(*program) : nullptr;
    co_return failure(fmt::format("the daemon serves another network than this command: {} instead of {}",
                                  named != nullptr ? named->name : std::string_view(config->program_id),
                                  context.settings.network),
                      fmt::format("daemon program {}, this command's program {}", config->program_id,
                                  context.settings.program.to_string()),
                      named != nullptr
                          ? fmt::format("doublezero config set --env {}, or start doublezerod with --env {}",
                                        named->name, context.settings.network)
                          : fmt::format("doublezero config set --program-id {}", config->program_id));
}

Task<Result<>> require_balance(Context& context) {
    CO_TRY(const ledger::PublicKey payer, context.payer());
    const auto balance = co_await context.rpc.balance(payer, ledger::Commitment::Confirmed);
    if (!balance) co_return ledger_failure(context, "cannot read the balance", balance.error());
    if (balance->value.value > 0) co_return Result<>{};
    co_return failure(fmt::format("account {} has no credits", payer.to_string()), "fees are paid from it",
                      context.settings.network == "local"
                          ? fmt::format("give it some: solana airdrop 10 {} --url http://{}",
                                        payer.to_string(), host_of(context.settings.rpc_url))
                          : std::string("ask the foundation for an access pass for this key, which also "
                                        "funds it"));
}

Task<Result<Ipv4>> client_ip_of_daemon(Context& context) {
    const auto status = co_await context.daemon.status_v2();
    if (!status) co_return daemon_failure("cannot read the daemon's status", status.error());
    if (!status->client_ip.is_unspecified()) co_return status->client_ip;
    co_return failure("the daemon has not discovered its client IP",
                      status->problems.empty() ? "" : status->problems.front().text,
                      "wait a moment, or start doublezerod with --client-ip ADDRESS", Errc::Unavailable);
}

std::unexpected<Error> daemon_failure(std::string_view what, const Error& error) {
    return failure(what, error, daemon::api::remedy(error));
}

std::unexpected<Error> ledger_failure(const Context& context, std::string_view what, const Error& error) {
    const std::string_view host = host_of(context.settings.rpc_url);
    switch (error.code) {
        case Errc::Unavailable:
        case Errc::Timeout:
        case Errc::Truncated:
            return failure(what, error,
                           fmt::format("check the network, or name another ledger than {} with --url", host));
        case Errc::BadValue:
            return failure(what, error,
                           fmt::format("check that {} is a ledger's RPC, or name another with --url", host));
        default:
            return failure(what, error);
    }
}

}  // namespace dz::cli
