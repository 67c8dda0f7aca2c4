// services/oracle/clerk.hpp: does with a reservation what is due: journal, transaction, journal.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "ledger/rpc.hpp"
#include "services/oracle/books.hpp"
#include "services/oracle/courier.hpp"
#include "services/oracle/deposits.hpp"
#include "services/oracle/metrics.hpp"
#include "services/oracle/paperwork.hpp"

namespace dz::oracle {

class Clerk {
  public:
    struct Config {
        Rules rules;
        std::uint64_t pass_epochs = 0;  ///< how long a pass is good; 0: without end
        Duration backoff = 1s;          ///< after a transaction that failed; then twice as long each time
        Duration max_backoff = 5min;
    };

    /// All references must outlive the clerk.
    Clerk(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Books& books, Courier& courier,
          const Deposits& deposits, const Paperwork& paperwork, Metrics& metrics, Log log,
          const Config& config);

    /// How the transaction of a record ended: the program's code, or why it is not known.
    enum class Ending { Landed, Failed, Lapsed, Abandoned };
    struct End {
        Ending ending = Ending::Abandoned;
        Error error{};
    };

    /// Writes `next` down, which has a transaction, carries it and writes down how it ended. Errors: those of
    /// the journal.
    Task<Result<End>> send(const Turn& turn, Reservation next);

    /// Does by itself what `seen` asks for, unless the record's turn is somebody else's.
    void attend(const EntryPointer& entry, const Sight& seen);
    /// Goes on with the transactions that the process before this one had under way.
    void resume();
    /// Gives back a seat that no reservation knows.
    void close_unknown(const PublicKey& seat, const PublicKey& device);
    /// Lets whatever is under way end where the journal has it.
    Task<> stop();

  private:
    /// Counts as work under way for as long as it lives.
    class Working;

    void begin(Task<> work);
    Task<> act(Turn turn, Sight seen);
    Task<> resume(Turn turn);
    Task<> close_seat(PublicKey seat, PublicKey device);
    Task<Result<End>> carry_out(const Turn& turn, Courier::Sent sent);
    Task<Result<Flight>> prepare(Reservation of, Purpose purpose, Lamports balance);
    Task<Result<std::uint64_t>> last_epoch();
    void put_off(Entry& entry, Purpose purpose, const Error& error);
    bool is_due(const Entry& entry, const Step& step) const;

    EventLoop& loop_;
    Clock& clock_;
    ledger::Rpc& rpc_;
    Books& books_;
    Courier& courier_;
    const Deposits& deposits_;
    const Paperwork& paperwork_;
    Metrics& metrics_;
    Log log_;
    Config config_;
    std::size_t working_ = 0;
    Wake idle_;
};

}  // namespace dz::oracle
