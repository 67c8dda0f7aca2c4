// services/oracle/rate_limit.hpp: how often one client may ask. Pure.
#pragma once

#include "base/clock.hpp"

namespace dz::oracle {

struct Rate {
    std::uint64_t per_second = 20;  ///< 0: no limit
    std::uint64_t burst = 100;      ///< after a pause
};

/// Fills by itself at the rate; each request takes one.
class Bucket {
  public:
    Bucket(const Rate& rate, TimePoint now) : tokens_(static_cast<double>(rate.burst)), at_(now) {}

    /// How long to wait; zero: it has been taken.
    Duration take(const Rate& rate, TimePoint now);

  private:
    double tokens_;
    TimePoint at_;
};

}  // namespace dz::oracle
