#include "daemon/daemon.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "base/files.hpp"
#include "base/version.hpp"

namespace dz::daemon {

namespace {

/// Of a socket that is not given to anybody yet.
constexpr unsigned kOwnersSocket = 0600;
constexpr ::mode_t kOwnersFile = 0600;

/// A teardown is a few system calls; systemd itself waits 90 s.
constexpr Duration kStopLimit = 20s;

/// Of the API. Any local user may connect where the socket is open, and none of them may crowd the others
/// out.
constexpr http::Limits kApiLimits = {.max_body = 256 << 10,
                                     .max_header = 16 << 10,
                                     .max_connections = 128,
                                     .max_websockets = 0,
                                     .max_streams = 64,
                                     .read_timeout = 30s,
                                     .write_timeout = 30s};

constexpr std::string_view kStateFile = "state file";
constexpr std::string_view kRouteFilter = "route filter";
constexpr std::string_view kConfiguration = "configuration";
constexpr std::string_view kPending = "configuration, pending";

/// What to do when the API's socket cannot be had.
std::string socket_remedy(Errc code, const std::filesystem::path& socket) {
    switch (code) {
        case Errc::Exists:
            return "stop the other daemon (systemctl stop doublezerod)";
        case Errc::NotFound:
            return "create " + socket.parent_path().string();
        default:
            return "let this user write to " + socket.parent_path().string();
    }
}

fetcher::Fetcher::Config fetcher_config(const Settings& settings) {
    fetcher::Fetcher::Config config;
    config.program = settings.program;
    config.poll_interval = settings.poll_interval;
    config.rpc_timeout = settings.fetch_timeout;
    config.agreement = settings.ledger.agreement;
    return config;
}

host::ClientIpFinder::Config finder_config(const Settings& settings) {
    host::ClientIpFinder::Config config;
    config.address = settings.client_ip;
    config.ask_outside = settings.public_ip_lookup;
    return config;
}

reconciler::Loop::Config reconciler_config(const Settings& settings, bgp::RouteFilter filter) {
    reconciler::Loop::Config config;
    config.tick = settings.poll_interval;
    config.settings.filter = std::move(filter);
    config.settings.peer_defaults = settings.peer_defaults;
    config.settings.persistent_interface = settings.persistent_interface;
    return config;
}

}  // namespace

Daemon::Daemon(Ports ports, Log log, Settings settings, bgp::RouteFilter filter)
    : ports_(ports),
      log_(std::move(log)),
      settings_(std::move(settings)),
      filter_(std::move(filter)),
      state_file_(settings_.state_directory),
      metrics_(ports.registry),
      reconciler_metrics_(ports.registry, settings_.network),
      fetcher_(ports.loop, ports.clock, ports.ledger, ports.fetcher_metrics, log_, fetcher_config(settings_)),
      finder_(ports.loop, ports.clock, ports.kernel, ports.public_ip, log_, finder_config(settings_)),
      worker_(ports.loop),
      owned_(worker_, settings_.state_directory),
      reconciler_(ports.loop, ports.clock, ports.kernel, ports.speaker, fetcher_, finder_, owned_,
                  reconciler_metrics_, log_, reconciler_config(settings_, filter_)),
      latency_(make_latency()),
      api_(api_routes_,
           {ports.loop, ports.clock, ports.kernel, ports.speaker, fetcher_, reconciler_, state_file_,
            problems_, worker_, metrics_, latency_.get()},
           log_, {.program_id = settings_.program.to_string(), .rpc_url = settings_.ledger.rpc.front()},
           settings_.network, Identity::of_this_process()),
      legacy_api_(api_routes_, reconciler_, log_, Identity::of_this_process(), settings_.legacy_api),
      api_server_(ports.loop, ports.clock, log_, api_routes_, kApiLimits),
      metrics_api_(metrics_routes_, ports.registry, metrics_, ports.kernel, ports.clock,
                   [this] { return condition(); }),
      metrics_server_(ports.loop, ports.clock, log_, metrics_routes_),
      stop_asked_(ports.loop, ports.clock),
      reload_asked_(ports.loop, ports.clock) {
    api_.on_toggle([this] { problems_.erase(std::string(kStateFile)); });
}

Daemon::~Daemon() = default;

std::unique_ptr<DeviceLatency> Daemon::make_latency() {
    if (!settings_.latency) return nullptr;
    return std::make_unique<DeviceLatency>(
        DeviceLatency::Modules{ports_.loop, ports_.clock, ports_.echo, ports_.ledger, ports_.registry}, log_,
        settings_.program, *settings_.latency, [this] { return reconciler_.report(); });
}

Result<> Daemon::start(bool net_admin) {
    TRY_OK(listen());
    if (!net_admin) lacks_net_admin();
    load_state();
    load_last_good();
    if (settings_.metrics_address) listen_for_metrics();
    log_.info("started", {{"version", version_with_commit()},
                          {"socket", settings_.socket.string()},
                          {"network", settings_.network},
                          {"program", settings_.program.to_string()},
                          {"ledger", origin_of(settings_.ledger.rpc.front())},
                          {"enabled", reconciler_.enabled()}});
    return {};
}

Condition Daemon::condition() const {
    const auto status = status_v2(reconciler_.report(), fetcher_.view(), problems_, settings_.network,
                                  settings_.ledger.rpc.front());
    return {.enabled = status.reconciler_enabled,
            .client_ip_known = !status.client_ip.is_unspecified(),
            .problems = status.problems.size()};
}

Result<> Daemon::listen() {
    auto bound = api_server_.listen_unix(settings_.socket, kOwnersSocket);
    if (bound) {
        open_socket();
        return bound;
    }
    Error error = std::move(bound).error();
    error.text += fmt::format("; {}, or choose another path by -sock-file",
                              socket_remedy(error.code, settings_.socket));
    return std::unexpected(std::move(error));
}

/// Nobody but its owner can use the socket before this, or when it cannot be given away.
void Daemon::open_socket() {
    const SocketAccess access = socket_access(settings_.socket_mode, find_group(kGroupFile, kGroup));
    if (const auto opened = open_socket_to(settings_.socket, access); !opened)
        log_.warn("socket cannot be opened to others, only root and the daemon's user can use it",
                  {{"socket", settings_.socket.string()}, {"error", opened.error()}});
    else if (access.mode == kOwnersSocket && !settings_.socket_mode)
        log_.warn("this host has no such group, so only root and the daemon's user can use the socket",
                  {{"group", kGroup}, {"remedy", "groupadd --system doublezero, or -sock-mode"}});
}

void Daemon::load_state() {
    const SavedState state = state_file_.load();
    if (state.unsettled) unsettled_ = state.enabled;
    if (!state.damage) {
        reconciler_.set_enabled(state.enabled);
        return;
    }
    // Nobody has decided: what runs goes on running, and nothing is built, until somebody does.
    log_.error("state file unreadable, starting disabled",
               {{"path", state_file_.path().string()}, {"error", *state.damage}});
    complain(std::string(kStateFile), state.damage->text, "run `doublezero enable` or `doublezero disable`");
}

/// What the ledger said last, for a start while it cannot be asked. A file that cannot be used is no loss
/// while it can.
void Daemon::load_last_good() {
    fetcher_.on_accepted([this](const fetcher::LastGood& last_good) { keep(last_good); });
    const auto text = files::read(last_good_path(), fetcher::kMaxLastGoodBytes);
    if (!text && text.error().code == Errc::NotFound) return;
    auto last_good =
        text ? fetcher::decode_last_good(*text) : Result<fetcher::LastGood>(std::unexpected(text.error()));
    if (last_good) return fetcher_.offer(*std::move(last_good));
    log_.warn("what the ledger said last cannot be read, doing without",
              {{"path", last_good_path().string()}, {"error", last_good.error()}});
}

std::filesystem::path Daemon::last_good_path() const {
    return settings_.state_directory / "ledger.json";
}

/// Nothing waits for the disk, least of all the end of the daemon.
void Daemon::keep(const fetcher::LastGood& last_good) {
    const auto path = last_good_path();
    worker_.post([path, text = encode(last_good)] { return files::write_atomic(path, text, kOwnersFile); },
                 [path, log = log_](const Result<>& kept) {
                     if (kept) return;
                     log.warn("what the ledger says cannot be kept for the next start",
                              {{"path", path.string()}, {"error", kept.error()}});
                 });
}

/// Ahead of every toggle, since the worker takes one call after the other.
Task<> Daemon::settle_state() {
    if (!unsettled_) co_return;
    const auto settled =
        co_await worker_.run([file = state_file_, enabled = *unsettled_] { return file.settle(enabled); });
    if (settled) co_return;
    log_.error("state file cannot be written", {{"error", settled.error()}});
    complain(std::string(kStateFile), settled.error().text,
             "let the daemon's user write to the directory of -state-dir");
}

void Daemon::on_reload(Options started, Reread reread) {
    tell_overruled(started);
    started_ = started;
    running_ = std::move(started);
    reread_ = std::move(reread);
}

Task<> Daemon::follow_reloads() {
    for (;;) {
        co_await reload_asked_.wait_until(TimePoint::max());
        if (reread_) adopt_configuration(co_await worker_.run(reread_));
        adopt_filter(
            co_await worker_.run([path = settings_.route_config] { return read_route_filter(path); }));
        reconciler_.set_settings(reconciler_config(settings_, filter_).settings);
    }
}

void Daemon::adopt_configuration(Result<Configuration> now) {
    metrics_.count_reload(now.has_value());
    if (!now) {
        log_.error("configuration unusable, keeping the last good one", {{"error", now.error()}});
        complain(std::string(kConfiguration), now.error().text + "; the last good one is still in force",
                 "correct it, then: systemctl reload doublezerod");
        return;
    }
    const Changes differ = changes(started_, running_, now->options);
    const std::string pending = fmt::format("{}", fmt::join(differ.pending, ", "));
    log_.info("configuration read",
              {{"changed", fmt::format("{}", fmt::join(differ.effective, ", "))}, {"pending", pending}});
    problems_.erase(std::string(kConfiguration));
    problems_.erase(std::string(kPending));
    if (!pending.empty())
        complain(std::string(kPending),
                 fmt::format("changed, but not in force before a restart: {}", pending),
                 "systemctl restart doublezerod");
    tell_overruled(now->options);
    running_ = std::move(now->options);
    adopt(settings_, now->settings);
    log_.set_level(settings_.verbose ? LogLevel::Debug : LogLevel::Info);
    finder_.configure(settings_.client_ip, settings_.public_ip_lookup);
    open_socket();
}

/// Whoever wrote a value into the file shall not wonder why nothing happens.
void Daemon::tell_overruled(const Options& options) {
    if (options.overruled.empty() || options.overruled == running_.overruled) return;
    log_.warn(
        "settings of the configuration file without effect: the command line has them too",
        {{"file", options.config}, {"settings", fmt::format("{}", fmt::join(options.overruled, ", "))}});
}

void Daemon::adopt_filter(Result<bgp::RouteFilter> filter) {
    if (!filter) {
        log_.error("route filter unusable, keeping the last good one", {{"error", filter.error()}});
        complain(std::string(kRouteFilter), filter.error().text + "; the last good one is still in force",
                 "correct the file, then: systemctl reload doublezerod");
        return;
    }
    log_.info("route filter read", {{"path", settings_.route_config.string()}, {"entries", filter->size()}});
    problems_.erase(std::string(kRouteFilter));
    filter_ = *std::move(filter);
}

void Daemon::lacks_net_admin() {
    log_.error("CAP_NET_ADMIN is missing, no tunnel can be built",
               {{"remedy", "run as root or by the packaged unit, which grants it"}});
    complain("privileges", "the daemon lacks CAP_NET_ADMIN and cannot build tunnels",
             "run it as root, or by the packaged unit (systemctl start doublezerod)");
}

void Daemon::listen_for_metrics() {
    const auto port = metrics_server_.listen_tcp(*settings_.metrics_address);
    if (port) {
        log_.info("serving metrics", {{"address", *settings_.metrics_address}, {"port", *port}});
        return;
    }
    log_.error("metrics cannot be served, going on without",
               {{"address", *settings_.metrics_address}, {"error", port.error()}});
    complain("metrics",
             fmt::format("metrics cannot be served at {}: {}", *settings_.metrics_address, port.error().text),
             "choose another address by -metrics-addr and restart the daemon");
}

void Daemon::complain(const std::string& topic, std::string text, std::string remedy) {
    problems_.insert_or_assign(topic, api::Problem{.text = std::move(text), .remedy = std::move(remedy)});
}

/// A defect says nothing about the tunnels: they wait for the process that systemd starts next.
bool Daemon::keeps() const {
    return reconciler_.enabled() && (!sound_ || settings_.on_exit == reconciler::OnExit::Keep);
}

Task<> Daemon::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (guarded("reconciler", reconciler_.run()) || give_up() || background());
    co_await (keeps() ? ports_.speaker.leave() : ports_.speaker.stop());
    api_server_.stop(0s);
    metrics_server_.stop(0s);
}

