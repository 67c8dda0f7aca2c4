#include "services/telemetry/app.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <utility>

#include "base/run.hpp"

namespace dz::telemetry {

namespace {

constexpr Duration kNamespaceLimit = 30s;
constexpr Duration kNamespacePoll = 1s;
/// How often systemd's status text is renewed, watchdog or not.
constexpr Duration kStatusInterval = 10s;

std::unique_ptr<netlink::SocketDiag> make_diag(EventLoop& loop, const Settings& settings) {
    if (settings.namespace_directory)
        return netlink::LinuxSocketDiag::of_directory(loop, *settings.namespace_directory);
    return netlink::LinuxSocketDiag::of_this_namespace(loop);
}

std::unique_ptr<Sink> make_sink(const Settings& settings, ledger::Rpc& rpc, Clock& clock,
                                const ledger::Keypair& publisher) {
    if (settings.dry_run) return std::make_unique<PrintSink>(stdout);
    return std::make_unique<LedgerSink>(rpc, clock, publisher, settings.program, settings.device);
}

fetcher::Fetcher::Config fetcher_config(const Settings& settings) {
    fetcher::Fetcher::Config config;
    config.program = settings.program;
    config.scope = ledger::Scope::Catalogue;
    config.poll_interval = settings.interval;
    config.rpc_timeout = settings.fetch_timeout;
    return config;
}

Reporter::Config reporter_config(const Settings& settings, const PublicKey& publisher) {
    Reporter::Config config{.device = settings.device,
                            .publisher = publisher,
                            .interval = settings.interval,
                            .rules = settings.rules};
    // What was only printed never shows on the ledger.
    if (settings.dry_run) config.rules.settle = Duration::max();
    return config;
}

}  // namespace

App::App(const Settings& settings, ledger::Keypair publisher, Log log)
    : settings_(settings),
      log_(std::move(log)),
      fetcher_metrics_(registry_, "doublezero_telemetry_programdata"),
      metrics_(registry_),
      rpc_({.url = settings.rpc_url}, http_, clock_, &fetcher_metrics_),
      publisher_(std::move(publisher)),
      diag_(make_diag(loop_, settings)),
      fetcher_(loop_, clock_, rpc_, fetcher_metrics_, log_, fetcher_config(settings)),
      sink_(make_sink(settings, rpc_, clock_, publisher_)),
      writer_(loop_, clock_, *sink_, metrics_, log_),
      reporter_(reporter_config(settings, publisher_.public_key()), clock_, fetcher_, *diag_, writer_,
                metrics_, log_),
      metrics_server_(loop_, clock_, log_, metrics_routes_),
      notifier_(Notifier::from_environment()) {
    metrics_routes_.on("GET", "/metrics", [this](const http::Request&) { return expose(); });
}

Result<> App::run() {
    auto done = dz::run(loop_, serve());
    metrics_server_.stop(0s);
    // Connections that were just closed finish while everything they refer to is still there.
    loop_.restart();
    loop_.poll();
    if (done) log_.info("stopped");
    return done;
}

Task<Result<>> App::serve() {
    using namespace boost::asio::experimental::awaitable_operators;
    auto ended = co_await (work() || obey_signals());
    co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : Result<>{};
}

Task<Result<>> App::work() {
    using namespace boost::asio::experimental::awaitable_operators;
    CO_TRY_OK(co_await enter_management_namespace());
    if (const auto& address = settings_.metrics_address) listen_for_metrics(*address);
    notify("READY=1");
    auto ended =
        co_await (report() || (fetcher_.run() && writer_.run() && metrics_server_.run() && tell_systemd()));
    co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : Result<>{};
}

Task<Result<>> App::report() {
    if (settings_.once) co_return co_await report_once();
    if (settings_.enable) co_return co_await reporter_.run();
    log_.warn("the reporter is switched off by -bgp-status-enable=false, and there is nothing else to do");
    co_await clock_.sleep_until(TimePoint::max());
    co_return Result<>{};
}

Task<Result<>> App::report_once() {
    CO_TRY(const TickResult result, co_await reporter_.tick());
    if (result != TickResult::Success)
        co_return fail(Errc::Unavailable, "nothing could be decided; the reason is in the log");
    co_await writer_.idle();
    if (reporter_.failures() > 0)
        co_return fail(Errc::Unavailable, "not all statuses were written; the reasons are in the log");
    co_return Result<>{};
}

/// The whole process lives there, so that requests, name look-ups and metrics all go through it. Done while
/// the process has this thread only: threads inherit it.
Task<Result<>> App::enter_management_namespace() {
    if (!settings_.management_namespace) co_return Result<>{};
    const auto& path = *settings_.management_namespace;
    const TimePoint limit = clock_.now() + kNamespaceLimit;
    for (;;) {
        const auto entered = netlink::enter_namespace(path);
        if (entered) {
            log_.info("lives in the management namespace", {{"namespace", path.filename().string()}});
            co_return Result<>{};
        }
        const bool may_appear =
            entered.error().code == Errc::NotFound || entered.error().code == Errc::BadValue;
        if (!may_appear || clock_.now() >= limit)
            co_return wrap(entered.error(), "flag -management-namespace");
        co_await clock_.sleep_for(kNamespacePoll);
    }
}

void App::listen_for_metrics(const std::string& address) {
    const auto port = metrics_server_.listen_tcp(address);
    if (port)
        log_.info("serving metrics", {{"address", address}, {"port", *port}});
    else
        log_.error("metrics cannot be served, going on without",
                   {{"address", address}, {"error", port.error()}});
}

Task<http::Response> App::expose() {
    co_return http::Response{.status = 200,
                             .body = metrics::expose(registry_) + metrics::expose_process(),
                             .content_type = std::string(metrics::kContentType),
                             .headers = {}};
}

Task<Result<>> App::obey_signals() {
    boost::system::error_code error;
    const int number =
        co_await signals_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (!error) {
        log_.info("stopping", {{"signal", number}});
        notify("STOPPING=1");
    }
    co_return Result<>{};
}

/// Keeps the watchdog quiet for as long as this loop turns, and the text of `systemctl status` true.
Task<> App::tell_systemd() {
    const Duration limit = watchdog_limit().value_or(2 * kStatusInterval);
    for (;;) {
        notify("WATCHDOG=1\nSTATUS=" + reporter_.summary());
        co_await clock_.sleep_for(std::min(limit / 2, kStatusInterval));
    }
}

void App::notify(std::string_view state) {
    if (const auto sent = notifier_.send(state); !sent)
        log_.debug("systemd was not told", {{"error", sent.error()}});
}

}  // namespace dz::telemetry
