#include "ledger/accounts.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "ledger/account_reader.hpp"
#include "ledger/codec_write.hpp"
#include "ledger/print.hpp"

namespace dz::ledger {
namespace {

/// Adds to the plain fields the three places that only accounts have.
class AccountWriter : public codec::EachField {
  public:
    using EachField::EachField;
    using EachField::operator();

    void operator()(const char*, LegacySlot<const std::vector<Interface>> slot) {
        constexpr std::uint8_t kVariant = 1;
        out_.bytes().u32(static_cast<std::uint32_t>(slot.interfaces.size()));
        for (const Interface& interface : slot.interfaces) {
            out_.write(kVariant);
            WithoutSegments visit(out_);
            Interface::fields(interface, visit);
        }
    }
    void operator()(const char*, SizedSlot<const std::vector<Interface>> slot) {
        out_.bytes().u32(static_cast<std::uint32_t>(slot.interfaces.size()));
        for (const Interface& interface : slot.interfaces) {
            const std::size_t start = out_.bytes().size();
            out_.write(std::uint16_t{0});
            out_.write(Interface::kVersion);
            out_.write(interface);
            out_.bytes().patch_u16(start, static_cast<std::uint16_t>(out_.bytes().size() - start));
        }
    }
    void operator()(const char*, TailSlot<const Bytes> slot) {
        out_.bytes().zeros(slot.offset - std::min(slot.offset, out_.bytes().size())).raw(slot.bytes);
    }

