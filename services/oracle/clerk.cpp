#include "services/oracle/clerk.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "ledger/accounts.hpp"

namespace dz::oracle {

namespace {

Landing landing_of(Clerk::Ending ending) {
    if (ending == Clerk::Ending::Landed) return Landing::Landed;
    return ending == Clerk::Ending::Failed ? Landing::Failed : Landing::Lapsed;
}

Clerk::End end_of(const Courier::Outcome& outcome) {
    using Kind = Courier::Outcome::Kind;
    switch (outcome.kind) {
        case Kind::Landed:
            return {Clerk::Ending::Landed, {}};
        case Kind::Failed:
            return {Clerk::Ending::Failed, outcome.error};
        case Kind::Lapsed:
            return {Clerk::Ending::Lapsed, {Errc::Timeout, "it was not included in time", 0}};
        case Kind::Abandoned:
            break;
    }
    return {Clerk::Ending::Abandoned, {Errc::Cancelled, "the oracle is stopping", 0}};
}

}  // namespace

Clerk::Clerk(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Books& books, Courier& courier,
             const Deposits& deposits, const Paperwork& paperwork, Metrics& metrics, Log log,
             const Config& config)
    : loop_(loop),
      clock_(clock),
      rpc_(rpc),
      books_(books),
      courier_(courier),
      deposits_(deposits),
      paperwork_(paperwork),
      metrics_(metrics),
      log_(std::move(log)),
      config_(config),
      idle_(loop, clock) {}

Task<Result<Clerk::End>> Clerk::send(const Turn& turn, Reservation next) {
    CO_TRY_OK(co_await books_.keep(*turn, std::move(next)));
    co_return co_await carry_out(turn, Courier::Sent::Never);
}

Task<Result<Clerk::End>> Clerk::carry_out(const Turn& turn, Courier::Sent sent) {
    const Flight flight = turn->record.flight.value();
    const auto outcome = co_await courier_.carry(flight.transaction, flight.last_valid_block_height, sent);
    const End end = end_of(outcome);
    if (end.ending == Ending::Abandoned) co_return end;
    metrics_.transaction(flight.purpose, landing_of(end.ending)).Increment();
    if (end.ending == Ending::Landed) {
        turn->failures = 0;
        CO_TRY_OK(co_await books_.keep(*turn, landed(turn->record, outcome.slot)));
        log_.info("transaction landed", {{"reservation", turn->record.id},
                                         {"purpose", to_string(flight.purpose)},
                                         {"state", to_string(turn->record.state)}});
        co_return end;
    }
    auto next = grounded(turn->record);
    if (!next) {
        CO_TRY_OK(co_await books_.forget(turn.entry()));
        co_return end;
    }
    CO_TRY_OK(co_await books_.keep(*turn, *std::move(next)));
    put_off(*turn, flight.purpose, end.error);
    co_return end;
}

bool Clerk::is_due(const Entry& entry, const Step& step) const {
    return step.due && clock_.now() >= entry.not_before;
}

void Clerk::attend(const EntryPointer& entry, const Sight& seen) {
    const Step step = observe(entry->record, seen, config_.rules);
    if (step.next == entry->record && !is_due(*entry, step)) return;
    // Whoever has the turn changes the record, so the next look will tell anew.
    if (auto turn = Turn::try_take(entry)) begin(act(*std::move(turn), seen));
}

Task<> Clerk::act(Turn turn, Sight seen) {
    Step step = observe(turn->record, seen, config_.rules);
    const State before = turn->record.state;
    if (step.next.state != before)
        log_.info("reservation changed", {{"reservation", step.next.id},
                                          {"from", to_string(before)},
                                          {"to", to_string(step.next.state)},
                                          {"reason", to_string(step.next.reason)},
                                          {"lamports", seen.deposit.value}});
    // A new state is worth a try at once.
    if (step.next.state != before) turn->not_before = {};
    if (!is_due(*turn, step)) {
        if (step.next != turn->record) (void)co_await books_.keep(*turn, std::move(step.next));
        co_return;
    }
    auto flight = co_await prepare(step.next, *step.due, seen.deposit);
    if (!flight) {
        put_off(*turn, *step.due, flight.error());
        if (step.next != turn->record) (void)co_await books_.keep(*turn, std::move(step.next));
        co_return;
    }
    if (step.next.is_over() && seen.deposit > step.next.received) metrics_.late_payments.Increment();
    step.next.flight = *std::move(flight);
    (void)co_await send(turn, std::move(step.next));
}

Task<Result<Flight>> Clerk::prepare(Reservation of, Purpose purpose, Lamports balance) {
    CO_TRY(const auto blockhash, co_await courier_.blockhash());
    switch (purpose) {
        case Purpose::Open:
            co_return paperwork_.open(of, blockhash);
        case Purpose::Close:
            co_return paperwork_.close(of, blockhash);
        case Purpose::Grant: {
            CO_TRY(const std::uint64_t epoch, co_await last_epoch());
            co_return paperwork_.grant(of, epoch, blockhash);
        }
        case Purpose::Refund:
        case Purpose::Collect:
            break;
    }
    CO_TRY(const ledger::Keypair key, deposits_.key(of.index));
    co_return purpose == Purpose::Refund ? paperwork_.refund(of, key, balance, blockhash)
                                         : paperwork_.collect(of, key, balance, blockhash);
}

Task<Result<std::uint64_t>> Clerk::last_epoch() {
    if (config_.pass_epochs == 0) co_return ledger::AccessPass::kUnlimitedEpoch;
    CO_TRY(const auto now, co_await rpc_.epoch_info(ledger::Commitment::Confirmed));
    co_return now.epoch + config_.pass_epochs;
}

void Clerk::put_off(Entry& entry, Purpose purpose, const Error& error) {
    const int doublings = std::min(entry.failures, 20);
    const Duration wait = std::min(config_.backoff * (1 << doublings), config_.max_backoff);
    ++entry.failures;
    entry.not_before = clock_.now() + wait;
    log_.warn("transaction failed, looking again later",
              {{"reservation", entry.record.id},
               {"purpose", to_string(purpose)},
               {"wait_ms", std::chrono::duration_cast<std::chrono::milliseconds>(wait).count()},
               {"error", error}});
}

void Clerk::resume() {
    // Work that ends at once changes the books.
    const auto entries = books_.all();
    for (const auto& [id, entry] : entries) {
        if (!entry->record.flight) continue;
        if (auto turn = Turn::try_take(entry)) begin(resume(*std::move(turn)));
    }
}

Task<> Clerk::resume(Turn turn) {
    (void)co_await carry_out(turn, Courier::Sent::Perhaps);
}

void Clerk::close_unknown(const PublicKey& seat, const PublicKey& device) {
    begin(close_seat(seat, device));
}

Task<> Clerk::close_seat(PublicKey seat, PublicKey device) {
    const auto blockhash = co_await courier_.blockhash();
    const auto flight = blockhash ? paperwork_.close_seat(seat, device, *blockhash)
                                  : Result<Flight>(std::unexpected(blockhash.error()));
    if (!flight) co_return;  // the next look for such seats finds it again
    const auto outcome =
        co_await courier_.carry(flight->transaction, flight->last_valid_block_height, Courier::Sent::Never);
    const bool closed = outcome.kind == Courier::Outcome::Kind::Landed;
    if (closed) metrics_.unknown_seats.Increment();
    log_.warn("seat of ours without a reservation, giving it back",
              {{"seat", seat.to_string()}, {"device", device.to_string()}, {"closed", closed}});
}

void Clerk::begin(Task<> work) {
    ++working_;
    boost::asio::co_spawn(loop_, std::move(work), [this](const std::exception_ptr& error) {
        DZ_ASSERT(!error);
        if (--working_ == 0) idle_.set();
    });
}

Task<> Clerk::stop() {
    courier_.stop();
    while (working_ > 0) co_await idle_.wait_until(TimePoint::max());
}

}  // namespace dz::oracle
