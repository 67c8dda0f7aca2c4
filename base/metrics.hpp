// base/metrics.hpp: the metrics registry and its text form.
//
// prometheus-cpp keeps the numbers; this header names the types that modules use. One `Metrics` struct per
// module, built from the registry that the composition root owns; every name is listed in docs/metrics.md.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <string_view>

namespace dz::metrics {

using Registry = prometheus::Registry;

/// Text exposition format 0.0.4 of all families, ending in a newline.
std::string expose(const Registry& registry);

inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Adds the process_* families (CPU seconds, resident bytes, open files, start time) read from /proc/self.
std::string expose_process();

}  // namespace dz::metrics
