// protocols/bgp/filter.hpp: the operator's list of routes to leave out (daemon.md 6.9), with prefixes.
//
//     {"exclude": ["198.51.100.7", "203.0.113.0/24"], "include": ["203.0.113.80"]}
//
// The entry with the longest prefix that covers a route decides about it; a route that no entry covers
// passes. So an address speaks of the route to that host only, a prefix of every route inside it, and an
// entry inside a route says nothing about the route. "0.0.0.0/0" leaves out everything that is not included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"

namespace dz::bgp {

inline constexpr std::size_t kMaxFilterEntries = 10'000;

/// A value that is cheap to copy: copies share the entries. The default one lets everything pass.
class RouteFilter {
  public:
    /// Of the two lists only `exclude` has to be there. IPv6 literals are valid and ignored, host bits are
    /// cleared, other keys are ignored. Errors: BadValue naming the entry, also when a prefix stands in both
    /// lists; LimitExceeded.
    static Result<RouteFilter> parse(std::string_view json);
    static RouteFilter excluding(std::vector<Prefix> prefixes);

    bool excludes(const Prefix& route) const;
    /// Entries, each prefix counted once.
    std::size_t size() const { return entries_ ? entries_->size() : 0; }

    friend bool operator==(const RouteFilter& a, const RouteFilter& b);

  private:
    struct Entry {
        Prefix prefix;
        bool exclude = true;
        auto operator<=>(const Entry&) const = default;
    };
    static Result<RouteFilter> of(std::vector<Entry> entries);

    std::shared_ptr<const std::vector<Entry>> entries_;  ///< in order of prefix; null: none
    std::uint64_t lengths_ = 0;                          ///< bit n: there is an entry of length n
};

}  // namespace dz::bgp
