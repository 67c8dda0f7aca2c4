#include "reconciler/cleanup.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "reconciler/desired.hpp"
#include "reconciler/plan.hpp"

namespace dz::reconciler {

Task<Result<State>> clean_up(netlink::Kernel& kernel, OwnedStore& owned, bool keep_links) {
    CO_TRY(const netlink::State there, co_await kernel.read(netlink::Parts::All));
    State left = ours(there, {});
    if (auto rules = co_await owned.load()) OwnedRules(*std::move(rules)).narrow(left);
    Inputs nothing_wanted;
    nothing_wanted.enabled = false;
    nothing_wanted.actual = &left;
    nothing_wanted.settings.persistent_interface = keep_links;
    std::vector<netlink::Change> changes;
    for (auto& step : diff(desired_state(nothing_wanted).state, left).steps)
        changes.push_back(std::get<netlink::Change>(std::move(step)));
    const auto results = co_await kernel.apply_all(changes);

    std::optional<Error> first;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (results[i] || results[i].error().code == Errc::NotFound || first) continue;
        first = results[i].error();
        first->text = fmt::format("cannot {}: {}", netlink::to_string(changes[i]), first->text);
    }
    if (first) co_return std::unexpected(*std::move(first));
    if (!left.rules.empty()) (void)co_await owned.save({});  // a record of rules that are gone harms nobody
    if (keep_links) left.tunnels.clear();
    co_return left;
}

}  // namespace dz::reconciler
