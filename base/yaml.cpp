#include "base/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace dz::yaml {

namespace {

/// What yaml-cpp throws ends here.
Result<YAML::Node> load(std::string_view text) {
    try {
        return YAML::Load(std::string(text));
    } catch (const YAML::Exception& error) {
        return fail(Errc::BadValue, fmt::format("line {}: {}", error.mark.line + 1, error.msg));
    }
}

Result<Pair> read_pair(const YAML::Node& key, const YAML::Node& value) {
    const int line = key.Mark().line + 1;
    if (!key.IsScalar()) return fail(Errc::BadValue, fmt::format("line {}: the key is no single word", line));
    Pair pair{.key = key.Scalar(), .line = line};
    if (value.IsScalar()) {
        pair.kind = Pair::Kind::Text;
        pair.text = value.Scalar();
    } else if (!value.IsNull()) {
        pair.kind = Pair::Kind::Nested;
    }
    return pair;
}

}  // namespace

Result<std::vector<Pair>> parse(std::string_view text) {
    if (text.size() > kMaxBytes)
        return fail(Errc::LimitExceeded, fmt::format("more than {} bytes", kMaxBytes));
    TRY(const YAML::Node root, load(text));
    std::vector<Pair> pairs;
    if (root.IsNull()) return pairs;
    if (!root.IsMap())
        return fail(Errc::BadValue,
                    fmt::format("line {}: not a mapping of keys to values", root.Mark().line + 1));
    for (const auto& entry : root) {
        TRY(Pair pair, read_pair(entry.first, entry.second));
        if (std::ranges::find(pairs, pair.key, &Pair::key) != pairs.end())
            return fail(Errc::BadValue, fmt::format("line {}: {} stands there twice", pair.line, pair.key));
        pairs.push_back(std::move(pair));
    }
    return pairs;
}

}  // namespace dz::yaml
