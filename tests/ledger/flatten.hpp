// tests/ledger/flatten.hpp: a described struct as a flat list of names and texts, as the fixtures list them.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>

#include "ledger/accounts.hpp"
#include "ledger/enum_text.hpp"
#include "tests/ledger/fixtures.hpp"

namespace dz::test {

/// Collects "publisherslen" -> "1", "publishers0" -> key, ...
class Flatten {
  public:
    template <class T>
    void operator()(const char* name, const T& field) {
        put(prefix_ + plain(name), field);
    }
    std::map<std::string, std::string> fields;

  private:
    void put(const std::string& name, std::uint8_t v) { fields[name] = std::to_string(v); }
    void put(const std::string& name, std::uint16_t v) { fields[name] = std::to_string(v); }
    void put(const std::string& name, std::uint32_t v) { fields[name] = std::to_string(v); }
    void put(const std::string& name, std::uint64_t v) { fields[name] = std::to_string(v); }
    void put(const std::string& name, std::int64_t v) { fields[name] = std::to_string(v); }
    void put(const std::string& name, u128 v) { fields[name] = to_string(v); }
    void put(const std::string& name, bool v) { fields[name] = v ? "true" : "false"; }
    void put(const std::string& name, double v) { fields[name] = fmt::format("{}", v); }
    void put(const std::string& name, Asn v) { fields[name] = std::to_string(v.value); }
    void put(const std::string& name, Ipv4 v) { fields[name] = v.to_string(); }
    void put(const std::string& name, const Prefix& v) { fields[name] = v.to_string(); }
    void put(const std::string& name, const ledger::PublicKey& v) { fields[name] = v.to_string(); }
    void put(const std::string& name, const std::string& v) { fields[name] = v; }
    template <ledger::LedgerEnum E>
    void put(const std::string& name, E v) {
        put(name, static_cast<std::uint8_t>(v));
    }
    template <class T>
    void put(const std::string& name, const std::vector<T>& list) {
        put(name + "len", static_cast<std::uint32_t>(list.size()));
        for (std::size_t i = 0; i < list.size(); ++i) put(name + std::to_string(i), list[i]);
    }
    template <ledger::Described T>
    void put(const std::string& name, const T& value) {
        const std::string outer = std::exchange(prefix_, name);
        T::fields(value, *this);
        prefix_ = outer;
    }
    void put(const std::string& name, const ledger::AccessPassType& type) {
        put(name, static_cast<std::uint8_t>(type.index()));
        if (const auto* validator = std::get_if<ledger::access::SolanaValidator>(&type)) {
            put(name + "validatorpubkey", validator->key);
        }
        if (const auto* seat = std::get_if<ledger::access::EdgeSeat>(&type)) put("edgeseat", *seat);
    }
    void put(const std::string&, const std::variant<ledger::IpRange, ledger::IdRange>& range) {
        put("allocatortype", static_cast<std::uint8_t>(range.index()));
        std::visit([this](const auto& kind) { this->put("", kind); }, range);
    }
    template <class T>
    void put(const std::string&, const ledger::LegacySlot<T>& slot) {
        put("interfaces", slot.interfaces);
    }
    template <class T>
    void put(const std::string&, const ledger::SizedSlot<T>& slot) {
        put("newinterfaces", slot.interfaces);
        for (std::size_t i = 0; i < slot.interfaces.size(); ++i) {
            put(fmt::format("newinterfaces{}version", i), slot.interfaces[i].version);
        }
    }
    template <class T>
    void put(const std::string&, const ledger::TailSlot<T>&) {}

    std::string prefix_;
};

template <class T>
std::map<std::string, std::string> flatten(const T& value) {
    Flatten visit;
    T::fields(value, visit);
    return std::move(visit.fields);
}

}  // namespace dz::test
