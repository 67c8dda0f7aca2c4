// chain/reservations/prepack.hpp: keeps a block producer from building what would fail at Begin. Advisory: it
// has no say about blocks of others.
//
// One object for one pass of selection. It counts what messages may cost, not what they transfer.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <unordered_map>

#include "chain/reservations/journal.hpp"

namespace dz::reservations {

/// Balance of a sender after the base of the selection; nullopt: there is no such account. An error switches
/// the simulation off for the rest of the pass.
using BalanceSource = std::function<Result<std::optional<Amount>>(const Address&)>;

/// A producer's share of the network's bounds, so that no set of valid blocks exceeds them together.
PlanLimits share_of(const PlanLimits& network, std::size_t max_blocks);

class PrePack {
  public:
    /// `balances` must live as long; each sender is looked up once.
    PrePack(BalanceSource balances, PlanLimits limits, const Journal& journal)
        : balances_(std::move(balances)), limits_(limits), journal_(journal) {}

    /// Whether a run of messages that may cost `additional` together fits what is left of the sender's
    /// balance; no amount = more than anybody has. Changes no total: all other limits are checked before
    /// `commit`, else a run that one of them refuses would stay booked.
    bool fits(const Address& sender, std::optional<Amount> additional);
    /// Books what fitted.
    void commit(const Address& sender, Amount additional);
    /// Both.
    bool admit(const Address& sender, std::optional<Amount> additional);

    /// A lookup failed: everything is admitted.
    bool is_off() const { return off_; }
    Amount reserved(const Address& sender) const;

  private:
    struct Sender {
        Amount balance = 0;
        Amount reserved = 0;
        bool known = false;  ///< to the base state
        bool planned = false;
    };
    Sender* look_up(const Address& address);

    BalanceSource balances_;
    PlanLimits limits_;
    const Journal& journal_;
    std::unordered_map<Address, Sender, AddressHash> senders_;
    std::size_t planned_ = 0;
    std::size_t bytes_ = 0;
    bool off_ = false;
};

/// Runs of one sender in the order of its sequence numbers: how many are admitted. The first that is not
/// takes all that follow with it.
std::size_t admit_chains(PrePack& pass, const Address& sender, std::span<const std::optional<Amount>> chains);

}  // namespace dz::reservations
