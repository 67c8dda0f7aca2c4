// reconciler/loop.hpp: makes what is there equal to what is wanted, again and again.
//
//     Loop loop(io, clock, kernel, speaker, fetcher, finder, owned, metrics, log, config);
//     loop.set_enabled(state.enabled);
//     co_await (fetcher.run() && finder.run() && loop.run());
//
// One pass: look at kernel, host, ledger and peers, work out the desired state, apply the difference. A pass
// follows whatever may have changed its inputs (ledger, session, learned route, kernel, client IP, toggle),
// and a full audit of the kernel every 30 s whether or not anything was heard. Nothing is remembered of what
// was built but which rules are ours: only what is there counts.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "fetcher/fetcher.hpp"
#include "host/client_ip.hpp"
#include "netlink/kernel.hpp"
#include "protocols/bgp/speaker.hpp"
#include "reconciler/desired.hpp"
#include "reconciler/metrics.hpp"
#include "reconciler/owned.hpp"
#include "reconciler/plan.hpp"
#include "reconciler/report.hpp"

namespace dz::reconciler {

/// What becomes of tunnels, routes and rules when the daemon ends.
enum class OnExit { Remove, Keep };

/// Owned by the composition root. Takes over `on_change` of speaker, fetcher and finder, `take_changes` of
/// the speaker, `next_events` of the kernel, and what the fetcher follows and whether it is active.
class Loop {
  public:
    struct Config {
        Settings settings;
        Duration tick = 10s;        ///< look at the host's paths anew, even if nothing was heard
        Duration audit = 30s;       ///< read the kernel anew, even if nothing was heard
        Duration debounce = 2ms;    ///< what happens within it is one pass
        Duration first_retry = 1s;  ///< after a failed step; doubles up to `max_retry`
        Duration max_retry = 60s;
        std::size_t max_events = 1000;
    };

    /// All references must outlive the loop.
    Loop(EventLoop& loop, Clock& clock, netlink::Kernel& kernel, bgp::Speaker& speaker,
         fetcher::Fetcher& fetcher, host::ClientIpFinder& finder, OwnedStore& owned, Metrics& metrics,
         Log log, Config config);
    ~Loop();

    /// Level-triggered: the last call wins, whatever is going on. Until the first call nothing is touched,
    /// not even left-overs: so a damaged state file leaves working tunnels alone.
    void set_enabled(bool enabled);
    /// The last `set_enabled`; false before it.
    bool enabled() const;

    /// Services past the ledger, as `Inputs::by_hand`; forgotten as soon as the loop is enabled and with this
    /// process.
    void set_by_hand(std::vector<Service> services);
    const std::vector<Service>& by_hand() const;

    void set_settings(Settings settings);

    /// Passes until `stop` was called and carried out, or cancelled.
    Task<> run();
    /// Makes `run` return: after everything of ours is gone, or at once with `Keep`, which keeps nothing of
    /// what was disabled before. Sessions are not ended with `Keep`; that is up to the owner of the speaker,
    /// who knows about graceful restart.
    void stop(OnExit what);

    /// A copy, true as of the last pass; the sessions as of now.
    Report report() const;

    /// Learned routes that the kernel did not take when last asked, and why.
    std::map<netlink::RouteKey, std::string> refused_routes() const;

    /// What a pass would do now. Reads the kernel anew and changes nothing.
    Task<Result<Plan>> plan();

    /// The last events with an id above `after`, oldest first.
    std::vector<Event> events(std::uint64_t after = 0) const;
    /// Called for each new event. Replaces an earlier one.
    void on_event(std::function<void(const Event&)> notify);

  private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace dz::reconciler
