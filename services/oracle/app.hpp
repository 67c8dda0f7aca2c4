// services/oracle/app.hpp: composition root of doublezero-oracle.
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
#include "ledger/http_rpc.hpp"
#include "services/oracle/authority.hpp"
#include "services/oracle/http_api.hpp"
#include "services/oracle/options.hpp"

namespace dz::oracle {

/// What is read from files before anything starts.
struct Secrets {
    ledger::Keypair authority;
    Deposits deposits;
    Tokens tokens;
};
/// Errors: those of the files, each with its remedy.
Result<Secrets> read_secrets(const Settings& settings);

/// Members stand in the order of their dependencies, so each outlives what refers to it.
class App {
  public:
    App(const Settings& settings, Secrets secrets, Log log);
    ~App();

    /// Serves until SIGTERM or SIGINT. Errors: the journal cannot be opened, or fails; the address cannot be
    /// bound.
    Result<> run();

  private:
    /// Whatever needs the journal.
    struct Office;

    Task<Result<>> serve();
    Task<Result<>> work();
    Task<Result<>> reserve();
    Task<> obey_signals();
    Task<> tell_systemd();
    Result<> listen();
    Result<> announce(std::uint16_t port);
    void notify(std::string_view state);

    Settings settings_;
    Log log_;
    EventLoop loop_{1};
    /// Caught from the start: whoever sees READY=1 may send one at once.
    boost::asio::signal_set signals_{loop_, SIGINT, SIGTERM};
    SystemClock clock_{loop_};
    metrics::Registry registry_;
    Metrics metrics_;
    http::Client http_{loop_};
    ledger::HttpRpc rpc_;
    Secrets secrets_;
    Paperwork paperwork_;
    Courier courier_;
    std::unique_ptr<Office> office_;
    Notifier notifier_;
};

}  // namespace dz::oracle
