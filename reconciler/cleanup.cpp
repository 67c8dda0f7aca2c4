#include "reconciler/cleanup.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "reconciler/plan.hpp"

namespace dz::reconciler {

Task<Result<State>> clean_up(netlink::Kernel& kernel) {
    CO_TRY(const netlink::State there, co_await kernel.read(netlink::Parts::All));
    State left = ours(there, {});
    std::vector<netlink::Change> changes;
    for (auto& step : diff(State{}, left).steps)
        changes.push_back(std::get<netlink::Change>(std::move(step)));
    const auto results = co_await kernel.apply_all(changes);

    std::optional<Error> first;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (results[i] || results[i].error().code == Errc::NotFound || first) continue;
        first = results[i].error();
        first->text = fmt::format("cannot {}: {}", netlink::to_string(changes[i]), first->text);
    }
    if (first) co_return std::unexpected(*std::move(first));
    co_return left;
}

}  // namespace dz::reconciler
