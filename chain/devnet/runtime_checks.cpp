#include "chain/devnet/runtime_checks.hpp"

#include <algorithm>

#include "ledger/limits.hpp"

namespace dz::devnet {

using ledger::kSystemProgram;
using ledger::PublicKey;
using program::AccountState;
using program::Outcome;
using program::reject_runtime;

namespace {

Outcome check_read_only(const AccountState& before, const AccountState& after, const PublicKey& key) {
    if (before.data != after.data || before.owner != after.owner) {
        return reject_runtime("ReadonlyDataModified", key.to_string());
    }
    return reject_runtime("ReadonlyLamportChange", key.to_string());
}

/// The program had the system program make the account for it.
bool was_created(const AccountState& before, const AccountState& after, const PublicKey& caller) {
    return before.owner == kSystemProgram && before.data.empty() && after.owner == caller;
}

bool is_blank(const Bytes& data) {
    return std::ranges::all_of(data, [](std::uint8_t byte) { return byte == 0; });
}

Outcome check_account(const LoadedAccount& account, const PublicKey& caller) {
    const AccountState& before = account.cell.before();
    const AccountState& after = account.cell.state();
    const PublicKey& key = account.cell.key();
    if (!account.writable) return check_read_only(before, after, key);
    const bool owns = before.owner == caller;
    if (before.data != after.data && !owns && !was_created(before, after, caller)) {
        return reject_runtime("ExternalAccountDataModified", key.to_string());
    }
    // A signer's lamports may be spent through the system program.
    const bool spends_own = account.signer && before.owner == kSystemProgram;
    if (after.lamports < before.lamports && !owns && !spends_own) {
        return reject_runtime("ExternalAccountLamportSpend", key.to_string());
    }
    if (before.owner != after.owner && !was_created(before, after, caller) &&
        !(owns && is_blank(after.data))) {
        return reject_runtime("ModifiedProgramId", key.to_string());
    }
    if (after.lamports < before.lamports && after.lamports < account.cell.reserved())
        return reject_runtime("InsufficientFunds", key.to_string() + " has fees reserved");
    return {};
}

bool is_rent_exempt(std::uint64_t lamports, std::size_t data) {
    return lamports == 0 || lamports >= ledger::rent_exempt_lamports(data);
}

}  // namespace

Outcome check_instruction(std::span<LoadedAccount> accounts, const PublicKey& caller) {
    u128 before = 0;
    u128 after = 0;
    for (const LoadedAccount& account : accounts) {
        if (!account.cell.is_changed() || account.cell.before() == account.cell.state()) continue;
        TRY_OK(check_account(account, caller));
        before += account.cell.before().lamports;
        after += account.cell.state().lamports;
    }
    if (before != after) return reject_runtime("UnbalancedInstruction", "lamports appeared or vanished");
    return {};
}

std::optional<std::size_t> find_rent_paying(std::span<const LoadedAccount> accounts, std::uint64_t fee) {
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        const AccountState& after = accounts[i].cell.state();
        const std::uint64_t lamports = after.lamports - (i == 0 ? fee : 0);
        if (!accounts[i].writable || is_rent_exempt(lamports, after.data.size())) continue;
        const program::AccountPointer& before = accounts[i].original;
        const bool was_poor = before && !is_rent_exempt(before->lamports, before->data.size());
        if (was_poor && before->data.size() == after.data.size() && lamports <= before->lamports) continue;
        return i;
    }
    return std::nullopt;
}

}  // namespace dz::devnet
