// daemon/app.hpp: composition root of doublezerod: the only place that knows every concrete type.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/notify.hpp"
#include "daemon/configuration.hpp"
#include "daemon/daemon.hpp"
#include "daemon/options.hpp"
#include "fetcher/metrics.hpp"
#include "host/public_ip.hpp"
#include "ledger/http_rpc.hpp"
#include "netlink/linux_kernel.hpp"
#include "protocols/bgp/asio_speaker.hpp"
#include "protocols/bgp/bmp_exporter.hpp"
#include "protocols/bgp/metrics.hpp"
#include "protocols/latency/icmp_socket.hpp"

namespace dz::daemon {

/// Members stand in the order of their dependencies, so each outlives what refers to it.
class App {
  public:
    /// `source` is where the configuration came from, and comes from at SIGHUP. Errors: no netlink sockets.
    static Result<std::unique_ptr<App>> open(Configuration configuration, ConfigurationSource source,
                                             bgp::RouteFilter filter, Log log);

    /// Works until SIGTERM or SIGINT and has then taken everything down. Errors: start-up failed, or a
    /// defect.
    Result<> run();

  private:
    App(std::unique_ptr<EventLoop> loop, std::unique_ptr<netlink::LinuxKernel> kernel, Settings settings,
        bgp::RouteFilter filter, Log log);

    Task<> serve();
    Task<> work();
    Task<> export_sessions();
    Task<> obey_signals();
    Task<> tell_systemd();
    void notify(std::string_view state);

    Log log_;
    std::unique_ptr<EventLoop> loop_;
    /// Caught from the start: whoever sees the socket or READY=1 may send one at once.
    boost::asio::signal_set signals_;
    SystemClock clock_;
    metrics::Registry registry_;
    fetcher::Metrics fetcher_metrics_;
    bgp::Metrics bgp_metrics_;
    http::Client http_;
    std::vector<std::unique_ptr<ledger::HttpRpc>> rpcs_;  ///< one for each endpoint
    host::IfconfigMe public_ip_;
    std::unique_ptr<netlink::LinuxKernel> kernel_;
    std::unique_ptr<bgp::bmp::Exporter> exporter_;  ///< null: no station was asked for
    bgp::AsioSpeaker speaker_;
    latency::IcmpSocket echo_;
    Notifier notifier_;
    Daemon daemon_;
};

}  // namespace dz::daemon
