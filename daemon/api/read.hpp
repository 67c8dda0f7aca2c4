// daemon/api/read.hpp: the readers that all bodies of the API share.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::daemon::api {

/// The address at `key`; unspecified where the key is missing or its text empty. Errors: BadValue.
inline Result<Ipv4> read_address(const json::Value& object, std::string_view key) {
    TRY(const std::string text, json::string_or(object, key, ""));
    if (text.empty()) return Ipv4();
    auto address = parse_ipv4(text);
    if (!address) return wrap(address.error(), key);
    return address;
}

inline Result<std::string> read_text(const json::Value& value) {
    if (!value.is_string())
        return fail(Errc::BadValue, fmt::format("expected a text, found {}", value.type_name()));
    return value.get<std::string>();
}

inline Result<double> read_number_or_zero(const json::Value& object, std::string_view key) {
    if (!object.contains(key)) return 0.0;
    return json::number(object, key);
}

/// Each element of an array through `element`. `what` names the array in errors.
template <class Element>
auto read_list(const json::Value& value, std::string_view what, Element element)
    -> Result<std::vector<typename decltype(element(value))::value_type>> {
    if (!value.is_array())
        return fail(Errc::BadValue, fmt::format("{}: expected an array, found {}", what, value.type_name()));
    std::vector<typename decltype(element(value))::value_type> list;
    list.reserve(value.size());
    for (const json::Value& item : value) {
        auto parsed = element(item);
        if (!parsed) return wrap(parsed.error(), fmt::format("{}[{}]", what, list.size()));
        list.push_back(*std::move(parsed));
    }
    return list;
}

}  // namespace dz::daemon::api
