// Tests for the metrics of the measurements.
#include "protocols/latency/metrics.hpp"

#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::latency;
using Catch::Contains;

namespace {

const Labels kLabels{.device_pk = "D1", .device_code = "dev-a", .device_ip = "9.200.0.1"};
constexpr const char* kSeries = R"({device_code="dev-a",device_ip="9.200.0.1",device_pk="D1"} )";

Measurement reached() {
    Measurement out;
    out.rtt = RoundTrip{.min = 1ms, .max = 3ms, .avg = 2ms};
    out.sent = 3;
    out.received = 2;
    return out;
}

struct Shown {
    metrics::Registry registry;
    Metrics metrics{registry};
    std::string text(const std::map<Labels, Measurement>& now) {
        metrics.show(now);
        return metrics::expose(registry);
    }
};

}  // namespace

TEST_CASE("metrics: a reachable address has its times, loss and a one", "[latency]") {
    Shown shown;
    const std::string text = shown.text({{kLabels, reached()}});
    const std::string series(kSeries);
    CHECK_THAT(text, Contains("doublezero_latency_rtt_min_nanoseconds" + series + "1000000\n"));
    CHECK_THAT(text, Contains("doublezero_latency_rtt_avg_nanoseconds" + series + "2000000\n"));
    CHECK_THAT(text, Contains("doublezero_latency_rtt_max_nanoseconds" + series + "3000000\n"));
    CHECK_THAT(text, Contains("doublezero_latency_loss_percentage" + series + "33.33"));
    CHECK_THAT(text, Contains("doublezero_latency_reachable" + series + "1\n"));
}

TEST_CASE("metrics: an unreachable address has no times, also after it had some", "[latency]") {
    Shown shown;
    shown.text({{kLabels, reached()}});
    Measurement lost;
    lost.sent = 3;
    const std::string text = shown.text({{kLabels, lost}});
    CHECK_THAT(text, Contains("doublezero_latency_loss_percentage" + std::string(kSeries) + "100\n"));
    CHECK_THAT(text, Contains("doublezero_latency_reachable" + std::string(kSeries) + "0\n"));
    CHECK_THAT(text, !Contains("rtt_min_nanoseconds{"));
}

TEST_CASE("metrics: a device that is gone has no series", "[latency]") {
    Shown shown;
    shown.text({{kLabels, reached()}});
    CHECK_THAT(shown.text({}), !Contains("dev-a"));
}
