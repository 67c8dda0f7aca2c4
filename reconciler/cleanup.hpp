// reconciler/cleanup.hpp: everything of ours out of the kernel, without a daemon.
#pragma once

#include "base/result.hpp"
#include "base/task.hpp"
#include "netlink/kernel.hpp"
#include "reconciler/owned.hpp"
#include "reconciler/state.hpp"

namespace dz::reconciler {

/// Removes what is ours, whoever left it there, and gives what that was. `keep_links` leaves the links, down
/// and without addresses. Errors: those of the kernel, with what could not be removed; the rest is gone then.
Task<Result<State>> clean_up(netlink::Kernel& kernel, OwnedStore& owned, bool keep_links);

}  // namespace dz::reconciler