/// What the reconciler lives on. Ends by cancellation only.
Task<> Daemon::background() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (guarded("state file", settle_state()) && guarded("reload", follow_reloads()) &&
              guarded("fetcher", fetcher_.run()) && guarded("client ip", finder_.run()) &&
              guarded("latency", measure()) && guarded("api", api_server_.run()) &&
              guarded("metrics", metrics_server_.run()));
}

Task<> Daemon::measure() {
    if (latency_) co_await latency_->run();
}

/// Ends some time after `stop`, when the kernel or a peer does not let us finish.
Task<> Daemon::give_up() {
    if (!co_await stop_asked_.wait_until(TimePoint::max())) co_return;
    const TimePoint limit = ports_.clock.now() + kStopLimit;
    co_await ports_.clock.sleep_until(limit);
    if (ports_.clock.now() < limit) co_return;
    log_.error("tunnels could not be taken down in time, leaving them", {{"limit_s", kStopLimit / 1s}});
}

void Daemon::stop() {
    reconciler_.stop(settings_.on_exit);
    stop_asked_.set();
}

/// An exception is a defect: it ends the daemon for systemd to start it again, and leaves the tunnels as they
/// are.
Task<> Daemon::guarded(std::string_view name, Task<> task) {
    try {
        co_await std::move(task);
        co_return;
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted) co_return;
        log_.error("defect, ending", {{"part", name}, {"error", error.what()}});
    } catch (const std::exception& error) {
        log_.error("defect, ending", {{"part", name}, {"error", error.what()}});
    }
    sound_ = false;
    reconciler_.stop(reconciler::OnExit::Keep);
}

std::string Daemon::summary() const {
    return daemon::summary(reconciler_.report());
}

}  // namespace dz::daemon
