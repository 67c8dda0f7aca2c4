#include "services/oracle/app.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/run.hpp"

namespace dz::oracle {

namespace {

/// How often systemd's status text is renewed, watchdog or not.
constexpr Duration kStatusInterval = 10s;

}  // namespace

Result<Secrets> read_secrets(const Settings& settings) {
    TRY(auto authority, read_authority(settings.keypair));
    TRY(Bytes seed, read_seed(settings.seed));
    auto deposits = Deposits::make(seed);
    wallet::wipe(seed);
    if (!deposits) return wrap(deposits.error(), settings.seed.string());
    TRY(auto tokens, Tokens::read(settings.tokens));
    return Secrets{std::move(authority), *std::move(deposits), std::move(tokens)};
}

/// Whatever works with the journal, in the order of dependencies.
struct App::Office {
    Office(App& app, std::unique_ptr<Journal> opened)
        : journal(std::move(opened)),
          books(app.loop_, app.clock_, *journal, app.secrets_.deposits, app.metrics_),
          clerk(app.loop_, app.clock_, app.rpc_, books, app.courier_, app.secrets_.deposits, app.paperwork_,
                app.metrics_, app.log_, app.settings_.clerk),
          watch(app.loop_, app.clock_, app.rpc_, books, clerk, app.paperwork_.addresses(),
                app.paperwork_.authority(), app.metrics_, app.log_, app.settings_.watch),
          authority(app.loop_, app.clock_, app.rpc_, books, clerk, app.courier_, watch, app.secrets_.deposits,
                    app.paperwork_, app.metrics_, app.log_, app.settings_.authority),
          api(app.clock_, authority, watch, books, std::move(app.secrets_.tokens), app.registry_,
              app.metrics_, {.rate = app.settings_.rate}),
          server(app.loop_, app.clock_, app.log_, api.router(), HttpApi::limits()) {}

    std::unique_ptr<Journal> journal;
    Books books;
    Clerk clerk;
    Watch watch;
    Authority authority;
    HttpApi api;
    http::Server server;
};

App::App(const Settings& settings, Secrets secrets, Log log)
    : settings_(settings),
      log_(std::move(log)),
      metrics_(registry_),
      rpc_({.url = settings.rpc_url}, http_, clock_),
      secrets_(std::move(secrets)),
      paperwork_(settings.program, secrets_.authority,
                 settings.treasury.value_or(secrets_.authority.public_key())),
      courier_(loop_, clock_, rpc_, log_),
      notifier_(Notifier::from_environment()) {}

App::~App() = default;

Result<> App::run() {
    TRY(auto journal, SqliteJournal::open(loop_, clock_, settings_.journal));
    office_ = std::make_unique<Office>(*this, std::move(journal));
    TRY_OK(listen());
    auto done = dz::run(loop_, serve());
    office_->server.stop(0s);
    // Connections that were just closed finish while everything they refer to is still there.
    loop_.restart();
    loop_.poll();
    if (done) log_.info("stopped");
    return done;
}

Result<> App::listen() {
    http::Server& server = office_->server;
    if (const auto& tls = settings_.tls) TRY_OK(server.use_tls(tls->certificate, tls->key));
    const auto port = server.listen_tcp(settings_.listen);
    if (!port) return wrap(port.error(), "flag -listen");
    log_.info("serving", {{"address", settings_.listen},
                          {"port", *port},
                          {"tls", settings_.tls.has_value()},
                          {"authority", paperwork_.authority().to_string()}});
    return announce(*port);
}

/// One line on standard output, for those who started it.
Result<> App::announce(std::uint16_t port) {
    const std::string host = settings_.listen.substr(0, settings_.listen.rfind(':'));
    const json::Ordered line = {{"url", fmt::format("{}://{}:{}", settings_.tls ? "https" : "http",
                                                    host.empty() ? "0.0.0.0" : host, port)},
                                {"authority", paperwork_.authority().to_string()}};
    fmt::print("{}\n", json::dump(line));
    if (std::fflush(stdout) != 0) return fail_errno(errno, "standard output");
    return {};
}

Task<Result<>> App::serve() {
    using namespace boost::asio::experimental::awaitable_operators;
    notify("READY=1");
    auto ended = co_await (work() || obey_signals());
    office_->server.stop(1s);
    co_await office_->authority.stop();
    co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : Result<>{};
}

Task<Result<>> App::work() {
    using namespace boost::asio::experimental::awaitable_operators;
    auto ended = co_await (reserve() || (courier_.run() && office_->server.run() && tell_systemd()));
    co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : Result<>{};
}

Task<Result<>> App::reserve() {
    CO_TRY_OK(co_await office_->authority.recover());
    office_->api.open();
    log_.info("taking requests", {{"price_lamports", settings_.authority.price.value}});
    co_return co_await office_->authority.run();
}

Task<> App::obey_signals() {
    boost::system::error_code error;
    const int number =
        co_await signals_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) co_return;
    log_.info("stopping", {{"signal", number}});
    notify("STOPPING=1");
}

/// Keeps the watchdog quiet for as long as this loop turns, and the text of `systemctl status` true.
Task<> App::tell_systemd() {
    const Duration limit = watchdog_limit().value_or(2 * kStatusInterval);
    for (;;) {
        notify(fmt::format("WATCHDOG=1\nSTATUS={} reservations wait", office_->books.live()));
        co_await clock_.sleep_for(std::min(limit / 2, kStatusInterval));
    }
}

void App::notify(std::string_view state) {
    if (const auto sent = notifier_.send(state); !sent)
        log_.debug("systemd was not told", {{"error", sent.error()}});
}

}  // namespace dz::oracle
