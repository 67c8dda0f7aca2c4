// fetcher/endpoints.hpp: which of several endpoints to ask. Pure.
//
// The first in the list that is well is asked, so a user's own node comes before the public one. One that
// fails rests, longer each time, and is then tried again.
#pragma once

#include <vector>

#include "base/clock.hpp"

namespace dz::fetcher {

class Endpoints {
  public:
    struct Rest {
        Duration first = 10s;
        Duration longest = 5min;
    };

    /// `count` > 0.
    explicit Endpoints(std::size_t count) : Endpoints(count, Rest{}) {}
    Endpoints(std::size_t count, Rest rest) : all_(count), rest_(rest) {}

    std::size_t size() const { return all_.size(); }

    /// The first that is well, else the one whose rest ends first.
    std::size_t choose(TimePoint now) const;
    /// The same among all but `one`, which is given where there is no other.
    std::size_t choose_other(std::size_t one, TimePoint now) const;

    void failed(std::size_t index, TimePoint now);
    void worked(std::size_t index) { all_[index] = {}; }
    /// At least one is not resting.
    bool has_rested(TimePoint now) const;
    bool well(std::size_t index) const { return all_[index].failures == 0; }

  private:
    struct Endpoint {
        int failures = 0;  ///< in a row
        TimePoint rests_until{};
    };

    std::vector<Endpoint> all_;
    Rest rest_;
};

}  // namespace dz::fetcher
