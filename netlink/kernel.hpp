// netlink/kernel.hpp: port to the network stack of this host.
//
//     CO_TRY_OK(co_await kernel.apply(Add{tunnel}));
//     CO_TRY(const State state, co_await kernel.read(Parts::Links | Parts::Routes));
//
// `LinuxKernel` speaks rtnetlink; `FakeKernel` keeps the state in memory by the same rules. Both pass
// tests/netlink/contract_*_test.cpp.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "netlink/types.hpp"

namespace dz::netlink {

/// Which vectors of `State` to fill. Reading links costs next to nothing; routes cost most.
enum class Parts : unsigned { Links = 1, Addresses = 2, Routes = 4, Rules = 8, All = 15 };
constexpr Parts operator|(Parts a, Parts b) {
    return static_cast<Parts>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Parts set, Parts part) {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(part)) != 0;
}

/// Used from the loop's thread only. Several coroutines may call at once; their requests take turns.
///
/// Errors beyond those named in types.hpp: Permission without CAP_NET_ADMIN; Unsupported where the kernel
/// cannot do it (no GRE); both texts end with a remedy.
class Kernel {
  public:
    virtual ~Kernel() = default;

    /// Carries out `changes` in order, many to a system call. One failure does not stop the rest. Gives one
    /// result for each change, in the same order. Other coroutines get their turn in between.
    virtual Task<std::vector<Result<>>> apply_all(std::vector<Change> changes) = 0;
    Task<Result<>> apply(Change change);

    /// Reads the wanted parts, one after the other; `Links` also fills `tunnels`. The state may change
    /// meanwhile: who follows events asks for them before it reads.
    virtual Task<Result<State>> read(Parts parts) = 0;

    /// Like `ip route get`. Errors: NotFound where there is no route.
    virtual Task<Result<Path>> route_to(Ipv4 destination) = 0;

    /// Waits until something has happened since the last call, or since construction, and gives it all in
    /// order. What `apply` did to addresses, routes and rules is left out; what it did to links may be there,
    /// and so are its consequences, such as the route that comes with an address. One waiter at a time.
    /// Ends early when the coroutine is cancelled.
    virtual Task<Result<std::vector<Event>>> next_events() = 0;
};

}  // namespace dz::netlink
