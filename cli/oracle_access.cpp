#include "cli/oracle_access.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/encoding.hpp"
#include "base/files.hpp"
#include "cli/failure.hpp"
#include "cli/lookup.hpp"
#include "ledger/accounts.hpp"
#include "ledger/settlement.hpp"

namespace dz::cli {

namespace {

namespace api = oracle::api;

constexpr std::size_t kMaxTokenFile = 4096;
constexpr ::mode_t kOthers = 077;
constexpr Duration kPoll = 400ms;

Result<std::string> read_token(const std::filesystem::path& path) {
    struct ::stat status{};
    if (::stat(path.c_str(), &status) == 0 && (status.st_mode & kOthers) != 0)
        return failure("others may read the oracle's token",
                       fmt::format("mode {:04o} of {}", status.st_mode & 07777U, path.string()),
                       fmt::format("chmod 600 {}", path.string()), Errc::Permission);
    auto text = files::read(path, kMaxTokenFile);
    if (!text)
        return failure("cannot read the oracle's token", text.error(),
                       fmt::format("put the token that the oracle's operator gave you into {}, mode 600",
                                   path.string()));
    while (!text->empty() && (text->back() == '\n' || text->back() == ' ')) text->pop_back();
    return text;
}

/// What the transaction must be, made without the oracle's help.
Task<Result<ledger::Message>> expected_message(api::ReservationView view, api::SettlementView settlement,
                                               SettleRequest request, ledger::Blockhash blockhash,
                                               Context& context) {
    CO_TRY(const auto device, ledger::PublicKey::parse(view.device));
    const auto account = co_await read_account<ledger::Device>(context, device);
    if (!account) co_return ledger_failure(context, "cannot read the device", account.error());
    if (!*account)
        co_return failure("the device of this reservation is gone", view.device,
                          "doublezero reservation cancel " + view.id);
    CO_TRY(const auto authority, ledger::PublicKey::parse(settlement.authority));
    CO_TRY(const auto payer, context.payer());
    const ledger::Settlement terms{
        .authority = authority,
        .user_payer = payer,
        .device = device,
        .client_ip = view.client_ip,
        .user_type =
            request.allocate_address ? ledger::UserType::IbrlWithAllocatedIp : ledger::UserType::Ibrl,
        .tunnel_endpoint = {},
        .dz_prefix_count = static_cast<std::uint8_t>((*account)->dz_prefixes.size())};
    co_return ledger::settlement_message(context.addresses, terms, blockhash);
}

Result<> check_fits(const api::ReservationView& view, const SettleRequest& request,
                    const ledger::PublicKey& payer) {
    if (view.user_payer != payer.to_string())
        return failure("this reservation is for another key", view.user_payer, "use that key with --keypair",
                       Errc::Permission);
    if (request.client_ip && view.client_ip != *request.client_ip)
        return failure(
            fmt::format("this reservation is for the address {}, not {}", view.client_ip, *request.client_ip),
            "", "connect from that address, or reserve a seat for this one");
    if (view.phase == api::Phase::Ready) return {};
    const std::string state = fmt::format("it is {}", api::to_string(view.phase));
    if (view.phase == api::Phase::Waiting)
        return failure("this reservation is not paid",
                       fmt::format("{} of {} lamports have arrived at {}", view.received, view.price,
                                   view.deposit_address),
                       "doublezero reservation pay " + view.id);
    if (view.phase == api::Phase::Paid)
        return failure("this reservation is not ready yet", state, "try again in some seconds",
                       Errc::Unavailable);
    return failure("this reservation cannot be settled", state,
                   "doublezero reservation request --device CODE");
}

Task<Result<>> wait_until_landed(ledger::Transaction transaction, std::uint64_t last_valid_block_height,
                                 Context& context) {
    for (;;) {
        const auto info = co_await context.rpc.epoch_info(ledger::Commitment::Confirmed);
        const auto statuses = co_await context.rpc.signature_statuses({transaction.id()});
        const auto status = statuses ? statuses->value.front() : std::nullopt;
        if (status && status->commitment >= ledger::Commitment::Confirmed) {
            if (!status->error) co_return Result<>{};
            co_return failure("the ledger refused the settlement", ledger::describe(*status->error),
                              "doublezero reservation show, then settle again");
        }
        if (statuses && !status && info && info->block_height > last_valid_block_height)
            co_return failure("the settlement was not included in time", "", "settle again", Errc::Timeout);
        co_await context.clock.sleep_for(kPoll);
    }
}

}  // namespace

Result<Oracle> Oracle::find(const OracleOptions& options, Context& context) {
    const auto url = options.url ? options.url : context.settings.oracle_url;
    if (!url || url->empty())
        return failure("which oracle?", "", "give its URL with --oracle, or in DZ_ORACLE_URL",
                       Errc::BadValue);
    if (!url->starts_with("http://") && !url->starts_with("https://"))
        return failure(fmt::format("{} is not the URL of an oracle", *url), "",
                       "it begins with https:// or http://", Errc::BadValue);
    TRY(std::string token,
        read_token(options.token_file ? *options.token_file : context.settings.oracle_token_file.string()));
    Oracle oracle(context.loop);
    std::string base = *url;
    while (base.ends_with('/')) base.pop_back();
    oracle.api_.emplace(*oracle.http_,
                        api::Client::Config{.url = std::move(base), .token = std::move(token)});
    return oracle;
}

std::unexpected<Error> oracle_failure(std::string_view what, const Error& error) {
    std::string_view remedy;
    if (error.code == Errc::Permission) remedy = "ask the oracle's operator for a token";
    if (error.code == Errc::NotFound) remedy = "doublezero reservation mine";
    if (error.code == Errc::Unavailable || error.code == Errc::Timeout) remedy = "try again";
    return failure(what, error, remedy);
}

Task<Result<ledger::Signature>> settle_reservation(SettleRequest request, Oracle& oracle, Context& context) {
    CO_TRY(const ledger::Keypair* const key, context.signer());
    const auto view = co_await oracle.api().find(request.id);
    if (!view) co_return oracle_failure("cannot read the reservation", view.error());
    CO_TRY_OK(check_fits(*view, request, key->public_key()));
    const auto settlement = co_await oracle.api().settle(request.id, request.allocate_address, {});
    if (!settlement) co_return oracle_failure("the oracle did not settle", settlement.error());
    const auto bytes = from_base64(settlement->transaction);
    auto transaction = bytes ? ledger::decode_transaction(*bytes)
                             : Result<ledger::Transaction>(std::unexpected(bytes.error()));
    if (!transaction)
        co_return failure("the oracle's transaction cannot be read", transaction.error(),
                          "tell its operator");
    const ledger::Blockhash& blockhash = transaction->message.recent_blockhash;
    CO_TRY(const ledger::Message expected,
           co_await expected_message(*view, *settlement, request, blockhash, context));
    // It may be worth anything, so nothing but what was agreed on is signed.
    if (transaction->message != expected)
        co_return failure("the oracle's transaction is not the settlement of this reservation",
                          "so it was not signed", "tell its operator; nothing was sent", Errc::Permission);
    CO_TRY_OK(ledger::cosign(*transaction, *key));
    if (const auto sound = ledger::verify(*transaction); !sound)
        co_return failure("the oracle's signature is wrong", sound.error(),
                          "tell its operator; nothing was sent");
    const auto sent = co_await context.rpc.send_transaction(encode(*transaction),
                                                            {.skip_preflight = false, .max_retries = {}});
    if (!sent && !ledger::is_retryable(sent.error()))
        co_return ledger_failure(context, "the ledger refused the settlement", sent.error());
    CO_TRY_OK(co_await wait_until_landed(*transaction, settlement->last_valid_block_height, context));
    co_return transaction->id();
}

Task<Result<std::optional<ledger::Signature>>> take_reserved_seat(OracleOptions options, std::string id,
                                                                  bool allocate_address, Context& context) {
    CO_TRY_OK(co_await require_daemon(context));
    CO_TRY(const Ipv4 client_ip, co_await client_ip_of_daemon(context));
    CO_TRY(Oracle oracle, Oracle::find(options, context));
    const auto view = co_await oracle.api().find(id);
    if (!view) co_return oracle_failure("cannot read the reservation", view.error());
    if (view->phase == api::Phase::Settled) co_return std::nullopt;
    context.interrupt_note = "the seat may be taken already. The same command goes on from there";
    CO_TRY(const ledger::Signature signature,
           co_await settle_reservation({id, allocate_address, client_ip}, oracle, context));
    co_return signature;
}

}  // namespace dz::cli
