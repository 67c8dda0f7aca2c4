// cli/value.hpp: texts of the command line as typed values.
//
// `Value<T>` says how one type is read (`parse`), what help calls it (`kName`) and, where only some texts are
// valid, which (`choices`). An option's type is all that a command has to name (command.hpp).
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/public_key.hpp"
#include "ledger/types.hpp"

namespace dz::cli {

/// Letters, digits, '_', '-' and ':', not empty. Characters outside ASCII are left to the ledger.
Result<std::string> parse_code(std::string_view text);
/// "10Gbps", "1.5 mbps": bit/s. A bare number is refused.
Result<std::uint64_t> parse_bandwidth(std::string_view text);
/// "0.5": milliseconds as nanoseconds, from 0.01 to 1000.
Result<std::uint64_t> parse_delay(std::string_view text);
/// The same, and 0 for "as measured".
Result<std::uint64_t> parse_delay_or_zero(std::string_view text);
/// "GREOverDIA" as people type it: "gre-over-dia".
std::string kebab_case(std::string_view name);

/// A key, or "me" for the signer's.
struct KeyOrMe {
    std::optional<ledger::PublicKey> key;  ///< unset: me
    ledger::PublicKey or_payer(const ledger::PublicKey& payer) const { return key.value_or(payer); }
};

template <class T>
struct Value;

template <>
struct Value<std::string> {
    static constexpr std::string_view kName = "TEXT";
    static Result<std::string> parse(std::string_view text) { return std::string(text); }
};
template <>
struct Value<bool> {
    static constexpr std::string_view kName = "true|false";
    static Result<bool> parse(std::string_view text);
};
template <>
struct Value<double> {
    static constexpr std::string_view kName = "DEGREES";
    static Result<double> parse(std::string_view text);
};
template <>
struct Value<Asn> {
    static constexpr std::string_view kName = "ASN";
    static Result<Asn> parse(std::string_view text);
};
template <>
struct Value<Ipv4> {
    static constexpr std::string_view kName = "IP";
    static Result<Ipv4> parse(std::string_view text) { return parse_ipv4(text); }
};
template <>
struct Value<Prefix> {
    static constexpr std::string_view kName = "CIDR";
    static Result<Prefix> parse(std::string_view text) { return parse_prefix(text); }
};
template <>
struct Value<ledger::PublicKey> {
    static constexpr std::string_view kName = "KEY";
    static Result<ledger::PublicKey> parse(std::string_view text) { return ledger::PublicKey::parse(text); }
};
template <>
struct Value<KeyOrMe> {
    static constexpr std::string_view kName = "KEY|me";
    static Result<KeyOrMe> parse(std::string_view text);
};
template <>
struct Value<ledger::Version> {
    static constexpr std::string_view kName = "X.Y.Z";
    static Result<ledger::Version> parse(std::string_view text);
};

template <std::unsigned_integral T>
struct Value<T> {
    static constexpr std::string_view kName = "N";
    static Result<T> parse(std::string_view text) {
        T value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc{} && end == text.data() + text.size()) return value;
        return fail(Errc::BadValue, "not a whole number from 0 to " + std::to_string(static_cast<T>(-1)));
    }
};

/// Kebab-case names; states that the program no longer gives are no choices.
template <ledger::LedgerEnum E>
struct Value<E> {
    static constexpr std::string_view kName = "KIND";
    static std::vector<std::string> choices() {
        std::vector<std::string> out;
        for (const ledger::EnumText& row : ledger::enum_texts<E>()) {
            if (!row.name.ends_with("Deprecated")) out.push_back(kebab_case(row.name));
        }
        return out;
    }
    static Result<E> parse(std::string_view text) {
        for (const ledger::EnumText& row : ledger::enum_texts<E>()) {
            if (kebab_case(row.name) == kebab_case(text) || row.text == text)
                return static_cast<E>(row.number);
        }
        return fail(Errc::BadValue, "no such kind");
    }
};

}  // namespace dz::cli
