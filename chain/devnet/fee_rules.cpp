#include "chain/devnet/fee_rules.hpp"

#include <fmt/format.h>

#include <charconv>

namespace dz::devnet {

using reservations::Effect;

std::string_view name_of(Effect effect) {
    return effect == Effect::Apply ? "apply" : "shadow";
}

std::optional<Effect> parse_effect(std::string_view name) {
    if (name == name_of(Effect::Apply)) return Effect::Apply;
    if (name == name_of(Effect::Shadow)) return Effect::Shadow;
    return std::nullopt;
}

std::string to_text(const FeeRules& rules) {
    const std::string from = rules.reserve_from ? fmt::format("from {}", *rules.reserve_from) : "never";
    return fmt::format("{}, {}", from, name_of(rules.effect));
}

Result<FeeRules> parse_fee_rules(std::string_view text) {
    constexpr std::string_view kFrom = "from ";
    const auto comma = text.find(", ");
    const std::string_view when = text.substr(0, comma);
    const auto effect = comma == std::string_view::npos ? std::nullopt : parse_effect(text.substr(comma + 2));
    FeeRules rules;
    bool good = effect.has_value();
    if (when.starts_with(kFrom)) {
        std::uint64_t slot = 0;
        const auto [end, code] = std::from_chars(when.data() + kFrom.size(), when.data() + when.size(), slot);
        good = good && code == std::errc() && end == when.data() + when.size();
        rules.reserve_from = slot;
    } else {
        good = good && when == "never";
    }
    if (!good) return fail(Errc::BadValue, fmt::format("\"{}\" are no fee rules", text));
    rules.effect = *effect;
    return rules;
}

}  // namespace dz::devnet
