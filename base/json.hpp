// base/json.hpp: JSON without exceptions. Parsing and reading give `Result`; writing keeps the key order.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dz::json {

using Value = nlohmann::json;
/// For output: keys stay in the order they were written.
using Ordered = nlohmann::ordered_json;

/// At most `max_depth` levels of nesting. Errors: BadValue with position and reason, LimitExceeded.
Result<Value> parse(std::string_view text, std::size_t max_depth = 64);

/// Getters: the error names the key, what was expected and what was found.
Result<std::string> string(const Value& object, std::string_view key);
Result<std::int64_t> integer(const Value& object, std::string_view key);
Result<std::uint64_t> natural(const Value& object, std::string_view key);
Result<double> number(const Value& object, std::string_view key);
Result<bool> boolean(const Value& object, std::string_view key);
/// The value at `key`, which must exist; a pointer into `object`.
Result<const Value*> at(const Value& object, std::string_view key);
Result<const Value*> array(const Value& object, std::string_view key);
Result<const Value*> object(const Value& object, std::string_view key);

/// The same with a default for an absent or null key; a wrong type is still an error.
Result<std::string> string_or(const Value& object, std::string_view key, std::string_view fallback);
Result<std::int64_t> integer_or(const Value& object, std::string_view key, std::int64_t fallback);
Result<bool> boolean_or(const Value& object, std::string_view key, bool fallback);

/// Text on one line. Invalid UTF-8 is replaced, never thrown on.
std::string dump(const Ordered& value);
/// Two spaces a level, no newline at the end.
std::string dump_pretty(const Ordered& value);

}  // namespace dz::json
