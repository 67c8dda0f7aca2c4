#include "chain/devnet/mempool.hpp"

#include <iterator>
#include <utility>

#include "base/result.hpp"

namespace dz::devnet {

std::strong_ordering Mempool::Place::operator<=>(const Place& other) const {
    if (const auto price = other.unit_price <=> unit_price; price != 0) return price;
    return arrival <=> other.arrival;
}

ledger::Transaction Mempool::remove(Queue::iterator at) {
    ledger::Transaction transaction = std::move(at->second);
    queue_.erase(at);
    signatures_.erase(transaction.id());
    return transaction;
}

bool Mempool::add(ledger::Transaction transaction, std::uint64_t unit_price) {
    if (queue_.size() >= capacity_) {
        const auto worst = std::prev(queue_.end());
        if (worst->first.unit_price >= unit_price) return false;
        remove(worst);
    }
    const bool fresh = signatures_.insert(transaction.id()).second;
    DZ_ASSERT(fresh);
    queue_.emplace(Place{unit_price, arrivals_++}, std::move(transaction));
    return true;
}

std::optional<ledger::Transaction> Mempool::take() {
    if (queue_.empty()) return std::nullopt;
    return remove(queue_.begin());
}

}  // namespace dz::devnet
