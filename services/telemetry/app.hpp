// services/telemetry/app.hpp: composition root of doublezero-telemetry.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "base/http_server.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/notify.hpp"
#include "fetcher/fetcher.hpp"
#include "ledger/http_rpc.hpp"
#include "netlink/linux_socket_diag.hpp"
#include "services/telemetry/options.hpp"
#include "services/telemetry/reporter.hpp"

namespace dz::telemetry {

/// Members stand in the order of their dependencies, so each outlives what refers to it.
class App {
  public:
    App(const Settings& settings, ledger::Keypair publisher, Log log);

    /// Works until SIGTERM or SIGINT, or with `once` until what was due is written. Errors: the management
    /// namespace does not appear, a look cannot return to its namespace, or with `once` a status was not
    /// written or nothing could be decided.
    Result<> run();

  private:
    Task<Result<>> serve();
    Task<Result<>> work();
    Task<Result<>> report();
    Task<Result<>> report_once();
    Task<Result<>> enter_management_namespace();
    Task<Result<>> obey_signals();
    Task<> tell_systemd();
    void listen_for_metrics(const std::string& address);
    Task<http::Response> expose();
    void notify(std::string_view state);

    Settings settings_;
    Log log_;
    EventLoop loop_{1};
    /// Caught from the start: whoever sees READY=1 may send one at once.
    boost::asio::signal_set signals_{loop_, SIGINT, SIGTERM};
    SystemClock clock_{loop_};
    metrics::Registry registry_;
    fetcher::Metrics fetcher_metrics_;
    Metrics metrics_;
    http::Client http_{loop_};
    ledger::HttpRpc rpc_;
    ledger::Keypair publisher_;
    std::unique_ptr<netlink::SocketDiag> diag_;
    fetcher::Fetcher fetcher_;
    std::unique_ptr<Sink> sink_;
    Writer writer_;
    Reporter reporter_;
    http::Router metrics_routes_;
    http::Server metrics_server_;
    Notifier notifier_;
};

}  // namespace dz::telemetry
