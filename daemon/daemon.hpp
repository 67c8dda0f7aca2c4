// daemon/daemon.hpp: everything above the ports, wired: fetcher, client IP, reconciler, local API, metrics.
//
// `App` puts real adapters below it, tests put fakes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/http_server.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/worker.hpp"
#include "daemon/configuration.hpp"
#include "daemon/device_latency.hpp"
#include "daemon/legacy_api.hpp"
#include "daemon/local_api.hpp"
#include "daemon/metrics.hpp"
#include "daemon/options.hpp"
#include "daemon/state_file.hpp"
#include "daemon/view.hpp"
#include "fetcher/fetcher.hpp"
#include "host/client_ip.hpp"
#include "host/public_ip.hpp"
#include "ledger/rpc.hpp"
#include "netlink/kernel.hpp"
#include "protocols/bgp/speaker.hpp"
#include "reconciler/loop.hpp"
#include "reconciler/owned.hpp"

namespace dz::daemon {

class Daemon {
  public:
    /// What the daemon stands on; all must outlive it.
    struct Ports {
        EventLoop& loop;
        Clock& clock;
        netlink::Kernel& kernel;
        bgp::Speaker& speaker;
        fetcher::Sources ledger;
        host::PublicIpService& public_ip;
        metrics::Registry& registry;
        fetcher::Metrics& fetcher_metrics;
        latency::EchoSocket& echo;
    };

    /// Touches nothing but memory.
    Daemon(Ports ports, Log log, Settings settings, bgp::RouteFilter filter);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Binds the API's socket; then reads the state file and binds the metrics, whose trouble is a problem in
    /// the status and no more. Errors: the socket cannot be had; the text names it and the remedy.
    /// `net_admin`: whether this process may change the network; if not, that is a problem in the status too.
    Result<> start(bool net_admin);

    /// Works until `stop`, and then until everything of ours is gone, 20 s at most; or no longer, when it is
    /// to be kept.
    Task<> run();

    /// Makes `run` return. Tunnels, routes and rules go or stay as the settings say; what is disabled goes in
    /// any case. The state file stays as it is, so that the next start has what this one had. May be called
    /// more than once.
    void stop();

    /// Gives the configuration as it is now. Called on a helper thread, so it owns what it uses.
    using Reread = std::function<Result<Configuration>()>;
    /// What `reload` goes by; without it only the route filter is read again. `started` is what this process
    /// began with. Before `run`.
    void on_reload(Options started, Reread reread);

    /// Reads configuration and route filter again, as soon as `run` works. What cannot be used, and what
    /// waits for a restart, is a problem in the status. May be called more than once.
    void reload() { reload_asked_.set(); }

    /// False: a defect ended the run; tunnels were left as they are.
    bool sound() const { return sound_; }
    /// No file is being written. For tests: the disk goes on while their clock stands still.
    bool idle() const { return worker_.idle(); }
    /// One line for people.
    std::string summary() const;

  private:
    std::unique_ptr<DeviceLatency> make_latency();
    Result<> listen();
    Condition condition() const;
    void open_socket();
    void load_state();
    Task<> settle_state();
    void load_last_good();
    void keep(const fetcher::LastGood& last_good);
    std::filesystem::path last_good_path() const;
    Task<> follow_reloads();
    void adopt_configuration(Result<Configuration> now);
    void tell_overruled(const Options& options);
    void adopt_filter(Result<bgp::RouteFilter> filter);
    void lacks_net_admin();
    void listen_for_metrics();
    /// The reconciler ends with what there is left in place.
    bool keeps() const;
    void complain(const std::string& topic, std::string text, std::string remedy);
    Task<> background();
    Task<> measure();
    Task<> give_up();
    Task<> guarded(std::string_view name, Task<> task);

    Ports ports_;
    Log log_;
    Settings settings_;
    bgp::RouteFilter filter_;  ///< the last good one
    Options started_, running_;
    Reread reread_;
    OwnProblems problems_;
    StateFile state_file_;
    std::optional<bool> unsettled_;  ///< what state.json will say once it exists

    Metrics metrics_;
    reconciler::Metrics reconciler_metrics_;
    fetcher::Fetcher fetcher_;
    host::ClientIpFinder finder_;
    Worker worker_;
    reconciler::OwnedFile owned_;
    reconciler::Loop reconciler_;
    std::unique_ptr<DeviceLatency> latency_;  ///< null: not asked for

    http::Router api_routes_;
    LocalApi api_;
    LegacyApi legacy_api_;
    http::Server api_server_;
    http::Router metrics_routes_;
    MetricsApi metrics_api_;
    http::Server metrics_server_;

    Wake stop_asked_, reload_asked_;
    bool sound_ = true;
};

}  // namespace dz::daemon
