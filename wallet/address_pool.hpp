// wallet/address_pool.hpp: hands out each address of one chain once.
//
// An address is available, reserved or used. Handing out picks the lowest available one and reserves it in
// one step; a payment makes it used, for good; giving it back or letting it expire makes it available again.
// The stored ("materialized") addresses are always the indexes 0 .. n-1, and exactly they are watched for
// payments.
//
//     const KeySource source(std::move(account));                     // m/44'/501'
//     TRY(AddressPool pool, AddressPool::make(solana_deposits().pool, {}, source));
//     TRY(const Reservation seat, pool.next_unused_and_reserve(source));
//     pool.release_reservation(seat.index, seat.token);               // or, when paid:
//     pool.mark_used(seat.address);
//
// Who saw funds marks the address used and does not release it first: in between it could be handed out
// again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "wallet/key_source.hpp"
#include "wallet/pool_types.hpp"

namespace dz::wallet {

/// A value for one thread; `SharedAddressPool` is for several. Failing operations change nothing,
/// `generate_addresses` apart. Every operation that takes a source refuses one of another key than the pool
/// was first derived from (InvalidParameter).
class AddressPool {
  public:
    /// With a source that derives, the first `gap_limit` addresses are there at once.
    static Result<AddressPool> make(PoolConfig config, PoolOptions options, const KeySource& source);
    /// Without any address. Errors: InvalidParameter for a config without base path.
    static Result<AddressPool> make_empty(PoolConfig config, PoolOptions options = {});

    // ---- Handing out

    /// The lowest address that is neither used nor reserved. Reserves nothing: asking twice gives it twice.
    /// Errors: NoKeySource when it would have to be derived from none; those of derivation.
    Result<std::string> next_unused(const KeySource& source, bool add_to_state);
    Result<AddressInfo> next_unused_with_info(const KeySource& source, bool add_to_state);
    /// Up to `count` in index order; fewer when no more can be derived.
    std::vector<AddressInfo> next_unused_multiple(const KeySource& source, std::size_t count,
                                                  bool add_to_state);
    /// The same, and an error when there are fewer.
    Result<std::vector<AddressInfo>> unused_addresses_count(const KeySource& source, std::size_t count,
                                                            bool add_to_state);

    /// Picks as `next_unused` and reserves. Errors: as `next_unused`; ReservationLimit.
    Result<Reservation> next_unused_and_reserve(const KeySource& source, const Handout& handout = {});
    Result<Reservation> next_unused_and_reserve(const KeySource& source, bool add_to_state);
    /// All or none.
    Result<std::vector<Reservation>> next_unused_multiple_and_reserve(const KeySource& source,
                                                                      std::size_t count,
                                                                      const Handout& handout = {});
    /// A given index, which is stored first where it is not: takes up a reservation of before a restart, with
    /// its `token`. Doing so twice is one reservation. Errors: InvalidState when it is used, or reserved by
    /// another token; ReservationLimit; those of derivation.
    Result<Reservation> reserve_index(std::uint32_t index, const KeySource& source,
                                      const Handout& handout = {}, std::optional<Token> token = std::nullopt);

    // ---- Giving back

    /// Whoever holds it. True when a reservation ended.
    bool release_reservation(std::uint32_t index);
    /// The form to call: after a sweep the index may be somebody else's, whose `token` is another.
    bool release_reservation(std::uint32_t index, Token token);
    std::size_t release_all_reservations();
    /// Ends reservations that are at least `ttl` old and returns them. Those made without a clock stay.
    /// Nothing happens when `ttl` is 0 or `now` is the epoch.
    std::vector<Reservation> take_expired_reservations(UnixTime now, std::chrono::seconds ttl);
    std::size_t sweep_expired_reservations(UnixTime now, std::chrono::seconds ttl);
    std::size_t sweep_expired_reservations(std::chrono::seconds ttl);
    /// Never hands the index out again (also one that is not stored yet): what a journal says was given away
    /// before. A used or reserved index stays what it is until that ends.
    void quarantine(std::uint32_t index);

    // ---- Payments

    /// True when it was not used before. A reservation of it ends here. Unknown addresses: false.
    bool mark_used(std::string_view address);
    bool mark_index_used(std::uint32_t index);
    /// Asks `paid` about every stored address that is not used, in index order, and marks the hits.
    std::vector<std::string> scan_for_usage(const std::function<bool(const AddressInfo&)>& paid);
    /// One transaction's amounts; sums stop at their largest value.
    bool record_transaction(std::string_view address, std::uint64_t received, std::uint64_t sent);
    /// A balance that becomes positive marks the address used and, where `source` derives, refills the gap;
    /// becoming 0 again undoes nothing. Returns the new addresses. Errors: InvalidAddress for an unknown one.
    Result<std::vector<AddressInfo>> record_balance(std::string_view address, std::uint64_t balance,
                                                    const KeySource& source);
    /// For a rescan: everything is available, statistics are zero.
    void reset_usage(bool keep_reservations = false);

    // ---- Stored addresses

