// reservation_oracle.cpp: seats of a reservation oracle: ask for one, pay it, settle it.
#include <fmt/format.h>

#include "cli/draft.hpp"
#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/oracle_access.hpp"
#include "cli/record.hpp"

namespace dz::cli {

namespace {

namespace api = oracle::api;

/// A reservation by its id, at an oracle.
struct OneReservation {
    OracleOptions oracle;
    std::string id;
};

template <class O>
void add_oracle(Command<O>& command) {
    command.take("--oracle", command->oracle.url, "URL of the oracle; else DZ_ORACLE_URL");
    command.take(
        "--oracle-token-file", command->oracle.token_file,
        "File with your token; else DZ_ORACLE_TOKEN_FILE, else oracle-token beside the configuration");
}

Record record(const api::ReservationView& view) {
    Record record;
    record.add("id", view.id);
    record.add("state", std::string(api::to_string(view.phase)));
    record.add("device", view.device);
    record.add("client_ip", view.client_ip.to_string());
    record.add("user_payer", view.user_payer);
    record.json_only("refund_to", view.refund_to);
    record.add("deposit_address", view.deposit_address);
    record.add("deposit_check", view.deposit_check);
    record.add("price_lamports", view.price);
    record.add("received_lamports", view.received);
    record.add("refunded_lamports", view.refunded);
    record.json_only("expires_slot", view.expires_slot);
    record.add("expires_at", view.expires_at);
    return record;
}

struct Request {
    OracleOptions oracle;
    std::string device;
    std::optional<Ipv4> client_ip;
    std::optional<ledger::PublicKey> refund_to;
};

/// One key for what is one wish, so that asking again after a lost answer is no second reservation. A seat
/// that is over is asked for anew by the oracle's own rule of one for each device and address.
Task<Result<>> request(Request options, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(Oracle oracle, Oracle::find(options.oracle, context));
    CO_TRY(const ledger::PublicKey payer, context.payer());
    CO_TRY(const Catalogue all, co_await read_kinds(context, {ledger::Device::kType}));
    const auto* const device = find(all->devices(), options.device);
    if (device == nullptr) co_return not_found("device", options.device);
    if (!options.client_ip) {
        CO_TRY(options.client_ip, co_await client_ip_of_daemon(context));
    }
    const api::ReservationRequest wanted{.device = device->key.to_string(),
                                         .client_ip = *options.client_ip,
                                         .user_payer = payer.to_string(),
                                         .refund_to = options.refund_to.value_or(payer).to_string()};
    const auto view = co_await oracle.api().reserve(wanted, "");
    if (!view) co_return oracle_failure("the oracle has no seat for you", view.error());
    print_one(out, style, record(*view));
    if (!style.machine_readable() && view->phase == api::Phase::Waiting)
        context.err << fmt::format("Pay {} lamports to {} before {}: doublezero reservation pay {}\n",
                                   view->price, view->deposit_address, view->expires_at, view->id);
    co_return Result<>{};
}

Task<Result<>> show(OneReservation options, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(Oracle oracle, Oracle::find(options.oracle, context));
    const auto view = co_await oracle.api().find(options.id);
    if (!view) co_return oracle_failure("cannot read the reservation", view.error());
    print_one(out, style, record(*view));
    co_return Result<>{};
}

Task<Result<>> mine(OracleOptions options, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(Oracle oracle, Oracle::find(options, context));
    const auto views = co_await oracle.api().list();
    if (!views) co_return oracle_failure("cannot list the reservations", views.error());
    std::vector<Record> records;
    for (const api::ReservationView& view : *views) records.push_back(record(view));
    print_list(out, style, record({}), records);
    co_return Result<>{};
}

Task<Result<>> cancel(OneReservation options, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(Oracle oracle, Oracle::find(options.oracle, context));
    const auto view = co_await oracle.api().cancel(options.id);
    if (!view) co_return oracle_failure("cannot cancel the reservation", view.error());
    print_one(out, style, record(*view));
    co_return Result<>{};
}

Task<Result<>> settle(OneReservation options, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(Oracle oracle, Oracle::find(options.oracle, context));
    CO_TRY(const ledger::Signature signature,
           co_await settle_reservation({.id = options.id, .client_ip = {}}, oracle, context));
    Record done;
    done.add("id", options.id);
    done.add("signature", signature.to_string());
    print_one(out, style, done);
    co_return Result<>{};
}

/// What is missing of the price.
Task<Result<>> pay(OneReservation options, Draft& draft) {
    CO_TRY(Oracle oracle, Oracle::find(options.oracle, draft.context()));
    const auto view = co_await oracle.api().find(options.id);
    if (!view) co_return oracle_failure("cannot read the reservation", view.error());
    if (view->phase != api::Phase::Waiting)
        co_return failure("this reservation takes no payment",
                          fmt::format("it is {}", api::to_string(view->phase)),
                          "what is paid now would only come back", Errc::BadValue);
    if (view->received >= view->price)
        co_return failure("this reservation is paid already", "the payment is not final yet",
                          "wait some seconds");
    CO_TRY(const ledger::PublicKey deposit, ledger::PublicKey::parse(view->deposit_address));
    draft.send(ledger::system_transfer(draft.payer(), deposit, Lamports{view->price - view->received}));
    co_return Result<>{};
}

}  // namespace

void add_oracle_reservations(Group& reservation) {
    reservation.heading("Of an oracle that sells seats");
    auto ask = reservation.command<Request>("request", "Ask for a seat; prints where to pay for it");
    ask.need("--device", ask->device, "Device code or address");
    ask.take("--client-ip", ask->client_ip, "Address that will connect; else the daemon's");
    ask.take("--refund-to", ask->refund_to, "Account that money goes back to; else the signer");
    add_oracle(ask);
    ask.reads(Output::One, request);
    const auto named = [&reservation](const char* name, const char* about) {
        auto command = reservation.command<OneReservation>(name, about);
        command.need("ID", command->id, "Id of the reservation");
        add_oracle(command);
        return command;
    };
    named("show", "Show one reservation of yours").reads(Output::One, show);
    auto all = reservation.command<OracleOptions>("mine", "List your reservations that are not over");
    all.take("--oracle", all->url, "URL of the oracle; else DZ_ORACLE_URL");
    all.take("--oracle-token-file", all->token_file, "File with your token; else DZ_ORACLE_TOKEN_FILE");
    all.reads(Output::List, mine);
    named("pay", "Pay what is missing of the price").writes(pay);
    named("settle", "Become a user on the paid seat; `connect ibrl --reservation ID` does it too")
        .reads(Output::One, settle);
    named("cancel", "Give the seat back; what was paid returns").reads(Output::One, cancel);
}

}  // namespace dz::cli
