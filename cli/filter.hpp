// cli/filter.hpp: the filters of listing commands.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.hpp"
#include "cli/lookup.hpp"

namespace dz::cli {

/// True when no filter is set or one of its values equals one of `texts`, ignoring case.
inline bool passes(const std::vector<std::string>& filter, std::initializer_list<std::string_view> texts) {
    return filter.empty() || std::ranges::any_of(filter, [&](const std::string& wanted) {
               return std::ranges::any_of(texts,
                                          [&](std::string_view text) { return same_code(wanted, text); });
           });
}

inline bool passes(const std::optional<std::string>& filter, std::initializer_list<std::string_view> texts) {
    return !filter ||
           std::ranges::any_of(texts, [&](std::string_view text) { return same_code(*filter, text); });
}

/// True when no filter is set, or it is this value.
template <class T>
bool is(const std::optional<T>& wanted, const T& value) {
    return !wanted || *wanted == value;
}
/// The same of several alternatives.
template <class T>
bool is(const std::vector<T>& wanted, const T& value) {
    return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

/// The error of a command that was asked for something that is not there.
[[nodiscard]] inline std::unexpected<Error> not_found(std::string_view what, std::string_view name) {
    return failure(fmt::format("{} not found: {}", what, name), "", fmt::format("doublezero {} list", what),
                   Errc::NotFound);
}

/// A filter that names what does not exist is a mistake, not an empty answer.
template <class T>
Result<> require_known(const std::optional<std::string>& filter, const ledger::Table<T>& table) {
    if (!filter || find(table, *filter) != nullptr) return {};
    return not_found(kind_name(T::kType), *filter);
}

/// True when no filter is set, or it names what `key` refers to, by code or by address.
template <class T>
bool refers(const std::optional<std::string>& filter, const ledger::Table<T>& table,
            const ledger::PublicKey& key) {
    return passes(filter, {code_of(table, key), key.to_string()});
}

}  // namespace dz::cli
