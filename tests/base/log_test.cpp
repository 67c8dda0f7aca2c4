#include "base/log.hpp"

#include <catch2/catch.hpp>

#include "base/json.hpp"

using namespace dz;

namespace {

/// A line without its time, which no test can know.
std::string after_time(const std::string& line) {
    const auto at = line.find(",\"level\"");
    return at == std::string::npos ? line : line.substr(at);
}

}  // namespace

TEST_CASE("log: a line is a JSON object with time, level, message and attributes in order", "[base]") {
    std::vector<std::string> lines;
    const Log log = Log::to_lines(lines);
    log.info("session established", {{"peer", Ipv4(0xa9fe0000)},
                                     {"after_ms", 812},
                                     {"bytes", std::uint64_t{18446744073709551615U}},
                                     {"ratio", 0.5},
                                     {"active", true},
                                     {"prefix", Prefix{Ipv4(0x0a000000), 8}},
                                     {"error", Error{Errc::Io, "broken"}}});
    REQUIRE(lines.size() == 1);
    CHECK(
        after_time(lines[0]) ==
        R"(,"level":"INFO","msg":"session established","peer":"169.254.0.0","after_ms":812,)"
        R"("bytes":18446744073709551615,"ratio":0.5,"active":true,"prefix":"10.0.0.0/8","error":"broken"})");
}

TEST_CASE("log: time is UTC with microseconds", "[base]") {
    std::vector<std::string> lines;
    Log::to_lines(lines).info("x");
    const auto time = json::string(json::parse(lines.at(0)).value(), "time").value();
    REQUIRE(time.size() == std::string_view("2026-03-04T05:06:07.123456Z").size());
    CHECK(time[10] == 'T');
    CHECK(time[19] == '.');
    CHECK(time.back() == 'Z');
}

TEST_CASE("log: quotes, control characters and invalid UTF-8 in facts leave the line valid JSON", "[base]") {
    std::vector<std::string> lines;
    Log::to_lines(lines).warn("odd", {{"text", std::string("a\"b\\\n\x01\xff%d{}\0c", 13)}});
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find('\n') == std::string::npos);
    const auto value = json::parse(lines[0]);
    REQUIRE(value);
    CHECK(json::string(*value, "text") == std::string("a\"b\\\n\x01\xef\xbf\xbd%d{}\0c", 15));
}

TEST_CASE("log: lines below the level are dropped", "[base]") {
    std::vector<std::string> lines;
    Log log = Log::to_lines(lines, LogLevel::Warn);
    log.debug("no");
    log.info("no");
    log.warn("yes");
    log.error("yes");
    CHECK(lines.size() == 2);
    log.set_level(LogLevel::Off);
    log.error("no");
    CHECK(lines.size() == 2);
}

TEST_CASE("log: none swallows everything", "[base]") {
    Log::none().error("nothing to see");
    SUCCEED();
}
