#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"

namespace dz {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return spdlog::level::debug;
        case LogLevel::Info:
            return spdlog::level::info;
        case LogLevel::Warn:
            return spdlog::level::warn;
        case LogLevel::Error:
            return spdlog::level::err;
        case LogLevel::Off:
            return spdlog::level::off;
    }
    return spdlog::level::off;
}

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "DEBUG";
        case LogLevel::Info:
            return "INFO";
        case LogLevel::Warn:
            return "WARN";
        case LogLevel::Error:
        case LogLevel::Off:
            return "ERROR";
    }
    return "ERROR";
}

void append(std::string& line, std::string_view key, const nlohmann::json& value) {
    line += line.empty() ? '{' : ',';
    line += nlohmann::json(key).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    line += ':';
    line += value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Keeps the lines for a test. The pattern is "%v" without a line end, so a line is the message alone.
class LinesSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit LinesSink(std::vector<std::string>& lines) : lines_(lines) {}

  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        lines_.emplace_back(message.payload.data(), message.payload.size());
    }
    void flush_() override {}

    std::vector<std::string>& lines_;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, LogLevel level) {
    auto logger = std::make_shared<spdlog::logger>("dz", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(to_spdlog(level));
    logger->flush_on(spdlog::level::debug);
    return logger;
}

}  // namespace

void Log::set_level(LogLevel level) {
    logger_->set_level(to_spdlog(level));
}

Log Log::to_stdout(LogLevel level) {
    return Log(make_logger(std::make_shared<spdlog::sinks::stdout_sink_mt>(), level));
}

Log Log::to_stderr(LogLevel level) {
    return Log(make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level));
}

Log Log::none() {
    return Log(make_logger(std::make_shared<spdlog::sinks::null_sink_mt>(), LogLevel::Off));
}

Log Log::to_lines(std::vector<std::string>& lines, LogLevel level) {
    return Log(make_logger(std::make_shared<LinesSink>(lines), level));
}

void Log::write(LogLevel level, std::string_view message, Attributes attributes) const {
    const auto spdlog_level = to_spdlog(level);
    if (!logger_->should_log(spdlog_level)) return;
    std::string line;
    append(line, "time", to_rfc3339(std::chrono::system_clock::now(), Fraction::Micros));
    append(line, "level", name_of(level));
    append(line, "msg", message);
    for (const Attribute& attribute : attributes)
        std::visit([&](const auto& value) { append(line, attribute.key, value); }, attribute.value);
    line += '}';
    logger_->log(spdlog_level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace dz
