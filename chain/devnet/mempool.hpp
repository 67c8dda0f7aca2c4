// chain/devnet/mempool.hpp: transactions that wait for the builder: the best paying first, and of those that
// pay alike the first to come.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>

#include "chain/devnet/recent.hpp"
#include "ledger/transaction.hpp"

namespace dz::devnet {

/// No input or output. Not for use from several threads.
class Mempool {
  public:
    /// Holds at most `capacity` transactions, at least one.
    explicit Mempool(std::size_t capacity) : capacity_(capacity) {}

    /// `unit_price` in micro-lamports. When it is full, a better paying transaction takes the place of the
    /// worst. False: there is no place for it. One that waits already must not be added again.
    bool add(ledger::Transaction transaction, std::uint64_t unit_price);
    /// nullopt when none waits.
    std::optional<ledger::Transaction> take();

    bool contains(const Signature& signature) const { return signatures_.contains(signature); }
    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }

  private:
    struct Place {
        std::uint64_t unit_price;
        std::uint64_t arrival;
        /// Whom the builder takes first comes first.
        std::strong_ordering operator<=>(const Place& other) const;
        bool operator==(const Place&) const = default;
    };
    using Queue = std::map<Place, ledger::Transaction>;
    ledger::Transaction remove(Queue::iterator at);

    std::size_t capacity_;
    std::uint64_t arrivals_ = 0;
    Queue queue_;
    std::unordered_set<Signature, LeadingBytes> signatures_;
};

}  // namespace dz::devnet
