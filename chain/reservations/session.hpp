// chain/reservations/session.hpp: the engine's half: what each account still has reserved while a block runs.
//
// In memory only: no account, no receipt and no stored byte changes because of it, and a message that is
// undone does not restore it. Begin, end and abort belong to one thread. In between, calls about different
// accounts may run at the same time, calls about one account may not: whoever executes in parallel holds an
// account's write lock anyway.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

#include "chain/reservations/gas.hpp"
#include "chain/reservations/plan.hpp"

namespace dz::reservations {

/// An account as the block's base state has it.
struct Account {
    Address id;
    Amount balance = 0;
};
/// Of an address in any of its forms; nullopt where there is none.
using AccountSource = std::function<std::optional<Account>(const Address&)>;

/// What an engine tells of its sessions.
struct Telemetry {
    bool open = false;
    std::uint64_t begin_failed = 0;
    // Sums; the refund in sessions only, since without one it is money that moves.
    Amount base_fee_burn = 0, tip = 0, over_burn = 0, refund = 0;
    bool operator==(const Telemetry&) const = default;
};

class Session {
  public:
    explicit Session(PlanLimits limits = {}) : limits_(limits) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// An empty plan succeeds and opens nothing. Errors, which change nothing: SessionOpen, PlanTooLarge,
    /// InvariantViolation (an address that the state does not know: host and engine disagree),
    /// InsufficientFunds for the smallest account that cannot cover its sum.
    Expected<> begin(const Plan& plan, const AccountSource& accounts);
    /// The same across a boundary; no bytes = an empty plan.
    Expected<> begin(ByteView encoded, const AccountSource& accounts);
    /// Errors: SessionClosed; NonZeroRemainder, after which the session is still open.
    Expected<> end();
    /// Drops what is reserved, whatever it is.
    void abort();
    bool is_open() const { return telemetry_.open; }

    /// What the account must keep; 0 without a session.
    Amount reserved(const Address& account) const;
    /// Whether `value` may leave an account with this balance.
    bool allows(const Address& account, Amount balance, Amount value) const;
    /// Before a message runs. Errors: InvariantViolation when less than its cost is reserved.
    Expected<> cover(const Address& account, Amount cost) const;
    /// A message is over: settled, or refused before it ran. Errors: InvariantViolation when nothing is
    /// reserved, Overflow when less is. A cost of 0 always succeeds.
    Expected<> release(const Address& account, Amount cost);
    /// For the telemetry, with and without a session; from one thread.
    void count(const GasOutputs& settled);

    const Telemetry& telemetry() const { return telemetry_; }
    /// Accounts with something reserved.
    std::size_t remaining() const { return remaining_; }

    struct Entry {
        Address account;
        Amount total = 0;  ///< at the beginning
        Amount left = 0;
    };
    /// Ordered by account; empty without a session.
    const std::vector<Entry>& entries() const { return entries_; }

  private:
    Expected<std::vector<Entry>> resolve(const Plan& plan, const AccountSource& accounts) const;
    Expected<> open(const Plan& plan, const AccountSource& accounts);
    void index();
    /// Position in `entries_`, or their number.
    std::size_t find(const Address& account) const;

    PlanLimits limits_;
    std::vector<Entry> entries_;
    /// Positions in `entries_` plus one, by hash, open addressing; 0 = free.
    std::vector<std::uint32_t> table_;
    std::atomic<std::size_t> remaining_ = 0;
    Telemetry telemetry_;
};

}  // namespace dz::reservations
