// latency.cpp: how far away the devices are (cli.md 6).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/plot.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using daemon::api::Latencies;
using daemon::api::LatencyResult;

constexpr Duration kPoll = 1s;
constexpr Duration kPatience = 60s;

/// Reachable first, then by least and by mean round trip; the daemon's order among equals.
std::vector<LatencyResult> sorted(std::vector<LatencyResult> results) {
    using Distance = std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>;
    constexpr auto kFarthest = std::chrono::nanoseconds::max();
    std::multimap<Distance, LatencyResult> by_distance;
    for (LatencyResult& one : results) {
        const Distance distance =
            one.rtt ? Distance(one.rtt->min, one.rtt->avg) : Distance(kFarthest, kFarthest);
        by_distance.emplace(distance, std::move(one));
    }
    results.clear();
    for (auto& [distance, one] : by_distance) results.push_back(std::move(one));
    return results;
}

std::string milliseconds(const LatencyResult& result,
                         std::chrono::nanoseconds daemon::api::RoundTrip::* which) {
    if (!result.rtt) return "-";
    return fmt::format("{:.2f}ms", static_cast<double>(((*result.rtt).*which).count()) / 1e6);
}

json::Ordered result_json(const LatencyResult& result) {
    using daemon::api::RoundTrip;
    const auto time = [&result](std::chrono::nanoseconds RoundTrip::* which) {
        return result.rtt ? json::Ordered(((*result.rtt).*which).count()) : json::Ordered(nullptr);
    };
    return {{"device_pk", result.device_pk},
            {"device_code", result.device_code},
            {"device_ip", result.device_ip.to_string()},
            {"min_latency_ns", time(&RoundTrip::min)},
            {"max_latency_ns", time(&RoundTrip::max)},
            {"avg_latency_ns", time(&RoundTrip::avg)},
            {"reachable", result.reachable()},
            {"loss_percentage", result.loss_percentage},
            {"interface_name",
             result.interface_name.empty() ? json::Ordered(nullptr) : json::Ordered(result.interface_name)},
            {"probed_at", result.probed_at == 0 ? json::Ordered(nullptr) : json::Ordered(result.probed_at)}};
}

void print_table(const std::vector<LatencyResult>& results, bool sparklines, std::ostream& out) {
    using daemon::api::RoundTrip;
    std::vector<std::string> header{"Pubkey", "Code",      "IP",   "Min",      "Max",
                                    "Avg",    "reachable", "Loss", "Interface"};
    if (sparklines) header.emplace_back("Echoes");
    Table table(std::move(header));
    for (const LatencyResult& one : results) {
        std::vector<std::string> row{one.device_pk,
                                     one.device_code,
                                     one.device_ip.to_string(),
                                     milliseconds(one, &RoundTrip::min),
                                     milliseconds(one, &RoundTrip::max),
                                     milliseconds(one, &RoundTrip::avg),
                                     one.reachable() ? "true" : "false",
                                     fmt::format("{:.0f}%", one.loss_percentage),
                                     one.interface_name};
        if (sparklines) row.push_back(sparkline(one.recent));
        table.add(std::move(row));
    }
    table.print(out);
}

void print_histogram(const std::vector<LatencyResult>& results, std::ostream& out) {
    std::vector<std::optional<RoundTripTime>> distances;
    for (const LatencyResult& one : results)
        distances.push_back(one.rtt ? std::optional(one.rtt->min) : std::nullopt);
    Table table({"Round trip", "Addresses", ""});
    for (const Bin& bin : histogram(distances)) table.add({bin.label, fmt::format("{}", bin.count), bin.bar});
    table.print(out);
}

/// Asks until the first round is over. What there is of it, when that takes too long.
Task<Result<Latencies>> measured(bool echoes, Context& context) {
    Progress progress = context.progress();
    progress.say("checking the daemon");
    CO_TRY_OK(co_await require_daemon(context));
    for (const TimePoint limit = context.clock.now() + kPatience;; co_await context.clock.sleep_for(kPoll)) {
        auto latencies = co_await context.daemon.latencies(echoes);
        if (!latencies) co_return daemon_failure("cannot read the daemon's latencies", latencies.error());
        if (latencies->ready || context.clock.now() >= limit) co_return latencies;
        progress.say(latencies->targets == 0 ? std::string("waiting for the list of devices")
                                             : fmt::format("measuring: {} of {} addresses",
                                                           latencies->results.size(), latencies->targets));
    }
}

}  // namespace

Task<Result<>> latency(LatencyOptions options, Context& context, std::ostream& out) {
    CO_TRY(Latencies latencies, co_await measured(options.plot == Plot::Sparkline, context));
    const auto results = sorted(std::move(latencies.results));
    if (!latencies.ready && results.empty())
        co_return failure("the daemon has not measured any device yet",
                          latencies.targets == 0 ? "it has no list of devices" : "none has answered so far",
                          "doublezero status", Errc::Timeout);
    if (!latencies.ready)
        context.err << fmt::format("Note: only {} of {} addresses are measured so far\n", results.size(),
                                   latencies.targets);
    if (options.style.machine_readable()) {
        json::Ordered rows = json::Ordered::array();
        for (const LatencyResult& one : results) rows.push_back(result_json(one));
        print_json(out, rows, options.style);
        co_return Result<>{};
    }
    if (options.plot == Plot::Histogram) {
        print_histogram(results, out);
    } else {
        print_table(results, options.plot == Plot::Sparkline, out);
    }
    if (std::ranges::none_of(results, &LatencyResult::reachable))
        context.err
            << "Note: no device answers ICMP echoes\nTry: let ICMP out and back in through this host's "
               "firewall\n";
    co_return Result<>{};
}

}  // namespace dz::cli
