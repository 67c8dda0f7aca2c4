// services/oracle/courier.hpp: brings signed transactions to the ledger and says for each what became of it.
//
// A transaction is sent again and again, always the same bytes, until the ledger has decided or its blockhash
// is too old for it ever to land. So an answer is final, whatever happened to requests on their way, and a
// transaction that was sent by a process that died can be carried on by the next one.
#pragma once

#include <list>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "ledger/rpc.hpp"
#include "ledger/transaction.hpp"

namespace dz::oracle {

class Courier {
  public:
    struct Config {
        Duration poll = 200ms;        ///< between questions for what is under way
        Duration resend = 2s;         ///< the same bytes again after this long
        Duration blockhash_age = 5s;  ///< a blockhash is used this long
    };

    struct Outcome {
        enum class Kind { Landed, Failed, Lapsed, Abandoned } kind = Kind::Lapsed;
        std::uint64_t slot = 0;  ///< when it landed
        Error error{};           ///< when it failed: `detail` is the program's code
    };

    /// All references must outlive the courier.
    Courier(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Log log, Config config);
    Courier(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Log log)
        : Courier(loop, clock, rpc, std::move(log), {}) {}

    /// Recent enough to be signed against. Errors: those of `Rpc`.
    Task<Result<ledger::LatestBlockhash>> blockhash();

    enum class Sent { Never, Perhaps };
    /// Returns when it is decided, however long the ledger cannot be reached. One that was never sent is
    /// tried on the ledger first, so that what must fail costs no fee. `run` must be under way.
    Task<Outcome> carry(Bytes transaction, std::uint64_t last_valid_block_height, Sent sent);

    /// Asks for what is under way, until cancelled.
    Task<> run();

    /// Ends every `carry`, now and from now on, as Abandoned: the transaction may land or not.
    void stop();
    bool is_stopped() const { return stopped_; }

  private:
    /// A transaction under way, in the frame of its `carry`.
    struct Parcel;
    /// Takes part in `parcels_` for as long as it lives.
    class Listed;

    Task<> ask(std::vector<ledger::Signature> signatures, std::uint64_t height);
    static void decide(Parcel& parcel, const std::optional<ledger::SignatureStatus>& status,
                       std::uint64_t height);
    Task<std::uint64_t> height();
    Task<bool> is_refused(Parcel& parcel);

    EventLoop& loop_;
    Clock& clock_;
    ledger::Rpc& rpc_;
    Log log_;
    Config config_;
    std::list<Parcel*> parcels_;
    Wake work_;
    ledger::LatestBlockhash blockhash_;
    TimePoint blockhash_from_{};
    bool has_blockhash_ = false;
    std::uint64_t seen_height_ = 0;
    bool stopped_ = false;
};

}  // namespace dz::oracle
