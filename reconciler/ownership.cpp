// reconciler/ownership.cpp: how the loop keeps the record of its rules.
#include <algorithm>
#include <iterator>
#include <utility>

#include "reconciler/core.hpp"

namespace dz::reconciler {

namespace {

/// What is in either, sorted.
std::vector<netlink::Rule> united(std::vector<netlink::Rule> a, const std::vector<netlink::Rule>& b) {
    a.insert(a.end(), b.begin(), b.end());
    std::ranges::sort(a);
    const auto repeated = std::ranges::unique(a);
    a.erase(repeated.begin(), repeated.end());
    return a;
}

}  // namespace

Task<> Loop::Core::recall_owned() {
    auto rules = co_await owned_store_.load();
    owned_recalled_ = true;
    if (rules) {
        owned_ = OwnedRules(*std::move(rules));
    } else if (rules.error().code != Errc::NotFound) {
        log_.error("record of our routing rules unreadable, going by their mark", {{"error", rules.error()}});
    }
}

Task<Result<>> Loop::Core::claim(const State& wanted, const State& actual) {
    const bool claimed =
        std::ranges::all_of(wanted.rules, [&](const auto& rule) { return owned_.has(rule); });
    if (claimed) co_return Result<>{};
    auto written = co_await write_down(united(wanted.rules, actual.rules));
    if (!written) co_return wrap(written.error(), "cannot write down that it is ours");
    co_return written;
}

Task<> Loop::Core::release(const State& wanted) {
    std::vector<netlink::Rule> there;
    std::ranges::copy_if(mirror_.rules(), std::back_inserter(there),
                         [this](const auto& rule) { return owned_.is_ours(rule); });
    auto rules = united(std::move(there), wanted.rules);
    if (OwnedRules(rules) == owned_) co_return;
    // Nothing depends on it now, and the next pass tries again.
    (void)co_await write_down(std::move(rules));
}

Task<Result<>> Loop::Core::write_down(std::vector<netlink::Rule> rules) {
    auto written = co_await owned_store_.save(rules);
    if (written) owned_ = OwnedRules(std::move(rules));
    co_return written;
}

}  // namespace dz::reconciler
