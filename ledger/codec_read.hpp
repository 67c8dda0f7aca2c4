// ledger/codec_read.hpp: values of the ledger's binary format, read from bytes. Internal to ledger/.
//
// No exceptions, no error texts: a read says how it ended, and the callers (accounts.cpp, instructions.cpp)
// know what that means for an account or for an argument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/accounts_network.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/fields.hpp"
#include "ledger/types.hpp"

namespace dz::ledger::codec {

/// How a read ended. The target is written only on Ok, and on Lost where said so.
enum class Outcome {
    Ok,
    Bad,  ///< all bytes of the value were taken, but its type does not allow it
    Cut,  ///< the input ended inside the value
    /// A list's count promises more elements than bytes are left for.
    Overlong,
    Lost,  ///< a form whose length is unknown: nothing after it can be read
};

/// RFC 3629.
bool is_utf8(std::string_view text);

class ValueReader {
  public:
    explicit ValueReader(bytes::Reader in) : in_(in) {}

    bool empty() const { return in_.empty(); }
    std::size_t remaining() const { return in_.remaining(); }
    bytes::Reader& bytes() { return in_; }

    Outcome read(std::uint8_t& out) {
        return fixed(out, 1, [](bytes::Reader& in) { return *in.u8(); });
    }
    Outcome read(std::uint16_t& out) {
        return fixed(out, 2, [](bytes::Reader& in) { return *in.u16(); });
    }
    Outcome read(std::uint32_t& out) {
        return fixed(out, 4, [](bytes::Reader& in) { return *in.u32(); });
    }
    Outcome read(std::uint64_t& out) {
        return fixed(out, 8, [](bytes::Reader& in) { return *in.u64(); });
    }
    Outcome read(std::int64_t& out) {
        return fixed(out, 8, [](bytes::Reader& in) { return *in.i64(); });
    }
    Outcome read(u128& out) {
        return fixed(out, 16, [](bytes::Reader& in) { return *in.u128_le(); });
    }
    Outcome read(double& out) {
        return fixed(out, 8, [](bytes::Reader& in) { return *in.f64(); });
    }
    Outcome read(Asn& out) { return read(out.value); }
    Outcome read(Ipv4& out) {
        return fixed(out, 4, [](bytes::Reader& in) { return Ipv4{*in.be32()}; });
    }
    Outcome read(PublicKey& out);
    Outcome read(bool& out);
    Outcome read(Prefix& out);
    Outcome read(std::string& out);
    Outcome read(AccessPassType& out);
    Outcome read(Billing& out);
    Outcome read(Resource& out);
    /// Any number is allowed: unknown ones are kept.
    template <LedgerEnum E>
    Outcome read(E& out) {
        std::uint8_t raw = 0;
        const Outcome outcome = read(raw);
        if (outcome == Outcome::Ok) out = static_cast<E>(raw);
        return outcome;
    }
    template <class T>
    Outcome read(std::optional<T>& out);
    template <class T>
    Outcome read(std::vector<T>& out);
    /// One byte picks the alternative.
    template <class A, class B>
    Outcome read(std::variant<A, B>& out);
    /// All members or none.
    template <Described T>
    Outcome read(T& out);

  private:
    template <class T, class Take>
    Outcome fixed(T& out, std::size_t size, Take take) {
        if (in_.remaining() < size) return Outcome::Cut;
        out = take(in_);
        return Outcome::Ok;
    }
    template <class Alternative, class Variant>
    Outcome alternative(Variant& out) {
        Alternative value{};
        const Outcome outcome = read(value);
        if (outcome == Outcome::Ok) out = std::move(value);
        return outcome;
    }

    bytes::Reader in_;
};

template <class T>
Outcome ValueReader::read(std::optional<T>& out) {
    std::uint8_t tag = 0;
    if (const Outcome outcome = read(tag); outcome != Outcome::Ok) return outcome;
    if (tag > 1) return Outcome::Lost;
    if (tag == 0) {
        out.reset();
        return Outcome::Ok;
    }
    return alternative<T>(out);
}

template <class T>
Outcome ValueReader::read(std::vector<T>& out) {
    std::uint32_t count = 0;
    if (const Outcome outcome = read(count); outcome != Outcome::Ok) return outcome;
    // Every element takes at least its size in bytes, so this bounds what a lying count can allocate.
    constexpr std::size_t kLeast = std::same_as<T, PublicKey> ? PublicKey::kSize : 1;
    if (count > in_.remaining() / kLeast) return Outcome::Overlong;
    std::vector<T> list;
    if constexpr (std::same_as<T, PublicKey>) list.reserve(count);
    bool bad = false;
    for (std::uint32_t i = 0; i < count; ++i) {
        T element{};
        const Outcome outcome = read(element);
        if (outcome != Outcome::Ok && outcome != Outcome::Bad) return outcome;
        bad = bad || outcome == Outcome::Bad;
        list.push_back(std::move(element));
    }
    if (bad) return Outcome::Bad;
    out = std::move(list);
    return Outcome::Ok;
}

template <class A, class B>
Outcome ValueReader::read(std::variant<A, B>& out) {
    std::uint8_t number = 0;
    if (const Outcome outcome = read(number); outcome != Outcome::Ok) return outcome;
    if (number == 0) return alternative<A>(out);
    if (number == 1) return alternative<B>(out);
    return Outcome::Lost;
}

/// Reads members one after the other. A bad one keeps its default and is remembered; a lost or cut one ends
/// it.
class EachMember {
  public:
    explicit EachMember(ValueReader& in) : in_(in) {}
    template <class T>
    void operator()(const char*, T& field) {
        if (outcome_ != Outcome::Ok && outcome_ != Outcome::Bad) return;
        const Outcome outcome = in_.read(field);
        if (outcome != Outcome::Ok) outcome_ = outcome;
    }
    Outcome outcome() const { return outcome_; }

  private:
    ValueReader& in_;
    Outcome outcome_ = Outcome::Ok;
};

template <Described T>
Outcome ValueReader::read(T& out) {
    T value{};
    EachMember visit(*this);
    T::fields(value, visit);
    if (visit.outcome() == Outcome::Ok) out = std::move(value);
    return visit.outcome();
}

}  // namespace dz::ledger::codec
