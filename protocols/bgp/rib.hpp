// protocols/bgp/rib.hpp: Adj-RIB-In, the routes that one peer has announced and not withdrawn (RFC 4271,
// section 3.2).
//
// Holds every announced route with its verdict, accepted or not. Attributes are stored once for all routes
// that share them. Remembers which accepted routes changed since they were last asked for, so a reader's work
// is in proportion to the change and not to the table.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "protocols/bgp/attributes.hpp"
#include "protocols/bgp/policy.hpp"

namespace dz::bgp {

struct Update;

/// One learned route. `attributes` points into the RIB and lives until the RIB is next changed.
struct Route {
    Prefix prefix;
    const PathAttributes* attributes = nullptr;
    Verdict verdict = Verdict::Accepted;
    bool stale = false;  ///< kept across a restart of the peer (RFC 4724) and not announced again yet
    TimePoint since;     ///< when it was announced with these attributes; to the second
    bool accepted() const { return verdict == Verdict::Accepted; }
    Ipv4 next_hop() const { return attributes->next_hop; }
};

/// One peer's routes. Not for use from several threads; not copyable since routes point into it.
class AdjRibIn {
  public:
    explicit AdjRibIn(Ipv4 neighbor, Policy policy = {});
    AdjRibIn(const AdjRibIn&) = delete;
    AdjRibIn& operator=(const AdjRibIn&) = delete;

    /// Adds or replaces. Host bits of a prefix are cleared.
    void announce(std::span<const Prefix> prefixes, const PathAttributes& attributes, TimePoint now);
    /// Unknown prefixes are ignored.
    void withdraw(std::span<const Prefix> prefixes);
    /// What an UPDATE says: first its withdrawals, then its announcements (RFC 4271, section 4.3).
    void apply(const Update& update, TimePoint now);
    /// Forgets everything.
    void clear();

    /// Graceful restart: what is not announced again before `sweep_stale` goes.
    void mark_stale();
    void sweep_stale();

    /// Judges all routes again.
    void set_policy(Policy policy);
    const Policy& policy() const { return policy_; }

    std::size_t size() const { return routes_.size(); }
    std::size_t accepted() const { return accepted_; }
    std::size_t stale() const { return stale_; }
    std::size_t distinct_attributes() const { return attributes_.size(); }

    /// The route to exactly this prefix, whatever its verdict.
    std::optional<Route> find(const Prefix& prefix) const;
    /// All routes, whatever their verdict, in order of prefix: a copy, for lists that people read.
    std::vector<Route> routes() const;
    /// Calls `visit(const Route&)` for all routes, in no order.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [key, entry] : routes_) visit(view(key, entry));
    }

    /// Prefixes whose accepted route appeared, disappeared or changed its next hop since the last call.
    std::vector<Prefix> take_changes();
    bool has_changes() const { return !changes_.empty(); }

  private:
    struct AttributesHash {
        std::size_t operator()(const PathAttributes& attributes) const { return hash_value(attributes); }
    };
    // Node-based: a route points at its pair, which stays where it is. The value counts the routes.
    using AttributeStore = std::unordered_map<PathAttributes, std::size_t, AttributesHash>;
    using Interned = AttributeStore::value_type;
    struct Key {
        std::uint32_t address = 0;
        std::uint8_t length = 0;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        using is_avalanching = void;
        std::size_t operator()(const Key& key) const;
    };
    struct Entry {
        Interned* attributes = nullptr;
        std::uint32_t since = 0;  // in seconds: a quarter of the memory of a full table is at stake
        Verdict verdict = Verdict::Accepted;
        bool stale = false;
    };

    static Key key_of(const Prefix& prefix);
    static Prefix prefix_of(const Key& key);
    static Route view(const Key& key, const Entry& entry);
    void release(Interned* attributes);
    void forget(const Key& key, const Entry& entry);

    Ipv4 neighbor_;
    Policy policy_;
    AttributeStore attributes_;
    boost::unordered_flat_map<Key, Entry, KeyHash> routes_;
    boost::unordered_flat_set<Key, KeyHash> changes_;
    std::size_t accepted_ = 0;
    std::size_t stale_ = 0;
};

}  // namespace dz::bgp
