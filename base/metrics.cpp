#include "base/metrics.hpp"

#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "base/files.hpp"

namespace dz::metrics {

namespace {

constexpr std::size_t kMaxProcFile = 64 << 10;

/// The number in the `index`-th word (from 0) of `text`.
std::optional<std::uint64_t> word(std::string_view text, std::size_t index) {
    for (; index > 0; --index) {
        const auto space = text.find(' ');
        if (space == std::string_view::npos) return std::nullopt;
        text.remove_prefix(space + 1);
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    return value;
}

/// What follows "btime " in /proc/stat: when the machine started, in seconds since 1970.
std::optional<std::uint64_t> boot_time() {
    const auto text = files::read("/proc/stat", 16 << 20);
    if (!text) return std::nullopt;
    const auto at = text->find("\nbtime ");
    if (at == std::string::npos) return std::nullopt;
    return word(std::string_view(*text).substr(at + 1), 1);
}

template <class T>
void append(std::string& out, std::string_view type, std::string_view name, std::string_view help, T value) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type,
                   value);
}

}  // namespace

std::string expose(const Registry& registry) {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, registry.Collect());
    return std::move(out).str();
}

std::string expose_process() {
    std::string out;
    const auto stat = files::read("/proc/self/stat", kMaxProcFile);
    if (!stat) return out;
    // The second field is the program's name in brackets and may hold spaces, so count from the bracket:
    // word 0 is then field 3 of proc(5).
    const auto bracket = stat->rfind(") ");
    if (bracket == std::string::npos) return out;
    const auto fields = std::string_view(*stat).substr(bracket + 2);

    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto user = word(fields, 11);
    const auto system = word(fields, 12);
    const auto started = word(fields, 19);
    const auto virtual_bytes = word(fields, 20);
    const auto resident_pages = word(fields, 21);

    if (user && system)
        append(out, "counter", "process_cpu_seconds_total", "User and system CPU time spent in seconds.",
               static_cast<double>(*user + *system) / ticks);
    if (resident_pages)
        append(out, "gauge", "process_resident_memory_bytes", "Resident memory size in bytes.",
               *resident_pages * page);
    if (virtual_bytes)
        append(out, "gauge", "process_virtual_memory_bytes", "Virtual memory size in bytes.", *virtual_bytes);
    if (const auto booted = boot_time(); booted && started)
        append(out, "gauge", "process_start_time_seconds", "Start time since 1970 in seconds.",
               static_cast<double>(*booted) + static_cast<double>(*started) / ticks);

    std::error_code error;
    std::size_t open_files = 0;
    for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
         it.increment(error))
        ++open_files;
    if (!error) append(out, "gauge", "process_open_fds", "Number of open file descriptors.", open_files);
    return out;
}

}  // namespace dz::metrics
