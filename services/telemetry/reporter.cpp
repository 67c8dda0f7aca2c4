#include "services/telemetry/reporter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "ledger/enum_text.hpp"

namespace dz::telemetry {

namespace {

/// A tick waits for the ledger no longer than this.
constexpr Duration kPatience = 5s;

bool all_failed(const std::vector<netlink::NamespaceReport>& reports) {
    return std::ranges::none_of(reports, [](const auto& report) { return report.view.has_value(); });
}

}  // namespace

Reporter::Reporter(const Config& config, Clock& clock, fetcher::Fetcher& fetcher, netlink::SocketDiag& diag,
                   Writer& writer, Metrics& metrics, Log log)
    : config_(config),
      clock_(clock),
      fetcher_(fetcher),
      diag_(diag),
      writer_(writer),
      metrics_(metrics),
      log_(std::move(log)) {
    writer_.on_settled([this](const Write& write, const auto& result) { settled(write, result); });
}

Duration Reporter::patience() const {
    return std::min(kPatience, config_.interval / 2);
}

Task<Result<TickResult>> Reporter::tick() {
    using namespace boost::asio::experimental::awaitable_operators;
    const TimePoint start = clock_.now();
    auto [answered, reports] = co_await (fetcher_.refresh(start + patience()) && diag_.look(kBgpPort));
    TickResult result = TickResult::Success;
    if (!reports) {
        if (reports.error().code == Errc::Internal) co_return std::unexpected(reports.error());
        trouble(no_look_, "namespaces cannot be listed, nothing is decided", reports.error().text);
        result = TickResult::NamespacesUnreadable;
    } else {
        result = consider(fetcher_.view(), *reports);
    }
    metrics_.tick(result).Increment();
    metrics_.tick_seconds.Set(std::chrono::duration<double>(clock_.now() - start).count());
    if (result == TickResult::Success)
        metrics_.last_tick.Set(std::chrono::duration<double>(clock_.wall().time_since_epoch()).count());
    co_return result;
}

TickResult Reporter::consider(const fetcher::View& view,
                              const std::vector<netlink::NamespaceReport>& reports) {
    complain_of_namespaces(reports);
    if (reports.empty()) {
        trouble(no_look_, "there is no network namespace, nothing is decided", "the directory is empty",
                LogLevel::Warn);
        return TickResult::NoNamespaces;
    }
    if (all_failed(reports)) {
        trouble(no_look_, "no namespace can be read, nothing is decided", reports.front().view.error().text);
        return TickResult::NamespacesUnreadable;
    }
    relief(no_look_, "namespaces can be read again");
    if (!view.snapshot) {
        trouble(no_ledger_, "nothing is known of the ledger yet, nothing is decided",
                view.error ? view.error->text : "it has not answered yet");
        return TickResult::NoLedgerData;
    }
    relief(no_ledger_, "the ledger answers");
    const TimePoint now = clock_.now();
    Decision decision = decide(roster_of(*view.snapshot, config_.device, view.slot, now - view.age),
                               Observation::from(reports), std::move(memory_), config_.rules, now);
    memory_ = std::move(decision.memory);
    report(decision);
    hand_over(decision.writes, is_publisher_of(*view.snapshot));
    last_ = std::move(decision);
    return TickResult::Success;
}

/// Asked before anything is sent: the ledger would refuse each write, and the key may be put right there at
/// any time.
bool Reporter::is_publisher_of(const ledger::Snapshot& snapshot) {
    const ledger::Device* const device = snapshot.device(config_.device);
    if (device == nullptr) {
        trouble(no_device_, "the ledger has no such device, nothing is written", config_.device.to_string());
        return false;
    }
    relief(no_device_, "the ledger has the device");
    if (device->metrics_publisher_pk != config_.publisher) {
        trouble(wrong_publisher_, "the key is not the device's metrics publisher, nothing is written",
                fmt::format("device {} wants {}, the key file holds {}", device->code,
                            device->metrics_publisher_pk.to_string(), config_.publisher.to_string()));
        return false;
    }
    relief(wrong_publisher_, "the key is the device's metrics publisher");
    return true;
}

void Reporter::hand_over(const std::vector<Write>& writes, bool may_write) {
    std::size_t dropped = 0;
    for (const Write& write : writes) {
        if (!may_write) {
            metrics_.submission(write.status, false).Increment();
            metrics_.drop(Drop::WrongPublisher).Increment();
            ++failures_;
        } else if (writer_.offer(write)) {
            memory_.at(write.user).pending = true;
        } else {
            metrics_.drop(Drop::QueueFull).Increment();
            ++failures_;
            ++dropped;
        }
    }
    if (dropped > 0)
        trouble(queue_full_, "too many writes wait, the rest is tried in the next tick", "the queue is full",
                LogLevel::Warn);
    else if (may_write)
        relief(queue_full_, "all writes fit the queue again");
}

void Reporter::settled(const Write& write, const Result<ledger::Receipt>& result) {
    const bool refused = !result && result.error().code == Errc::Rejected;
    if (result) {
        relief(not_written_, "statuses are written again");
    } else {
        ++failures_;
        if (!refused) trouble(not_written_, "statuses cannot be written", result.error().text);
    }
    const auto at = memory_.find(write.user);
    if (at == memory_.end()) return;  // gone from the ledger meanwhile
    UserMemory& memory = at->second;
    memory.pending = false;
    if (result) {
        memory.written = {.status = write.status, .slot = result->slot, .at = clock_.now()};
        memory.refusals = 0;
    }
    if (!refused) return;
    ++memory.refusals;
    const Duration pause = refusal_pause(memory.refusals);
    memory.blocked_until = clock_.now() + pause;
    log_.error("the ledger refuses a status, leaving the user alone for a while",
               {{"user", write.user.to_string()},
                {"status", ledger::to_text(write.status)},
                {"error", result.error()},
                {"pause_s", pause / 1s}});
}

void Reporter::report(const Decision& decision) {
    metrics_.users_up.Set(static_cast<double>(decision.up));
    metrics_.users_down.Set(static_cast<double>(decision.down));
    metrics_.users_without_tunnel.Set(static_cast<double>(decision.without_tunnel));
    metrics_.users_hidden.Set(static_cast<double>(decision.hidden));
    metrics_.users_unmappable.Set(static_cast<double>(decision.unmappable));
    log_.debug("users looked at", {{"up", decision.up},
                                   {"down", decision.down},
                                   {"without_tunnel", decision.without_tunnel},
                                   {"hidden", decision.hidden},
                                   {"unmappable", decision.unmappable},
                                   {"writes", decision.writes.size()}});
}

void Reporter::complain_of_namespaces(const std::vector<netlink::NamespaceReport>& reports) {
    std::map<std::string, std::string> unreadable;
    for (const auto& report : reports) {
        if (report.view) continue;
        metrics_.namespace_failure(report.name).Increment();
        unreadable[report.name] = report.view.error().text;
        if (unreadable_[report.name] != report.view.error().text)
            log_.warn("namespace cannot be read, its users keep their status",
                      {{"namespace", report.name}, {"error", report.view.error()}});
    }
    for (const auto& [name, error] : unreadable_)
        if (!unreadable.contains(name)) log_.info("namespace can be read again", {{"namespace", name}});
    unreadable_ = std::move(unreadable);
}

void Reporter::trouble(std::optional<std::string>& known, std::string_view message, const std::string& error,
                       LogLevel level) {
    if (known == error) return;
    known = error;
    if (level == LogLevel::Warn)
        log_.warn(message, {{"error", error}});
    else
        log_.error(message, {{"error", error}});
}

void Reporter::relief(std::optional<std::string>& known, std::string_view message) {
    if (std::exchange(known, std::nullopt)) log_.info(message);
}

Task<Result<>> Reporter::run() {
    TimePoint next = clock_.now();
    for (;;) {
        CO_TRY_OK(co_await tick());
        next += config_.interval;
        // Ticks that were missed, by a suspended machine for example, are not made up for.
        if (const TimePoint now = clock_.now(); next < now) next = now;
        co_await clock_.sleep_until(next);
    }
}

std::string Reporter::summary() const {
    return fmt::format("{} users up, {} down, {} without tunnel", last_.up, last_.down, last_.without_tunnel);
}

}  // namespace dz::telemetry
