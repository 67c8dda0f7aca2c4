// wallet/shared_address_pool.hpp: an address pool for several threads.
#pragma once

#include <mutex>
#include <utility>

#include "wallet/address_pool.hpp"

namespace dz::wallet {

/// One pool behind one mutex: each operation happens at once, as if alone, so no two callers get one address.
/// No file is written and nobody is called back under the lock, the pool's clock apart: take a `snapshot` and
/// store that.
class SharedAddressPool {
  public:
    explicit SharedAddressPool(AddressPool pool) : pool_(std::move(pool)) {}

    Result<Reservation> next_unused_and_reserve(const KeySource& source, const Handout& handout = {}) {
        const std::lock_guard lock(mutex_);
        return pool_.next_unused_and_reserve(source, handout);
    }
    Result<std::vector<Reservation>> next_unused_multiple_and_reserve(const KeySource& source,
                                                                      std::size_t count,
                                                                      const Handout& handout = {}) {
        const std::lock_guard lock(mutex_);
        return pool_.next_unused_multiple_and_reserve(source, count, handout);
    }
    Result<Reservation> reserve_index(std::uint32_t index, const KeySource& source,
                                      const Handout& handout = {},
                                      std::optional<Token> token = std::nullopt) {
        const std::lock_guard lock(mutex_);
        return pool_.reserve_index(index, source, handout, token);
    }
    Result<std::string> next_unused(const KeySource& source, bool add_to_state) {
        const std::lock_guard lock(mutex_);
        return pool_.next_unused(source, add_to_state);
    }
    bool release_reservation(std::uint32_t index) {
        const std::lock_guard lock(mutex_);
        return pool_.release_reservation(index);
    }
    bool release_reservation(std::uint32_t index, Token token) {
        const std::lock_guard lock(mutex_);
        return pool_.release_reservation(index, token);
    }
    std::vector<Reservation> take_expired_reservations(UnixTime now, std::chrono::seconds ttl) {
        const std::lock_guard lock(mutex_);
        return pool_.take_expired_reservations(now, ttl);
    }
    std::size_t sweep_expired_reservations(UnixTime now, std::chrono::seconds ttl) {
        return take_expired_reservations(now, ttl).size();
    }
    std::size_t sweep_expired_reservations(std::chrono::seconds ttl) {
        const std::lock_guard lock(mutex_);
        return pool_.sweep_expired_reservations(ttl);
    }
    void quarantine(std::uint32_t index) {
        const std::lock_guard lock(mutex_);
        pool_.quarantine(index);
    }
    bool mark_used(std::string_view address) {
        const std::lock_guard lock(mutex_);
        return pool_.mark_used(address);
    }
    bool mark_index_used(std::uint32_t index) {
        const std::lock_guard lock(mutex_);
        return pool_.mark_index_used(index);
    }
    /// Asks about a snapshot, without the lock, and marks the hits afterwards. Returns what this call marked.
    std::vector<std::string> scan_for_usage(const std::function<bool(const AddressInfo&)>& paid);
    Result<std::vector<AddressInfo>> maintain_gap_limit(const KeySource& source) {
        const std::lock_guard lock(mutex_);
        return pool_.maintain_gap_limit(source);
    }
    PoolStats stats() const {
        const std::lock_guard lock(mutex_);
        return pool_.stats();
    }
    PoolCounters counters() const {
        const std::lock_guard lock(mutex_);
        return pool_.counters();
    }
    /// As it is now.
    AddressPool snapshot() const {
        const std::lock_guard lock(mutex_);
        return pool_;
    }
    std::string serialize() const { return snapshot().serialize(); }

    /// Several steps as one, or an operation that is not above: `with([&](AddressPool& pool) { ... })`. `act`
    /// must not keep the reference, nor use this object.
    template <class Act>
    auto with(Act&& act) {
        const std::lock_guard lock(mutex_);
        return std::forward<Act>(act)(pool_);
    }

  private:
    mutable std::mutex mutex_;
    AddressPool pool_;
};

/// Gives a reservation back when it is destroyed, unless it was kept. The pool outlives it.
class HeldReservation {
  public:
    HeldReservation(SharedAddressPool& pool, Reservation reservation)
        : pool_(&pool), reservation_(std::move(reservation)) {}
    HeldReservation(HeldReservation&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), reservation_(std::move(other.reservation_)) {}
    HeldReservation& operator=(HeldReservation&&) = delete;
    ~HeldReservation() {
        if (pool_ != nullptr) pool_->release_reservation(reservation_.index, reservation_.token);
    }

    const Reservation& operator*() const { return reservation_; }
    const Reservation* operator->() const { return &reservation_; }
    /// It stays reserved. (That it is used, only a payment shows.)
    void commit() { pool_ = nullptr; }

  private:
    SharedAddressPool* pool_;
    Reservation reservation_;
};

inline std::vector<std::string> SharedAddressPool::scan_for_usage(
    const std::function<bool(const AddressInfo&)>& paid) {
    AddressPool seen = snapshot();
    std::vector<std::string> marked;
    for (std::string& address : seen.scan_for_usage(paid)) {
        if (mark_used(address)) marked.push_back(std::move(address));
    }
    return marked;
}

}  // namespace dz::wallet
