#include "base/metrics.hpp"

#include <catch2/catch.hpp>

using namespace dz;

TEST_CASE("metrics: a counter is exposed with help, type and value", "[base]") {
    metrics::Registry registry;
    auto& family = prometheus::BuildCounter()
                       .Name("doublezero_reconciler_polls_total")
                       .Help("Reconcile passes by outcome.")
                       .Register(registry);
    family.Add({{"status", "success"}}).Increment(3);
    CHECK(metrics::expose(registry) ==
          "# HELP doublezero_reconciler_polls_total Reconcile passes by outcome.\n"
          "# TYPE doublezero_reconciler_polls_total counter\n"
          "doublezero_reconciler_polls_total{status=\"success\"} 3\n");
}

TEST_CASE("metrics: an empty registry is an empty text", "[base]") {
    CHECK(metrics::expose(metrics::Registry()).empty());
}

TEST_CASE("metrics: the process families are all there", "[base]") {
    const std::string text = metrics::expose_process();
    for (const char* name :
         {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
          "process_start_time_seconds", "process_open_fds"})
        CHECK(text.find(std::string("\n") + name + " ") != std::string::npos);
    CHECK(text.ends_with('\n'));
}
