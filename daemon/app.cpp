#include "daemon/app.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <utility>

#include "base/run.hpp"
#include "base/version.hpp"
#include "base/websocket.hpp"
#include "daemon/privileges.hpp"

namespace dz::daemon {

namespace {

/// How often systemd's status text is renewed, watchdog or not.
constexpr Duration kStatusInterval = 10s;

std::unique_ptr<bgp::bmp::Exporter> exporter_for(const std::optional<bgp::bmp::Station>& station,
                                                 EventLoop& loop, Clock& clock, const Log& log,
                                                 metrics::Registry& registry) {
    if (!station) return nullptr;
    boost::system::error_code unnamed;
    return std::make_unique<bgp::bmp::Exporter>(
        loop, clock, log, registry,
        bgp::bmp::Exporter::Config{.station = *station,
                                   .system_name = boost::asio::ip::host_name(unnamed),
                                   .description = fmt::format("doublezerod {}", version_with_commit())});
}

using Rpcs = std::vector<std::unique_ptr<ledger::HttpRpc>>;

Rpcs rpcs_for(const LedgerEndpoints& endpoints, http::Client& http, Clock& clock,
              ledger::RpcObserver& observer) {
    Rpcs out;
    for (const std::string& url : endpoints.rpc) {
        ledger::HttpRpcOptions options{.url = url};
        // Another endpoint is a better second attempt than the same one.
        if (endpoints.rpc.size() > 1) options.max_attempts = 1;
        out.push_back(std::make_unique<ledger::HttpRpc>(std::move(options), http, clock, &observer));
    }
    return out;
}

fetcher::Sources sources_for(const LedgerEndpoints& endpoints, const Rpcs& rpcs, EventLoop& loop,
                             Clock& clock) {
    std::vector<fetcher::Sources::Endpoint> reads;
    for (const auto& rpc : rpcs) reads.push_back({rpc.get(), std::string(origin_of(rpc->url()))});
    std::vector<fetcher::Dial> pushes;
    for (const std::string& url : endpoints.push) {
        pushes.emplace_back([&loop, &clock, url](ws::Handler handler) {
            return ws::dial(loop, clock, {.url = url}, std::move(handler));
        });
    }
    return {std::move(reads), std::move(pushes)};
}

}  // namespace

Result<std::unique_ptr<App>> App::open(Configuration configuration, ConfigurationSource source,
                                       bgp::RouteFilter filter, Log log) {
    auto loop = std::make_unique<EventLoop>(1);
    auto kernel = netlink::LinuxKernel::open(*loop);
    if (!kernel)
        return wrap(kernel.error(), "netlink (a unit file must allow AF_NETLINK in RestrictAddressFamilies)");
    std::unique_ptr<App> app(new App(std::move(loop), *std::move(kernel), std::move(configuration.settings),
                                     std::move(filter), std::move(log)));
    app->daemon_.on_reload(std::move(configuration.options),
                           [source = std::move(source)] { return source.load(); });
    return app;
}

App::App(std::unique_ptr<EventLoop> loop, std::unique_ptr<netlink::LinuxKernel> kernel, Settings settings,
         bgp::RouteFilter filter, Log log)
    : log_(std::move(log)),
      loop_(std::move(loop)),
      signals_(*loop_, SIGINT, SIGTERM, SIGHUP),
      clock_(*loop_),
      fetcher_metrics_(registry_),
      bgp_metrics_(registry_),
      http_(*loop_),
      rpcs_(rpcs_for(settings.ledger, http_, clock_, fetcher_metrics_)),
      public_ip_(http_),
      kernel_(std::move(kernel)),
      exporter_(exporter_for(settings.bmp_station, *loop_, clock_, log_, registry_)),
      speaker_(*loop_, clock_, log_, bgp_metrics_, exporter_.get()),
      echo_(*loop_, clock_),
      notifier_(Notifier::from_environment()),
      daemon_({*loop_, clock_, *kernel_, speaker_, sources_for(settings.ledger, rpcs_, *loop_, clock_),
               public_ip_, registry_, fetcher_metrics_, echo_},
              log_, std::move(settings), std::move(filter)) {}

Result<> App::run() {
    TRY_OK(daemon_.start(has_net_admin()));
    notify("READY=1");
    dz::run(*loop_, serve());
    // Connections that were just closed finish while everything they refer to is still there.
    loop_->restart();
    loop_->poll();
    if (!daemon_.sound()) return fail(Errc::Internal, "ended by a defect, see the log");
    log_.info("stopped");
    return {};
}

Task<> App::serve() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await ((work() && export_sessions()) || obey_signals() || tell_systemd());
}

/// A monitoring station hears how the sessions end, and only then that the daemon does.
Task<> App::work() {
    co_await daemon_.run();
    if (exporter_) exporter_->stop();
}

Task<> App::export_sessions() {
    if (exporter_) co_await exporter_->run();
}

/// SIGHUP reads configuration and route filter again. The first other signal ends the daemon; later ones are
/// ignored, since the teardown is under way and bounded.
Task<> App::obey_signals() {
    for (bool stopping = false;;) {
        boost::system::error_code error;
        const int number =
            co_await signals_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (error) co_return;
        if (stopping) continue;
        if (number == SIGHUP) {
            daemon_.reload();
            continue;
        }
        stopping = true;
        log_.info("stopping", {{"signal", number}});
        notify("STOPPING=1");
        daemon_.stop();
    }
}

/// Keeps the watchdog quiet for as long as this loop turns, and the text of `systemctl status` true.
Task<> App::tell_systemd() {
    const Duration limit = watchdog_limit().value_or(2 * kStatusInterval);
    std::string shown;
    for (;;) {
        std::string state = "WATCHDOG=1";
        if (std::string summary = daemon_.summary(); summary != shown) {
            state += "\nSTATUS=" + summary;
            shown = std::move(summary);
        }
        notify(state);
        co_await clock_.sleep_for(std::min(limit / 2, kStatusInterval));
    }
}

void App::notify(std::string_view state) {
    if (const auto sent = notifier_.send(state); !sent)
        log_.debug("systemd was not told", {{"error", sent.error()}});
}

}  // namespace dz::daemon
