// ledger/codec_write.hpp: values of the ledger's binary format, written as bytes. Internal to ledger/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/fields.hpp"
#include "ledger/types.hpp"

namespace dz::ledger::codec {

class ValueWriter {
  public:
    bytes::Writer& bytes() { return out_; }

    void write(std::uint8_t value) { out_.u8(value); }
    void write(std::uint16_t value) { out_.u16(value); }
    void write(std::uint32_t value) { out_.u32(value); }
    void write(std::uint64_t value) { out_.u64(value); }
    void write(std::int64_t value) { out_.i64(value); }
    void write(u128 value) { out_.u128_le(value); }
    void write(double value) { out_.f64(value); }
    void write(bool value) { out_.u8(value ? 1 : 0); }
    void write(Asn value) { out_.u32(value.value); }
    void write(Ipv4 value) { out_.be32(value.to_uint()); }
    void write(const PublicKey& value) { out_.raw(value.view()); }
    void write(const Prefix& value) { out_.be32(value.address.to_uint()).u8(value.length); }
    void write(const std::string& value) {
        out_.u32(static_cast<std::uint32_t>(value.size())).raw(as_bytes(value));
    }
    void write(const AccessPassType& value);
    void write(const Resource& value);
    template <LedgerEnum E>
    void write(E value) {
        out_.u8(static_cast<std::uint8_t>(value));
    }
    template <class T>
    void write(const std::optional<T>& value) {
        write(value.has_value());
        if (value) write(*value);
    }
    template <class T>
    void write(const std::vector<T>& list) {
        out_.u32(static_cast<std::uint32_t>(list.size()));
        for (const T& element : list) write(element);
    }
    template <class A, class B>
    void write(const std::variant<A, B>& value) {
        out_.u8(static_cast<std::uint8_t>(value.index()));
        std::visit([this](const auto& alternative) { this->write(alternative); }, value);
    }
    template <Described T>
    void write(const T& value);

  private:
    bytes::Writer out_;
};

/// Writes members one after the other.
class EachField {
  public:
    explicit EachField(ValueWriter& out) : out_(out) {}
    template <class T>
    void operator()(const char*, const T& field) {
        out_.write(field);
    }

  protected:
    ValueWriter& out_;
};

template <Described T>
void ValueWriter::write(const T& value) {
    EachField visit(*this);
    T::fields(value, visit);
}

inline void ValueWriter::write(const AccessPassType& value) {
    if (const auto* unknown = std::get_if<access::Unknown>(&value)) {
        out_.u8(unknown->number);
        return;
    }
    out_.u8(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& alternative) { this->write(alternative); }, value);
}

inline void ValueWriter::write(const Resource& value) {
    write(value.kind);
    if (!value.per_device()) return;
    write(value.device);
    write(value.index);
}

}  // namespace dz::ledger::codec
