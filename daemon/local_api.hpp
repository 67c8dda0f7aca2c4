// daemon/local_api.hpp: the endpoints of the unix socket (daemon.md 2).
//
// No answer waits for the ledger or for tunnels: reading shows what is known now, and a change is answered as
// soon as it is on disk. /v2/events is a list, or a stream for whoever accepts text/event-stream.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/http_server.hpp"
#include "base/log.hpp"
#include "base/worker.hpp"
#include "daemon/access.hpp"
#include "daemon/api/messages.hpp"
#include "daemon/device_latency.hpp"
#include "daemon/metrics.hpp"
#include "daemon/state_file.hpp"
#include "daemon/view.hpp"
#include "fetcher/fetcher.hpp"
#include "netlink/kernel.hpp"
#include "protocols/bgp/speaker.hpp"
#include "reconciler/loop.hpp"

namespace dz::daemon {

class LocalApi {
  public:
    /// What the endpoints show and change; all must outlive the API.
    struct Modules {
        EventLoop& event_loop;
        Clock& clock;
        netlink::Kernel& kernel;
        bgp::Speaker& speaker;
        fetcher::Fetcher& fetcher;
        reconciler::Loop& loop;
        const StateFile& state_file;
        const OwnProblems& problems;
        Worker& worker;  ///< for the state file
        Metrics& metrics;
        const DeviceLatency* latency = nullptr;  ///< null: nothing is measured
    };

    /// Registers the endpoints with `router`.
    LocalApi(http::Router& router, Modules modules, Log log, api::Config config, std::string network,
             Identity self);
    LocalApi(const LocalApi&) = delete;
    LocalApi& operator=(const LocalApi&) = delete;

    /// Called when somebody has decided whether there shall be tunnels. Replaces an earlier one.
    void on_toggle(std::function<void()> notify) { on_toggle_ = std::move(notify); }

  private:
    Task<http::Response> counted(std::string path, Task<http::Response> answer);
    Task<http::Response> status(http::Request request);
    Task<http::Response> status_v2(http::Request request);
    Task<http::Response> plan(http::Request request);
    Task<http::Response> events(http::Request request);
    struct Follower;
    http::Response stream_of_events(const http::Request& request);
    Task<std::optional<std::string>> next_events(std::shared_ptr<Follower> follower);
    Task<http::Response> latency(http::Request request);
    Task<http::Response> latency_v2(http::Request request);
    Task<http::Response> config(http::Request request);
    Task<http::Response> routes(http::Request request);
    Task<http::Response> resolve_route(http::Request request);
    Task<http::Response> toggle(http::Request request);

    Modules modules_;
    Log log_;
    api::Config config_;
    std::string network_;
    Identity self_;
    std::function<void()> on_toggle_;
    std::shared_ptr<std::set<Follower*>> followers_;
    std::string epoch_;  ///< of this process: events of another one are numbered alike
};

}  // namespace dz::daemon
