// services/oracle/authority.hpp: the reservation authority: answers requests for seats, and keeps what it
// said.
//
// The journal comes before every effect: a transaction is written down before it is sent, and its end before
// anybody is told. So at whatever point the process dies, the next one goes on from the journal without
// leaking a seat, giving an address twice or losing a payment.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "ledger/accounts.hpp"
#include "ledger/rpc.hpp"
#include "services/oracle/api/messages.hpp"
#include "services/oracle/books.hpp"
#include "services/oracle/clerk.hpp"
#include "services/oracle/courier.hpp"
#include "services/oracle/metrics.hpp"
#include "services/oracle/paperwork.hpp"
#include "services/oracle/watch.hpp"

namespace dz::oracle {

/// Why a request was not granted, in the terms of HTTP.
struct Refusal {
    int status = 500;
    api::Problem problem;
};
template <class T>
using Answer = std::expected<T, Refusal>;

/// Who asks.
struct Requester {
    std::string holder;                      ///< the name of its token
    std::optional<std::string> request_key;  ///< Idempotency-Key
};

/// What a request depends on, as the ledger has it.
struct Facts {
    std::uint64_t slot = 0;
    std::optional<ledger::Device> device;
    bool user = false;  ///< the client's address has one, of whomever
    bool seat = false;  ///< it is held already
    /// The pass of this address and key, and whether it is ours to change.
    bool foreign_pass = false;
};

/// Why there can be no reservation; nothing when the ledger may decide. Pure.
std::optional<Refusal> objection(const Facts& facts);

/// Why the ledger refused to open a seat.
Refusal refusal_of(const Error& error);

class Authority {
  public:
    struct Config {
        Lamports price;
        std::uint64_t hold_slots = 1500;  ///< how long a seat waits for its payment
        Duration slot_time = 400ms;       ///< to say when that is over
        std::size_t max_live = 1000;      ///< reservations of one holder that are not over
    };

    /// All references must outlive it.
    Authority(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Books& books, Clerk& clerk, Courier& courier,
              Watch& watch, Deposits& deposits, const Paperwork& paperwork, Metrics& metrics, Log log,
              const Config& config);

    /// Takes up what the journal holds, goes on with what was under way and gives back seats that it does not
    /// know. Before the first request; waits for the ledger as long as it takes. Errors: those of
    /// `Books::read`.
    Task<Result<>> recover();
    /// Works until the journal fails, with that error.
    Task<Result<>> run();
    /// Lets whatever is under way end where the journal has it. No request comes afterwards.
    Task<> stop();

    struct Given {
        api::ReservationView view;
        bool fresh = false;  ///< made by this request, and not by one before it
    };
    /// One for each device and address, and one for each Idempotency-Key: asked again, it is given again.
    Task<Answer<Given>> reserve(api::ReservationRequest request, Requester from);

    Answer<api::ReservationView> find(const std::string& id, const std::string& holder) const;
    /// Those that are not over.
    std::vector<api::ReservationView> list(const std::string& holder) const;
    /// The seat is on its way back when it returns; what was paid will be.
    Task<Answer<api::ReservationView>> cancel(std::string id, std::string holder);

    /// A transaction that the user completes and sends. Any number may be asked for; one of them can land.
    Task<Answer<api::SettlementView>> settle(std::string id, std::string holder, SettlementWish wish);

  private:
    struct Parties {
        PublicKey device, user_payer, refund_to;
    };
    /// Counts as a request under way for as long as it lives.
    class Request;
    Task<Answer<Given>> decide(api::ReservationRequest request, Requester from);
    Task<Answer<std::optional<Given>>> earlier(api::ReservationRequest request, Requester from);
    Task<Answer<Given>> wait_for(EntryPointer entry);
    Task<Answer<Facts>> facts(Parties parties, Ipv4 client_ip);
    Task<Answer<Given>> open(api::ReservationRequest request, Requester from, Parties parties,
                             std::uint64_t slot, ledger::LatestBlockhash blockhash);
    Answer<EntryPointer> entry_of(const std::string& id, const std::string& holder) const;

    EventLoop& loop_;
    Clock& clock_;
    ledger::Rpc& rpc_;
    Books& books_;
    Clerk& clerk_;
    Courier& courier_;
    Watch& watch_;
    Deposits& deposits_;
    const Paperwork& paperwork_;
    Metrics& metrics_;
    Log log_;
    Config config_;
    std::size_t requests_ = 0;  ///< under way
    Wake idle_;
};

}  // namespace dz::oracle
