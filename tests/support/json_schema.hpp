// json_schema.hpp: does a value fit a JSON Schema? The few keywords that docs/schema uses, and strictly: a
// keyword that is not known here, and a property that the schema does not describe, are findings too.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace dz::test {

class JsonSchema {
  public:
    explicit JsonSchema(json::Value schema) : schema_(std::move(schema)) {}

    /// One line for each place that does not fit.
    std::vector<std::string> findings(const json::Value& value) const {
        std::vector<std::string> out;
        check(schema_, value, "$", out);
        return out;
    }

  private:
    static bool is_of(const json::Value& value, std::string_view type) {
        if (type == "integer") return value.is_number_integer();
        return type == value.type_name();
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, which is ours
    static void check(const json::Value& schema, const json::Value& value, const std::string& at,
                      std::vector<std::string>& out) {
        static const std::set<std::string> kWords = {"$schema", "$id", "title", "description"};
        for (const auto& [word, rule] : schema.items()) {
            if (word == "type") {
                if (!is_of(value, rule.get<std::string>()))
                    out.push_back(fmt::format("{}: is a {}, not {}", at, value.type_name(), rule.dump()));
            } else if (word == "enum") {
                if (std::find(rule.begin(), rule.end(), value) == rule.end())
                    out.push_back(fmt::format("{}: {} is not in {}", at, value.dump(), rule.dump()));
            } else if (word == "minimum" || word == "maximum") {
                const bool fits = value.is_number() && (word == "minimum" ? value >= rule : value <= rule);
                if (!fits) out.push_back(fmt::format("{}: {} {} {}", at, value.dump(), word, rule.dump()));
            } else if (word == "minLength") {
                if (!value.is_string() || value.get<std::string>().size() < rule.get<std::size_t>())
                    out.push_back(fmt::format("{}: {} is too short", at, value.dump()));
            } else if (word == "pattern") {
                if (!value.is_string() ||
                    !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())))
                    out.push_back(fmt::format("{}: {} does not match {}", at, value.dump(), rule.dump()));
            } else if (word == "items") {
                for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
                    check(rule, value[i], fmt::format("{}[{}]", at, i), out);
            } else if (word == "required") {
                for (const json::Value& key : rule)
                    if (!value.is_object() || !value.contains(key.get<std::string>()))
                        out.push_back(fmt::format("{}: {} is missing", at, key.dump()));
            } else if (word == "properties") {
                if (!value.is_object()) continue;
                for (const auto& [key, member] : value.items()) {
                    const std::string where = at + "." + key;
                    if (!rule.contains(key))
                        out.push_back(where + ": is not in the schema");
                    else
                        check(rule[key], member, where, out);
                }
            } else if (!kWords.contains(word)) {
                out.push_back(fmt::format("schema of {}: unknown keyword {}", at, word));
            }
        }
    }

    json::Value schema_;
};

}  // namespace dz::test
