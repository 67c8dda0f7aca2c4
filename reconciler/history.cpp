#include "reconciler/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dz::reconciler {

namespace {

/// So many routes are told one by one.
constexpr std::size_t kFewRoutes = 10;

template <template <class> class Verb>
bool is_route(const Step& step) {
    const auto* change = std::get_if<netlink::Change>(&step);
    return change && std::holds_alternative<Verb<netlink::Route>>(*change);
}

bool is_any_route(const Step& step) {
    return is_route<netlink::Add>(step) || is_route<netlink::Replace>(step) ||
           is_route<netlink::Remove>(step);
}

}  // namespace

void History::add(WallTime time, std::string cause, std::string text) {
    events_.push_back({.id = ++last_id_, .time = time, .cause = std::move(cause), .text = std::move(text)});
    if (events_.size() > limit_) events_.pop_front();
    if (notify_) notify_(events_.back());
}

std::vector<Event> History::after(std::uint64_t id) const {
    std::vector<Event> result;
    std::ranges::copy_if(events_, std::back_inserter(result),
                         [&](const Event& event) { return event.id > id; });
    return result;
}

std::vector<Line> tell(const Outcome& outcome) {
    std::vector<Line> lines;
    const bool few =
        static_cast<std::size_t>(std::ranges::count_if(outcome.done, is_any_route)) <= kFewRoutes;
    for (const auto& step : outcome.done) {
        if (few || !is_any_route(step)) lines.push_back({to_string(step), is_any_route(step)});
    }
    const auto sum = [&](auto is_kind, std::string_view verb) {
        const auto count = std::ranges::count_if(outcome.done, is_kind);
        if (!few && count > 0) lines.push_back({fmt::format("{} {} routes", verb, count), true});
    };
    sum(is_route<netlink::Add>, "add");
    sum(is_route<netlink::Replace>, "replace");
    sum(is_route<netlink::Remove>, "remove");
    for (std::size_t i = 0; i < std::min(outcome.failures.size(), kFewRoutes); ++i) {
        const auto& failure = outcome.failures[i];
        lines.push_back({fmt::format("failed: {}: {}", to_string(failure.step), failure.error.text), true});
    }
    return lines;
}

}  // namespace dz::reconciler
