#include "chain/devnet/app.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>

#include "base/json.hpp"
#include "base/run.hpp"
#include "base/version.hpp"
#include "chain/devnet/seed.hpp"

namespace dz::devnet {

namespace {

/// Only our own files: the directory may be shared.
void remove_ledger(const std::filesystem::path& directory) {
    std::error_code ignored;
    for (const char* name : {"ledger.db", "ledger.db-wal", "ledger.db-shm"}) {
        std::filesystem::remove(directory / name, ignored);
    }
}

/// Clients of Solana look for WebSocket one port above, and so for nodes that have both on one.
Result<std::string> next_port(const std::string& host, std::uint16_t port, bool any_port) {
    if (any_port) return host + ":0";
    if (port == 65'535) return fail(Errc::BadValue, "the port above is for WebSocket: take one below 65535");
    return fmt::format("{}:{}", host, port + 1);
}

}  // namespace

App::App(Options options, Log log) : options_(std::move(options)), log_(std::move(log)) {}

Result<> App::open() {
    if (options_.reset) remove_ledger(options_.ledger.directory);
    TRY(ledger_, Ledger::open(loop_, clock_, options_.ledger, reservations::Journal(log_, &metrics_)));
    front_ = std::make_unique<RpcFront>(loop_, *ledger_, RpcFront::socket_limits(), &registry_);
    server_ = std::make_unique<http::Server>(loop_, clock_, log_, front_->router(), RpcFront::limits());
    return {};
}

Result<> App::announce() {
    const std::string bind = options_.rpc_bind;
    const std::string host = bind.substr(0, bind.rfind(':'));
    TRY(const std::uint16_t port, server_->listen_tcp(bind));
    TRY(const std::string above, next_port(host, port, bind.ends_with(":0")));
    TRY(const std::uint16_t socket_port, server_->listen_tcp(above));
    const std::string shown = host.empty() ? "0.0.0.0" : host;
    const json::Ordered line = {{"rpc", fmt::format("http://{}:{}", shown, port)},
                                {"ws", fmt::format("ws://{}:{}", shown, socket_port)},
                                {"program_id", options_.ledger.program.to_string()},
                                {"ledger", options_.ledger.directory.string()},
                                {"genesis_hash", ledger_->genesis().to_string()}};
    fmt::print("{}\n", json::dump(line));
    std::fflush(stdout);
    log_.info("started",
              {{"version", version_with_commit()}, {"slot", ledger_->view(Commitment::Processed).slot}});
    return {};
}

Result<> App::run() {
    TRY_OK(open());
    const auto outcome = dz::run(loop_, serve());
    server_->stop();
    // Answers under way and connections that were just closed finish while everything they refer to is there.
    loop_.restart();
    loop_.poll();
    TRY_OK(outcome);
    log_.info("stopped");
    return {};
}

Task<Result<>> App::start() {
    if (options_.seed_demo) {
        CO_TRY(const DemoKeys keys, open_demo_keys(options_.keys));
        CO_TRY_OK(co_await seed_demo(*ledger_, clock_, keys, log_));
    }
    CO_TRY_OK(announce());
    co_await server_->run();
    co_return Result<>{};
}

Task<Result<>> App::run_front() {
    auto outcome = co_await start();
    // Whatever ended the front: the ledger still decides what it has taken.
    ledger_->stop();
    co_return outcome;
}

Task<Result<>> App::run_ledger() {
    auto outcome = co_await ledger_->run();
    server_->stop();
    co_return outcome;
}

/// The first signal ends the node; later ones are ignored, since the end is near.
Task<> App::obey_signals() {
    boost::asio::signal_set signals(loop_, SIGINT, SIGTERM);
    for (;;) {
        boost::system::error_code error;
        const int number =
            co_await signals.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (error) co_return;
        log_.info("stopping", {{"signal", number}});
        server_->stop();
    }
}

Task<Result<>> App::work() {
    using namespace boost::asio::experimental::awaitable_operators;
    auto [ledger, front] = co_await (run_ledger() && run_front());
    CO_TRY_OK(std::move(ledger));
    co_return std::move(front);
}

Task<Result<>> App::serve() {
    using namespace boost::asio::experimental::awaitable_operators;
    // Signals first: whoever has read where the node listens may end it at once.
    auto ended = co_await (obey_signals() || work());
    DZ_ASSERT(ended.index() == 1);
    co_return std::get<1>(std::move(ended));
}

}  // namespace dz::devnet