    /// The next `count` beyond the stored ones. Without `add_to_state` nothing is stored. An error half way
    /// leaves stored what came before it.
    Result<std::vector<AddressInfo>> generate_addresses(std::uint32_t count, const KeySource& source,
                                                        bool add_to_state);
    /// One of any index. A stored one needs no source.
    Result<AddressInfo> generate_address(std::uint32_t index, const KeySource& source, bool add_to_state);
    /// From `start` up to before `end`; what is missing is stored.
    Result<std::vector<std::string>> address_range(std::uint32_t start, std::uint32_t end,
                                                   const KeySource& source);
    /// Stores what is missing up to the window's ceiling. Errors: NoKeySource when something is.
    Result<std::vector<AddressInfo>> maintain_gap_limit(const KeySource& source);
    Result<std::vector<AddressInfo>> set_gap_limit(std::uint32_t limit, const KeySource& source);
    /// Fewer than `gap_limit` are available.
    bool needs_more_addresses() const { return available_.size() < config_.gap_limit; }
    /// Drops available addresses beyond the window, from the top to the first that is not. Returns how many.
    std::size_t prune_unused();

    // ---- Questions

    const PoolConfig& config() const { return config_; }
    const PoolOptions& options() const { return options_; }
    /// In index order.
    std::span<const AddressInfo> entries() const { return entries_; }
    std::vector<std::string> all_addresses() const;
    std::vector<Bytes> all_script_pubkeys() const;
    std::vector<std::string> used_addresses() const { return in_state(AddressState::Used); }
    /// Those that may be handed out.
    std::vector<std::string> unused_addresses() const;
    std::vector<std::string> reserved_addresses() const { return in_state(AddressState::Reserved); }
    /// In index order, those of unstored indexes too.
    std::vector<Reservation> reservations() const;
    const AddressInfo* info_at_index(std::uint32_t index) const;
    const AddressInfo* address_info(std::string_view address) const;
    std::optional<std::uint32_t> address_index(std::string_view address) const;
    std::optional<std::uint32_t> script_pubkey_index(ByteView script) const;
    bool contains_address(std::string_view address) const { return address_index(address).has_value(); }
    bool contains_script_pubkey(ByteView script) const { return script_pubkey_index(script).has_value(); }
    std::optional<std::uint32_t> highest_generated() const;
    std::optional<std::uint32_t> highest_used() const;
    std::optional<std::uint32_t> highest_reserved() const;
    /// The highest index that should be stored.
    std::uint32_t window_ceiling() const;
    PoolStats stats() const;
    const PoolCounters& counters() const { return counters_; }
    const std::optional<Hash20>& key_fingerprint() const { return key_fingerprint_; }
    /// Below the key source: 0/7, or 7'/0'. With this a source gives the key of an index
    /// (`KeySource::signer`).
    Path leaf_path(std::uint32_t index) const;

    /// False for an unknown address.
    bool set_address_label(std::string_view address, std::optional<std::string> label);
    bool add_address_metadata(std::string_view address, std::string key, std::string value);

    // ---- Storing (pool_file.cpp)

    /// Canonical JSON, without secrets; without reservations unless the profile is Persistent.
    std::string serialize() const;
    /// Checks everything that is written twice. Reservations are read by the Persistent profile alone.
    /// Errors: Serialization.
    static Result<AddressPool> parse(std::string_view text, PoolOptions options = {});

  private:
    struct Hold {
        std::string address;
        Token token;
        UnixTime at{};
        std::string holder;
    };
    using Holds = std::map<std::uint32_t, Hold>;

    AddressPool(PoolConfig config, PoolOptions options);
    static Token new_token();

    Result<> check(const KeySource& source) const;
    Result<AddressInfo> derive(std::uint32_t index, const KeySource& source) const;
    /// The addresses from the first unstored index up to `last`.
    Result<std::vector<AddressInfo>> derive_up_to(std::uint32_t last, const KeySource& source) const;
    void store(AddressInfo info);
    void restore(AddressInfo info);
    Result<> store_up_to(std::uint32_t last, const KeySource& source);
    void adopt(const KeySource& source);
    void drop_last();

    bool is_taken(std::uint32_t index) const;
    std::uint32_t pick() const;
    std::vector<std::uint32_t> pick_several(std::size_t count) const;
    std::uint32_t first_unstored() const { return static_cast<std::uint32_t>(entries_.size()); }
    Result<AddressInfo> obtain(std::uint32_t index, const KeySource& source, bool add_to_state);
    Result<> check_room(std::size_t more) const;
    Reservation hold(const AddressInfo& info, const Handout& handout, Token token);
    Holds::iterator give_back(Holds::iterator hold);
    void make_available(AddressInfo& info);
    bool mark(AddressInfo& info);
    std::optional<std::uint32_t> frontier() const;
    UnixTime time_of(const Handout& handout) const;
    std::vector<std::string> in_state(AddressState state) const;
    AddressInfo* find(std::string_view address);

    PoolConfig config_;
    PoolOptions options_;
    std::vector<AddressInfo> entries_;   ///< at their index
    std::set<std::uint32_t> available_;  ///< of the stored ones: what may be handed out
    std::set<std::uint32_t> used_;
    Holds holds_;                          ///< beyond the stored ones too
    std::set<std::uint32_t> given_back_;   ///< released or swept by this process, or quarantined
    std::set<std::uint32_t> quarantined_;  ///< of those: never to be handed out again
    std::uint32_t unstored_hint_ = 0;      ///< every index from the first unstored one up to here is taken
    std::unordered_map<std::string, std::uint32_t> by_address_;
    std::map<Bytes, std::uint32_t> by_script_;
    std::optional<Hash20> key_fingerprint_;
    PoolCounters counters_;
};

}  // namespace dz::wallet
