// base/log.hpp: one JSON object a line, with typed attributes.
//
//     log.info("session established", {{"peer", peer}, {"after_ms", elapsed.count()}});
//     {"time":"2026-03-04T05:06:07.123456Z","level":"INFO","msg":"session
//     established","peer":"169.254.0.0","after_ms":812}
//
// The message is a fixed lower-case phrase; facts are attributes with the unit in the key. spdlog does the
// writing. A `Log` is cheap to copy and may be used from any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"

namespace spdlog {
class logger;  // NOLINT(readability-identifier-naming): theirs
}

namespace dz {

/// One fact. Converts from the types that occur as values.
struct Attribute {
    using Value = std::variant<std::string, std::int64_t, std::uint64_t, double, bool>;
    std::string_view key;
    Value value;

    Attribute(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
    Attribute(std::string_view k, const std::string& v) : key(k), value(v) {}
    Attribute(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
    Attribute(std::string_view k, bool v) : key(k), value(v) {}
    template <std::signed_integral T>
    Attribute(std::string_view k, T v) : key(k), value(std::int64_t{v}) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Attribute(std::string_view k, T v) : key(k), value(std::uint64_t{v}) {}
    Attribute(std::string_view k, double v) : key(k), value(v) {}
    Attribute(std::string_view k, Ipv4 v) : key(k), value(v.to_string()) {}
    Attribute(std::string_view k, const Prefix& v) : key(k), value(v.to_string()) {}
    Attribute(std::string_view k, const Error& v) : key(k), value(v.text) {}
};

enum class LogLevel { Debug, Info, Warn, Error, Off };

class Log {
  public:
    using Attributes = std::initializer_list<Attribute>;

    void debug(std::string_view message, Attributes attributes = {}) const {
        write(LogLevel::Debug, message, attributes);
    }
    void info(std::string_view message, Attributes attributes = {}) const {
        write(LogLevel::Info, message, attributes);
    }
    void warn(std::string_view message, Attributes attributes = {}) const {
        write(LogLevel::Warn, message, attributes);
    }
    void error(std::string_view message, Attributes attributes = {}) const {
        write(LogLevel::Error, message, attributes);
    }
    void set_level(LogLevel level);

    /// JSON lines on stdout, as the daemons log.
    static Log to_stdout(LogLevel level);
    /// JSON lines on stderr, for programs whose stdout carries results.
    static Log to_stderr(LogLevel level);
    /// Swallows everything.
    static Log none();
    /// Appends each line to `lines`, which must outlive the log: for tests.
    static Log to_lines(std::vector<std::string>& lines, LogLevel level = LogLevel::Debug);

  private:
    explicit Log(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}
    void write(LogLevel level, std::string_view message, Attributes attributes) const;

    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace dz
