#include "netlink/kernel.hpp"

#include <utility>

namespace dz::netlink {

Task<Result<>> Kernel::apply(Change change) {
    std::vector<Change> changes;
    changes.push_back(std::move(change));
    auto results = co_await apply_all(std::move(changes));
    DZ_ASSERT(results.size() == 1);
    co_return std::move(results.front());
}

}  // namespace dz::netlink
