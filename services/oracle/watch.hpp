// services/oracle/watch.hpp: looks at the ledger again and again: deposits, seats and users of reservations.
//
// What belongs to one reservation is read in one answer, so it is of one slot. Reservations that are not over
// are looked at every time; those that are over take turns, for as long as the journal knows them, since
// money may arrive at any time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "ledger/address.hpp"
#include "ledger/rpc.hpp"
#include "services/oracle/books.hpp"
#include "services/oracle/clerk.hpp"

namespace dz::oracle {

class Watch {
  public:
    struct Config {
        ledger::Commitment commitment = ledger::Commitment::Finalized;  ///< that a payment needs
        Duration poll = 2s;
        Duration count_seats = 10min;      ///< between looks for seats that no reservation knows
        std::size_t over_at_a_time = 100;  ///< reservations that are over, in one look
    };

    /// All references must outlive the watch.
    Watch(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Books& books, Clerk& clerk,
          const ledger::Addresses& addresses, const PublicKey& authority, Metrics& metrics, Log log,
          const Config& config);

    /// Gives back the seats of ours that no reservation knows: the journal is of another time than the
    /// ledger. Errors: those of `Rpc`.
    Task<Result<>> close_unknown_seats();

    /// One look. Errors: those of `Rpc`; what was seen before counts.
    Task<Result<>> look();
    /// Looks until cancelled.
    Task<> run();
    /// The next look is now.
    void poke() { soon_.set(); }

    /// The slot of the last look, and when it was.
    struct Look {
        std::uint64_t slot = 0;
        TimePoint at{};
    };
    const std::optional<Look>& last() const { return last_; }

  private:
    std::vector<EntryPointer> next_entries();
    Task<Result<>> look_at(std::vector<EntryPointer> some);

    Clock& clock_;
    ledger::Rpc& rpc_;
    Books& books_;
    Clerk& clerk_;
    const ledger::Addresses& addresses_;
    PublicKey authority_;
    Metrics& metrics_;
    Log log_;
    Config config_;
    std::string round_;  ///< id where the round through what is over stopped
    std::optional<Look> last_;
    Wake soon_;
};

/// The user that a reservation is for, of either type; false for anybody else's.
bool is_user_of(const std::optional<ledger::AccountInfo>& account, const Reservation& reservation);

}  // namespace dz::oracle
