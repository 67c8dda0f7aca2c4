#include "services/telemetry/metrics.hpp"

#include "base/version.hpp"
#include "ledger/enum_text.hpp"

namespace dz::telemetry {

namespace {

/// Namespaces come and go; a device has a handful.
constexpr std::size_t kMaxNameLength = 64;

template <class Builder>
auto& family(metrics::Registry& registry, Builder builder, const char* name, const char* help) {
    return builder.Name(name).Help(help).Register(registry);
}

prometheus::Gauge& gauge(metrics::Registry& registry, const char* name, const char* help) {
    return family(registry, prometheus::BuildGauge(), name, help).Add({});
}

const prometheus::Histogram::BucketBoundaries kSeconds{0.1, 0.5, 1, 2, 5, 10, 30, 60};

const char* label(TickResult result) {
    switch (result) {
        case TickResult::Success:
            return "success";
        case TickResult::NoLedgerData:
            return "no_ledger_data";
        case TickResult::NoNamespaces:
            return "no_namespaces";
        case TickResult::NamespacesUnreadable:
            break;
    }
    return "namespaces_unreadable";
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : submissions_(family(registry, prometheus::BuildCounter(), "doublezero_bgpstatus_submissions_total",
                          "Writes of a user's status by their end.")),
      ticks_(family(registry, prometheus::BuildCounter(), "doublezero_bgpstatus_ticks_total",
                    "Looks at the device by what came of them.")),
      drops_(family(registry, prometheus::BuildCounter(), "doublezero_bgpstatus_dropped_total",
                    "Writes that were due and not tried, by reason.")),
      namespace_failures_(family(registry, prometheus::BuildCounter(),
                                 "doublezero_bgpstatus_namespace_failures_total",
                                 "Looks into a namespace that failed.")),
      users_(family(registry, prometheus::BuildGauge(), "doublezero_bgpstatus_users",
                    "Activated users of this device by what they were found to be.")),
      submission_seconds(family(registry, prometheus::BuildHistogram(),
                                "doublezero_bgpstatus_submission_duration_seconds",
                                "Time of a successful attempt to write.")
                             .Add({}, kSeconds)),
      queue_length(gauge(registry, "doublezero_bgpstatus_queue_length", "Writes that wait for a worker.")),
      last_tick(gauge(registry, "doublezero_bgpstatus_last_successful_tick_timestamp_seconds",
                      "Unix time of the last tick that could decide.")),
      tick_seconds(
          gauge(registry, "doublezero_bgpstatus_tick_duration_seconds", "Time that the last tick took.")),
      users_up(users_.Add({{"status", "up"}})),
      users_down(users_.Add({{"status", "down"}})),
      users_without_tunnel(users_.Add({{"status", "without_tunnel"}})),
      users_hidden(users_.Add({{"status", "hidden"}})),
      users_unmappable(users_.Add({{"status", "unmappable"}})) {
    family(registry, prometheus::BuildGauge(), "doublezero_build_info",
           "Always 1; what is running is in the labels.")
        .Add({{"version", std::string(version_with_commit())},
              {"commit", std::string(commit())},
              {"date", std::string(commit_date())}})
        .Set(1);
    // From the start, so that an alarm on their growth sees the first failure.
    for (const auto status : {ledger::BgpStatus::Up, ledger::BgpStatus::Down})
        for (const bool ok : {true, false}) submission(status, ok);
}

prometheus::Counter& Metrics::submission(ledger::BgpStatus status, bool ok) {
    return submissions_.Add(
        {{"bgp_status", std::string(ledger::to_text(status))}, {"result", ok ? "success" : "error"}});
}

prometheus::Counter& Metrics::tick(TickResult result) {
    return ticks_.Add({{"result", label(result)}});
}

prometheus::Counter& Metrics::drop(Drop reason) {
    return drops_.Add({{"reason", reason == Drop::QueueFull ? "queue_full" : "wrong_publisher"}});
}

prometheus::Counter& Metrics::namespace_failure(const std::string& name) {
    return namespace_failures_.Add({{"namespace", name.substr(0, kMaxNameLength)}});
}

}  // namespace dz::telemetry
