// ledger/enum_text.hpp: what people call the numbers of types.hpp, in two vocabularies.
//
// `to_text` is the lower-case text of tables and single records ("ready-for-users"); `to_name` is the
// identifier of JSON lists ("ReadyForUsers"). A number without a meaning is "unknown" and "Unknown".
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ledger/accounts_global.hpp"
#include "ledger/types.hpp"

namespace dz::ledger {

struct EnumText {
    std::uint8_t number;
    std::string_view text;
    std::string_view name;
};

/// The table of one enumeration, in order of its numbers. Specialised in enum_text.cpp for all of types.hpp.
template <class E>
std::span<const EnumText> enum_texts();

template <class E>
concept LedgerEnum = std::is_enum_v<E> && std::same_as<std::underlying_type_t<E>, std::uint8_t>;

const EnumText* find_text(std::span<const EnumText> table, std::uint8_t number);
const EnumText* find_number(std::span<const EnumText> table, std::string_view text_or_name);

/// "activated"
template <LedgerEnum E>
std::string_view to_text(E value) {
    const EnumText* row = find_text(enum_texts<E>(), static_cast<std::uint8_t>(value));
    return row ? row->text : "unknown";
}

/// "Activated"
template <LedgerEnum E>
std::string_view to_name(E value) {
    const EnumText* row = find_text(enum_texts<E>(), static_cast<std::uint8_t>(value));
    return row ? row->name : "Unknown";
}

/// The value that either vocabulary calls so, without regard to case.
template <LedgerEnum E>
std::optional<E> parse_enum(std::string_view text_or_name) {
    const EnumText* row = find_number(enum_texts<E>(), text_or_name);
    if (!row) return std::nullopt;
    return static_cast<E>(row->number);
}

/// "prepaid", "solana_validator", "solana_rpc", the type name of others, "edge_seat", "unknown".
std::string_view to_text(const AccessPassType& type);

}  // namespace dz::ledger
