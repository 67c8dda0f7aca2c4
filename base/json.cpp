#include "base/json.hpp"

#include <limits>

#include <fmt/format.h>

namespace dz::json {

namespace {

/// Checked before parsing, so that a hostile text costs one pass and no tree.
bool deeper_than(std::string_view text, std::size_t max_depth) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_depth) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

/// "[json.exception.parse_error.101] parse error at line 1, ..." without the library's number.
std::string reason(const std::exception& error) {
    const std::string_view text = error.what();
    const auto end = text.find("] ");
    return std::string(end == std::string_view::npos ? text : text.substr(end + 2));
}

std::unexpected<Error> mismatch(std::string_view key, std::string_view expected, const Value& found) {
    return fail(Errc::BadValue,
                fmt::format("\"{}\": expected {}, found {}", key, expected, found.type_name()));
}

/// The value at `key`, or null for a key that is absent or null.
Result<const Value*> present(const Value& object, std::string_view key) {
    if (!object.is_object()) return mismatch(key, "an object around it", object);
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::int64_t> as_integer(const Value& value, std::string_view key) {
    if (!value.is_number_integer()) return mismatch(key, "an integer", value);
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
        return fail(Errc::BadValue, fmt::format("\"{}\": {} is too large", key, value.get<std::uint64_t>()));
    return value.get<std::int64_t>();
}

}  // namespace

Result<Value> parse(std::string_view text, std::size_t max_depth) {
    if (deeper_than(text, max_depth))
        return fail(Errc::LimitExceeded, fmt::format("JSON nested deeper than {} levels", max_depth));
    try {
        return Value::parse(text);
    } catch (const Value::exception& error) {
        return fail(Errc::BadValue, reason(error));
    }
}

Result<const Value*> at(const Value& object, std::string_view key) {
    if (!object.is_object()) return mismatch(key, "an object around it", object);
    const auto found = object.find(key);
    if (found == object.end()) return fail(Errc::BadValue, fmt::format("\"{}\": missing", key));
    return &*found;
}

Result<std::string> string(const Value& object, std::string_view key) {
    TRY(const Value* value, at(object, key));
    if (!value->is_string()) return mismatch(key, "a string", *value);
    return value->get<std::string>();
}

Result<std::int64_t> integer(const Value& object, std::string_view key) {
    TRY(const Value* value, at(object, key));
    return as_integer(*value, key);
}

Result<std::uint64_t> natural(const Value& object, std::string_view key) {
    TRY(const Value* value, at(object, key));
    // The library calls every integer without a sign "unsigned"; one that our own code stored may be signed.
    if (value->is_number_unsigned()) return value->get<std::uint64_t>();
    TRY(const auto number, as_integer(*value, key));
    if (number < 0) return fail(Errc::BadValue, fmt::format("\"{}\": {} is negative", key, number));
    return static_cast<std::uint64_t>(number);
}

Result<double> number(const Value& object, std::string_view key) {
    TRY(const Value* value, at(object, key));
    if (!value->is_number()) return mismatch(key, "a number", *value);
    return value->get<double>();
}

Result<bool> boolean(const Value& object, std::string_view key) {
    TRY(const Value* value, at(object, key));
    if (!value->is_boolean()) return mismatch(key, "a boolean", *value);
    return value->get<bool>();
}

Result<const Value*> array(const Value& object, std::string_view key) {
    TRY(const Value* value, at(object, key));
    if (!value->is_array()) return mismatch(key, "an array", *value);
    return value;
}

Result<const Value*> object(const Value& object, std::string_view key) {
    TRY(const Value* value, at(object, key));
    if (!value->is_object()) return mismatch(key, "an object", *value);
    return value;
}

Result<std::string> string_or(const Value& object, std::string_view key, std::string_view fallback) {
    TRY(const Value* value, present(object, key));
    return value == nullptr ? Result<std::string>(fallback) : string(object, key);
}

Result<std::int64_t> integer_or(const Value& object, std::string_view key, std::int64_t fallback) {
    TRY(const Value* value, present(object, key));
    return value == nullptr ? Result<std::int64_t>(fallback) : integer(object, key);
}

Result<bool> boolean_or(const Value& object, std::string_view key, bool fallback) {
    TRY(const Value* value, present(object, key));
    return value == nullptr ? Result<bool>(fallback) : boolean(object, key);
}

std::string dump(const Ordered& value) {
    return value.dump(-1, ' ', false, Ordered::error_handler_t::replace);
}

std::string dump_pretty(const Ordered& value) {
    return value.dump(2, ' ', false, Ordered::error_handler_t::replace);
}

}  // namespace dz::json
