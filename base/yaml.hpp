// base/yaml.hpp: a configuration file: one YAML mapping of names to single values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace dz::yaml {

/// One `key: value` of the file.
struct Pair {
    enum class Kind {
        Empty,  ///< `key:`, `key: ~` or `key: null`
        Text,
        Nested,  ///< a list or a mapping
    };
    std::string key;
    Kind kind = Kind::Empty;
    std::string text{};  ///< of `Kind::Text`: numbers and booleans too, as they are written
    int line = 0;        ///< of the key, from 1

    bool operator==(const Pair&) const = default;
};

inline constexpr std::size_t kMaxBytes = 64 << 10;

/// In the order of the file; none for a file of comments only. Errors: LimitExceeded beyond `kMaxBytes`;
/// BadValue naming the line, for what is no mapping and for a key that stands there twice.
Result<std::vector<Pair>> parse(std::string_view text);

}  // namespace dz::yaml
