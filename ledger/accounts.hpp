// ledger/accounts.hpp: every account kind of the program, and how an account's data becomes one of them.
//
// The structs stand in three headers: accounts_global.hpp, accounts_network.hpp, accounts_user.hpp. They hold
// all fields of today's layout in wire order; the account type byte is `kType` and is not a member.
//
// Decoding accepts the output of every version of the program: an account that ends early has defaults for
// the missing tail, surplus bytes are ignored, unknown enumeration numbers are kept. It never throws and
// never allocates more than the input justifies. Encoding always writes today's layout.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ledger/accounts_global.hpp"
#include "ledger/accounts_network.hpp"
#include "ledger/accounts_user.hpp"

namespace dz::ledger {

using Account = std::variant<GlobalState, GlobalConfig, Location, Exchange, Device, Link, User,
                             MulticastGroup, ProgramConfig, Contributor, AccessPass, ResourceExtension,
                             Tenant, SeatReservation, BlockReservation, Permission, Index, Topology, Feed>;

/// Any alternative of `Account`.
template <class T>
concept AccountKind = requires {
    { T::kType } -> std::convertible_to<AccountType>;
};

/// What a decoder noticed and did not report as an error.
struct DecodeNotes {
    /// The data ended inside a field rather than between two: not something a program writes.
    bool cut_inside_field = false;
    /// A field had a value its type does not allow (prefix length 33, bool 7) and reads as its default.
    bool bad_field = false;
    /// Bytes after the last known field. Writing the account back would lose them.
    std::size_t ignored_bytes = 0;
    /// Device only: the two interface lists have different lengths (the program itself would abort).
    bool interface_lists_differ = false;
    /// Device only: variant number of each entry of the older interface list.
    std::vector<std::uint8_t> legacy_interface_variants;
};

/// The account kind that `data` announces by its first byte.
/// Errors: Truncated (no data), Unsupported (unknown type byte), BadValue (a reservation of neither 70 nor 68
/// bytes, an allowlist of the global state longer than the account).
Result<Account> decode_account(ByteView data, DecodeNotes* notes = nullptr);

/// The same when the kind is known. Another type byte is BadValue.
template <AccountKind T>
Result<T> decode(ByteView data, DecodeNotes* notes = nullptr);

/// Account data as today's program writes it, type byte included.
template <AccountKind T>
Bytes encode(const T& account);
Bytes encode(const Account& account);

/// Type byte of an account, None when empty or unknown.
AccountType account_type(ByteView data);
AccountType account_type(const Account& account);

/// "code: "ams", status: activated (1), ...": every field by name in wire order, for logs and tests.
template <AccountKind T>
std::string print(const T& account);
std::string print(const Account& account);

}  // namespace dz::ledger
