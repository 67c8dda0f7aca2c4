#include "cli/account_json.hpp"

#include <limits>
#include <optional>
#include <variant>

#include "ledger/enum_text.hpp"

namespace dz::cli {

namespace {

/// Collects the fields of one struct.
class Fields {
  public:
    template <class T>
    void operator()(const char* name, const T& field) {
        object_[name] = value_of(field);
    }
    // The same interfaces as the sized list.
    template <class T>
    void operator()(const char*, ledger::LegacySlot<T>) {}
    template <class T>
    void operator()(const char* name, ledger::SizedSlot<T> slot) {
        object_[name] = value_of(slot.interfaces);
    }
    template <class T>
    void operator()(const char* name, ledger::TailSlot<T> slot) {
        object_[name] = {{"bytes", slot.bytes.size()}};
    }

    template <ledger::Described T>
    static json::Ordered of(const T& value) {
        Fields fields;
        T::fields(value, fields);
        return std::move(fields.object_);
    }

  private:
    template <class T>
        requires std::is_arithmetic_v<T>
    static json::Ordered value_of(T value) {
        return value;
    }
    static json::Ordered value_of(u128 value) {
        if (value <= std::numeric_limits<std::uint64_t>::max()) return static_cast<std::uint64_t>(value);
        return dz::to_string(value);
    }
    static json::Ordered value_of(Asn value) { return value.value; }
    static json::Ordered value_of(Ipv4 value) { return value.to_string(); }
    static json::Ordered value_of(const ledger::PublicKey& value) { return value.to_string(); }
    static json::Ordered value_of(const Prefix& value) { return value.to_string(); }
    static json::Ordered value_of(const std::string& value) { return value; }
    static json::Ordered value_of(const ledger::AccessPassType& value) {
        json::Ordered object{{"type", ledger::to_text(value)}};
        object.update(std::visit([](const auto& kind) { return of(kind); }, value));
        return object;
    }
    template <ledger::LedgerEnum E>
    static json::Ordered value_of(E value) {
        return ledger::to_name(value);
    }
    template <class T>
    static json::Ordered value_of(const std::vector<T>& list) {
        json::Ordered array = json::Ordered::array();
        for (const T& element : list) array.push_back(value_of(element));
        return array;
    }
    template <class A, class B>
    static json::Ordered value_of(const std::variant<A, B>& value) {
        return std::visit([](const auto& alternative) { return value_of(alternative); }, value);
    }
    template <ledger::Described T>
    static json::Ordered value_of(const T& value) {
        return of(value);
    }

    json::Ordered object_ = json::Ordered::object();
};

}  // namespace

json::Ordered account_json(const ledger::Account& account) {
    return std::visit([](const auto& value) { return Fields::of(value); }, account);
}

}  // namespace dz::cli
