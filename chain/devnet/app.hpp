// chain/devnet/app.hpp: composition root of doublezero-devnet.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/clock.hpp"
#include "base/http_server.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "chain/devnet/ledger.hpp"
#include "chain/devnet/options.hpp"
#include "chain/devnet/rpc_front.hpp"

namespace dz::devnet {

/// Members stand in the order of their dependencies, so each outlives what refers to it.
class App {
  public:
    explicit App(Options options, Log log);

    /// Opens the ledger, seeds it, answers, prints where on stdout, and works until SIGTERM or SIGINT.
    /// Errors: start-up failed, or the disk did.
    Result<> run();

  private:
    Task<Result<>> serve();
    Task<Result<>> work();
    Task<Result<>> run_ledger();
    Task<Result<>> run_front();
    Task<Result<>> start();
    Task<> obey_signals();
    Result<> open();
    Result<> announce();

    Options options_;
    Log log_;
    EventLoop loop_{1};
    SystemClock clock_{loop_};
    metrics::Registry registry_;
    reservations::Metrics metrics_{registry_, "local"};
    std::unique_ptr<Ledger> ledger_;
    std::unique_ptr<RpcFront> front_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace dz::devnet