  private:
    class WithoutSegments : public codec::EachField {
      public:
        using EachField::EachField;
        using EachField::operator();
        void operator()(const char*, const std::vector<NodeSegment>&) {}
    };
};

/// An allowlist that claims more keys than the account holds must not read as "nobody": that would be a wrong
/// answer to a question of authority.
template <class T>
Result<> accept(const codec::AccountReader& reader) {
    if constexpr (std::same_as<T, GlobalState>) {
        constexpr std::array<std::string_view, 3> kLists = {"foundation_allowlist", "device_allowlist",
                                                            "user_allowlist"};
        if (std::ranges::find(kLists, reader.overlong_list()) != kLists.end()) {
            return fail(Errc::BadValue, fmt::format("global state: {} is cut off", reader.overlong_list()));
        }
    }
    return {};
}

template <class T>
Result<Account> decode_as(ByteView data, DecodeNotes* notes) {
    TRY(T account, decode<T>(data, notes));
    return Account(std::in_place_type<T>, std::move(account));
}

Result<Account> decode_reservation(ByteView data, DecodeNotes* notes) {
    if (data.size() == SeatReservation::kSize) return decode_as<SeatReservation>(data, notes);
    if (data.size() == BlockReservation::kSize) return decode_as<BlockReservation>(data, notes);
    return fail(Errc::BadValue, fmt::format("reservation of {} bytes, not 68 or 70", data.size()));
}

}  // namespace

template <AccountKind T>
Result<T> decode(ByteView data, DecodeNotes* notes) {
    if (data.empty()) return fail(Errc::Truncated, "empty account");
    if (data[0] != static_cast<std::uint8_t>(T::kType)) {
        return fail(Errc::BadValue, fmt::format("account of type {}, not {}", data[0], to_text(T::kType)));
    }
    if (notes) *notes = {};
    T account;
    codec::AccountReader reader(data, notes);
    reader.skip_type();
    T::fields(account, reader);
    reader.finish();
    TRY_OK(accept<T>(reader));
    return account;
}

template <AccountKind T>
Bytes encode(const T& account) {
    codec::ValueWriter out;
    out.write(T::kType);
    AccountWriter visit(out);
    T::fields(account, visit);
    return out.bytes().take();
}

template <AccountKind T>
std::string print(const T& account) {
    codec::Printer printer;
    T::fields(account, printer);
    return printer.take();
}

#define DZ_ACCOUNT(Kind)                                  \
    template Result<Kind> decode(ByteView, DecodeNotes*); \
    template Bytes encode(const Kind&);                   \
    template std::string print(const Kind&);
DZ_ACCOUNT(GlobalState)
DZ_ACCOUNT(GlobalConfig)
DZ_ACCOUNT(ProgramConfig)
DZ_ACCOUNT(ResourceExtension)
DZ_ACCOUNT(Permission)
DZ_ACCOUNT(Index)
DZ_ACCOUNT(Topology)
DZ_ACCOUNT(Location)
DZ_ACCOUNT(Exchange)
DZ_ACCOUNT(Contributor)
DZ_ACCOUNT(Device)
DZ_ACCOUNT(Link)
DZ_ACCOUNT(User)
DZ_ACCOUNT(AccessPass)
DZ_ACCOUNT(MulticastGroup)
DZ_ACCOUNT(Tenant)
DZ_ACCOUNT(Feed)
DZ_ACCOUNT(SeatReservation)
DZ_ACCOUNT(BlockReservation)
#undef DZ_ACCOUNT

Result<Account> decode_account(ByteView data, DecodeNotes* notes) {
    if (data.empty()) return fail(Errc::Truncated, "empty account");
    switch (account_type(data)) {
        case AccountType::GlobalState:
            return decode_as<GlobalState>(data, notes);
        case AccountType::GlobalConfig:
            return decode_as<GlobalConfig>(data, notes);
        case AccountType::Location:
            return decode_as<Location>(data, notes);
        case AccountType::Exchange:
            return decode_as<Exchange>(data, notes);
        case AccountType::Device:
            return decode_as<Device>(data, notes);
        case AccountType::Link:
            return decode_as<Link>(data, notes);
        case AccountType::User:
            return decode_as<User>(data, notes);
        case AccountType::MulticastGroup:
            return decode_as<MulticastGroup>(data, notes);
        case AccountType::ProgramConfig:
            return decode_as<ProgramConfig>(data, notes);
        case AccountType::Contributor:
            return decode_as<Contributor>(data, notes);
        case AccountType::AccessPass:
            return decode_as<AccessPass>(data, notes);
        case AccountType::ResourceExtension:
            return decode_as<ResourceExtension>(data, notes);
        case AccountType::Tenant:
            return decode_as<Tenant>(data, notes);
        case AccountType::Reservation:
            return decode_reservation(data, notes);
        case AccountType::Permission:
            return decode_as<Permission>(data, notes);
        case AccountType::Index:
            return decode_as<Index>(data, notes);
        case AccountType::Topology:
            return decode_as<Topology>(data, notes);
        case AccountType::Feed:
            return decode_as<Feed>(data, notes);
        case AccountType::None:
            break;
    }
    return fail(Errc::Unsupported, fmt::format("account of unknown type {}", data[0]));
}

Bytes encode(const Account& account) {
    return std::visit([](const auto& kind) { return encode(kind); }, account);
}

std::string print(const Account& account) {
    return std::visit([](const auto& kind) { return print(kind); }, account);
}

AccountType account_type(ByteView data) {
    if (data.empty() || data[0] > static_cast<std::uint8_t>(AccountType::Feed)) return AccountType::None;
    return static_cast<AccountType>(data[0]);
}

AccountType account_type(const Account& account) {
    return std::visit([]<class T>(const T&) { return T::kType; }, account);
}

std::uint64_t ResourceExtension::capacity() const {
    if (const auto* ip = std::get_if<IpRange>(&range)) return std::uint64_t{1} << (32 - ip->base_net.length);
    const auto& id = std::get<IdRange>(range);
    return id.range_end > id.range_start ? std::uint64_t{id.range_end} - id.range_start : 0;
}

std::size_t ResourceExtension::bitmap_size() const {
    return static_cast<std::size_t>((capacity() + 63) / 64 * 8);
}

std::uint64_t ResourceExtension::allocated_count() const {
    const std::uint64_t bits = std::min<std::uint64_t>(capacity(), bitmap.size() * std::uint64_t{8});
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < bits / 8; ++i) count += static_cast<unsigned>(std::popcount(bitmap[i]));
    for (std::uint64_t i = bits / 8 * 8; i < bits; ++i) count += is_allocated(i) ? 1 : 0;
    return count;
}

bool ResourceExtension::is_allocated(std::uint64_t element) const {
    const std::uint64_t byte = element / 8;
    return byte < bitmap.size() && ((bitmap[byte] >> (element % 8)) & 1) != 0;
}

}  // namespace dz::ledger
