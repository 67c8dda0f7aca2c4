// services/telemetry/reporter.hpp: the tick: read the ledger, look at the kernel, decide, hand over.
//
// A tick waits for the ledger only a little: after that it goes on with what it knows, and the read goes on
// by itself. So ticks keep their time whatever the ledger does, and writing is the writer's business.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "fetcher/fetcher.hpp"
#include "netlink/socket_diag.hpp"
#include "services/telemetry/decide.hpp"
#include "services/telemetry/metrics.hpp"
#include "services/telemetry/writer.hpp"

namespace dz::telemetry {

class Reporter {
  public:
    struct Config {
        PublicKey device;
        PublicKey publisher;
        Duration interval = 60s;
        Rules rules;
    };

    /// All references must outlive the reporter. It takes over `writer.on_settled`.
    Reporter(const Config& config, Clock& clock, fetcher::Fetcher& fetcher, netlink::SocketDiag& diag,
             Writer& writer, Metrics& metrics, Log log);

    /// One look. Errors: Internal, after which the process should end; all else is logged and counted.
    Task<Result<TickResult>> tick();

    /// A tick at once and then one every interval, by the clock and not by how long ticks take. Returns only
    /// with a fatal error.
    Task<Result<>> run();

    /// "3 users up, 1 down, 0 without tunnel": for `systemctl status`.
    std::string summary() const;

    /// Writes that were due and are not on the ledger, since the start.
    std::size_t failures() const { return failures_; }

  private:
    TickResult consider(const fetcher::View& view, const std::vector<netlink::NamespaceReport>& reports);
    bool is_publisher_of(const ledger::Snapshot& snapshot);
    void hand_over(const std::vector<Write>& writes, bool may_write);
    void settled(const Write& write, const Result<ledger::Receipt>& result);
    void report(const Decision& decision);
    void complain_of_namespaces(const std::vector<netlink::NamespaceReport>& reports);
    /// Logs what is wrong once, and that it is over.
    void trouble(std::optional<std::string>& known, std::string_view message, const std::string& error,
                 LogLevel level = LogLevel::Error);
    void relief(std::optional<std::string>& known, std::string_view message);
    Duration patience() const;

    Config config_;
    Clock& clock_;
    fetcher::Fetcher& fetcher_;
    netlink::SocketDiag& diag_;
    Writer& writer_;
    Metrics& metrics_;
    Log log_;
    Memory memory_;
    Decision last_;  ///< its counts
    std::size_t failures_ = 0;

    // What was last complained of.
    std::optional<std::string> no_ledger_, no_device_, wrong_publisher_, no_look_, queue_full_, not_written_;
    std::map<std::string, std::string> unreadable_;  ///< namespace to error
};

}  // namespace dz::telemetry
