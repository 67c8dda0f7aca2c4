// reconciler/history.hpp: the last things that happened, with their causes.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "reconciler/apply.hpp"
#include "reconciler/report.hpp"

namespace dz::reconciler {

class History {
  public:
    explicit History(std::size_t limit) : limit_(limit) {}

    void add(WallTime time, std::string cause, std::string text);
    std::vector<Event> after(std::uint64_t id) const;
    void on_event(std::function<void(const Event&)> notify) { notify_ = std::move(notify); }

  private:
    std::size_t limit_;
    std::uint64_t last_id_ = 0;
    std::deque<Event> events_;
    std::function<void(const Event&)> notify_;
};

struct Line {
    std::string text;
    bool routine = false;  ///< routes come and go all the time
    bool operator==(const Line&) const = default;
};

/// One line a step; but a change of many routes is told by their number.
std::vector<Line> tell(const Outcome& outcome);

}  // namespace dz::reconciler
