// ledger/print.hpp: values of accounts and instructions as text. Internal to ledger/.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/accounts.hpp"
#include "ledger/enum_text.hpp"

namespace dz::ledger::codec {

/// Appends "name: value, name: value".
class Printer {
  public:
    template <class T>
    void operator()(const char* name, const T& field) {
        if (!text_.empty() && text_.back() != '{') text_ += ", ";
        text_ += name;
        text_ += ": ";
        put(field);
    }
    // Shown once, as the sized list.
    template <class T>
    void operator()(const char*, LegacySlot<T>) {}

    std::string take() { return std::move(text_); }

  private:
    template <class T>
        requires std::is_arithmetic_v<T>
    void put(T value) {
        text_ += fmt::format("{}", value);
    }
    void put(u128 value) { text_ += dz::to_string(value); }
    void put(Asn value) { text_ += fmt::format("{}", value.value); }
    void put(Ipv4 value) { text_ += value.to_string(); }
    void put(const PublicKey& value) { text_ += value.to_string(); }
    void put(const Prefix& value) { text_ += value.to_string(); }
    void put(const std::string& value) { text_ += fmt::format("\"{}\"", value); }
    void put(const Resource& value);
    void put(const AccessPassType& value) {
        text_ += fmt::format("{} ", to_text(value));
        std::visit([this](const auto& kind) { this->put(kind); }, value);
    }
    template <LedgerEnum E>
    void put(E value) {
        text_ += fmt::format("{} ({})", to_text(value), static_cast<unsigned>(value));
    }
    template <class T>
    void put(const std::optional<T>& value) {
        value ? put(*value) : void(text_ += "unset");
    }
    template <class T>
    void put(const std::vector<T>& list) {
        text_ += '[';
        for (const char* separator = ""; const T& element : list) {
            text_ += separator;
            put(element);
            separator = ", ";
        }
        text_ += ']';
    }
    template <class A, class B>
    void put(const std::variant<A, B>& value) {
        std::visit([this](const auto& alternative) { this->put(alternative); }, value);
    }
    template <Described T>
    void put(const T& value) {
        text_ += '{';
        T::fields(value, *this);
        text_ += '}';
    }
    template <class T>
    void put(SizedSlot<T> slot) {
        put(slot.interfaces);
    }
    template <class T>
    void put(TailSlot<T> slot) {
        text_ += fmt::format("{} bytes", slot.bytes.size());
    }

    std::string text_;
};

inline void Printer::put(const Resource& value) {
    text_ += to_text(value.kind);
    if (value.per_device()) text_ += fmt::format("({}, {})", value.device.to_string(), value.index);
}

}  // namespace dz::ledger::codec
