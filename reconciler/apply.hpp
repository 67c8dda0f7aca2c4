// reconciler/apply.hpp: carries out a plan.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "netlink/kernel.hpp"
#include "protocols/bgp/speaker.hpp"
#include "reconciler/plan.hpp"

namespace dz::reconciler {

struct Failure {
    Step step;
    Error error;
};

/// What became of a plan.
struct Outcome {
    std::vector<Step> done;
    std::vector<Failure> failures;
    std::size_t skipped = 0;  ///< steps that needed one that failed

    bool ok() const { return failures.empty(); }
};

/// Removing what is gone succeeds, and so does adding what is there and looks just as wanted; only an add
/// that meets something else fails with Exists. A failure ends the steps for the same link, not those for the
/// other: two services do not disturb each other. Routes are independent of one another.
Task<Outcome> apply(Plan plan, netlink::Kernel& kernel, bgp::Speaker& speaker);

}  // namespace dz::reconciler
