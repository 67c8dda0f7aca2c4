#include "reconciler/owned.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/files.hpp"
#include "base/json.hpp"

namespace dz::reconciler {

namespace {

using netlink::Rule;

/// Two rules for each prefix of each device, 80 bytes each: enough for ten thousand devices.
constexpr std::size_t kMaxBytes = 8 << 20;

json::Ordered to_json(const Rule& rule) {
    json::Ordered entry;
    entry["priority"] = rule.priority;
    if (rule.from) entry["from"] = rule.from->to_string();
    if (rule.to) entry["to"] = rule.to->to_string();
    entry["table"] = rule.table;
    return entry;
}

Result<std::uint32_t> number(const json::Value& entry, std::string_view key) {
    TRY(const auto value, json::natural(entry, key));
    if (value > std::numeric_limits<std::uint32_t>::max())
        return fail(Errc::BadValue, fmt::format("{} {} is out of range", key, value));
    return static_cast<std::uint32_t>(value);
}

Result<std::optional<Prefix>> optional_prefix(const json::Value& entry, std::string_view name) {
    if (!entry.contains(name)) return std::nullopt;
    TRY(const auto text, json::string(entry, name));
    TRY(const auto prefix, parse_prefix(text));
    return prefix;
}

Result<Rule> rule_from(const json::Value& entry) {
    Rule rule;
    TRY(rule.priority, number(entry, "priority"));
    TRY(rule.from, optional_prefix(entry, "from"));
    TRY(rule.to, optional_prefix(entry, "to"));
    TRY(rule.table, number(entry, "table"));
    if (!is_our_rule(rule)) return fail(Errc::BadValue, to_string(rule) + " is no rule of ours");
    return rule;
}

Result<std::vector<Rule>> read_owned(const std::filesystem::path& path) {
    const auto text = files::read(path, kMaxBytes);
    if (!text && text.error().code != Errc::LimitExceeded) return std::unexpected(text.error());
    auto rules = text ? parse_owned(*text) : Result<std::vector<Rule>>(std::unexpected(text.error()));
    if (rules) return rules;
    const auto kept = files::set_aside(path);
    return fail(Errc::BadValue, fmt::format("{} is damaged: {}; {}", path.string(), rules.error().text,
                                            kept ? "kept as " + kept->string()
                                                 : "and cannot be moved: " + kept.error().text));
}

}  // namespace

OwnedRules::OwnedRules(std::vector<Rule> rules) : rules_(std::move(rules)) {
    std::ranges::sort(*rules_);
    const auto repeated = std::ranges::unique(*rules_);
    rules_->erase(repeated.begin(), repeated.end());
}

bool OwnedRules::is_ours(const Rule& rule) const {
    return !rules_ || has(rule);
}

bool OwnedRules::has(const Rule& rule) const {
    return rules_ && std::ranges::binary_search(*rules_, rule);
}

void OwnedRules::narrow(State& state) const {
    std::erase_if(state.rules, [&](const Rule& rule) { return !is_ours(rule); });
}

std::string encode_owned(const std::vector<Rule>& rules) {
    json::Ordered entries = json::Ordered::array();
    for (const auto& rule : rules) entries.push_back(to_json(rule));
    json::Ordered record;
    record["rules"] = std::move(entries);
    return json::dump(record);
}

Result<std::vector<Rule>> parse_owned(std::string_view text) {
    TRY(const json::Value record, json::parse(text));
    TRY(const json::Value* entries, json::array(record, "rules"));
    std::vector<Rule> rules;
    rules.reserve(entries->size());
    for (const auto& entry : *entries) {
        TRY(auto rule, rule_from(entry));
        rules.push_back(std::move(rule));
    }
    return rules;
}

OwnedFile::OwnedFile(Worker& worker, const std::filesystem::path& state_directory)
    : worker_(worker), path_(state_directory / "owned.json") {}

Task<Result<std::vector<Rule>>> OwnedFile::load() {
    co_return co_await worker_.run([path = path_] { return read_owned(path); });
}

Task<Result<>> OwnedFile::save(std::vector<Rule> rules) {
    co_return co_await worker_.run(
        [path = path_, text = encode_owned(rules)] { return files::write_atomic(path, text); });
}

}  // namespace dz::reconciler
