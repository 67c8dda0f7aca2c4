#include "chain/devnet/system_program.hpp"

#include <fmt/format.h>

#include "ledger/public_key.hpp"

namespace dz::devnet {

using ledger::BuiltinError;
using ledger::PublicKey;
using program::AccountRef;
using program::Outcome;
using program::reject;
using program::reject_custom;

namespace {

enum class Kind : std::uint32_t { CreateAccount = 0, Assign = 1, Transfer = 2, Allocate = 8 };

constexpr std::uint64_t kMaxAccountBytes = 10U << 20;
constexpr std::uint32_t kInvalidAccountDataLength = 3;

Outcome expect_signer(const AccountRef& account) {
    if (!account.signer)
        return reject(BuiltinError::MissingRequiredSignature,
                      fmt::format("{} must sign", account.key().to_string()));
    return {};
}

Outcome transfer(const AccountRef& from, const AccountRef& to, std::uint64_t lamports) {
    TRY_OK(expect_signer(from));
    if (!from.is_empty()) return reject(BuiltinError::InvalidArgument, "the sender carries data");
    if (from.spendable() < lamports) {
        // Clients look for these words.
        return reject_custom(
            program::system_error::kInsufficientFunds,
            fmt::format("Transfer: insufficient lamports {}, need {}", from.spendable(), lamports));
    }
    from.cell->change().lamports -= lamports;
    to.cell->change().lamports += lamports;
    return {};
}

Outcome allocate(const AccountRef& account, std::uint64_t space) {
    TRY_OK(expect_signer(account));
    if (!account.is_empty() || account.state().owner != ledger::kSystemProgram) {
        return reject_custom(program::system_error::kAccountAlreadyInUse, "account already in use");
    }
    if (space > kMaxAccountBytes) return reject_custom(kInvalidAccountDataLength, "too much data");
    account.cell->change().data.assign(space, 0);
    return {};
}

Outcome assign(const AccountRef& account, const PublicKey& owner) {
    if (account.state().owner == owner) return {};
    TRY_OK(expect_signer(account));
    account.cell->change().owner = owner;
    return {};
}

struct Arguments {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    PublicKey owner;
};

/// `numbers` u64 values, then a key when `has_owner`.
Result<Arguments> read_arguments(bytes::Reader& in, int numbers, bool has_owner) {
    Arguments args;
    if (numbers > 0) {
        TRY(args.first, in.u64());
    }
    if (numbers > 1) {
        TRY(args.second, in.u64());
    }
    if (has_owner) {
        TRY(args.owner.bytes, in.array<PublicKey::kSize>());
    }
    return args;
}

Outcome create_account(const AccountRef& from, const AccountRef& account, const Arguments& args) {
    TRY_OK(expect_signer(account));
    if (account.state().lamports > 0) {
        return reject_custom(program::system_error::kAccountAlreadyInUse, "account already in use");
    }
    TRY_OK(allocate(account, args.second));
    TRY_OK(assign(account, args.owner));
    return transfer(from, account, args.first);
}

}  // namespace

Outcome process_system(std::span<const AccountRef> accounts, ByteView data) {
    const auto malformed = [] { return reject(BuiltinError::InvalidInstructionData); };
    bytes::Reader in(data);
    const auto kind = in.u32();
    if (!kind) return malformed();
    const auto has = [&](std::size_t count) { return accounts.size() >= count; };
    const auto too_few = [] { return reject(BuiltinError::NotEnoughAccountKeys); };
    switch (static_cast<Kind>(*kind)) {
        case Kind::CreateAccount: {
            const auto args = read_arguments(in, 2, true);
            if (!args) return malformed();
            return has(2) ? create_account(accounts[0], accounts[1], *args) : too_few();
        }
        case Kind::Assign: {
            const auto args = read_arguments(in, 0, true);
            if (!args) return malformed();
            return has(1) ? assign(accounts[0], args->owner) : too_few();
        }
        case Kind::Transfer: {
            const auto args = read_arguments(in, 1, false);
            if (!args) return malformed();
            return has(2) ? transfer(accounts[0], accounts[1], args->first) : too_few();
        }
        case Kind::Allocate: {
            const auto args = read_arguments(in, 1, false);
            if (!args) return malformed();
            return has(1) ? allocate(accounts[0], args->first) : too_few();
        }
    }
    return malformed();
}

}  // namespace dz::devnet
