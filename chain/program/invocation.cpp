#include "chain/program/invocation.hpp"

#include <algorithm>

#include "chain/program/allocator.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::GlobalState;
using ledger::ProgramError;

namespace {

bool contains(const std::vector<PublicKey>& list, const PublicKey& key) {
    return std::ranges::find(list, key) != list.end();
}

bool is_foundation(const GlobalState& state, const PublicKey& key) {
    return contains(state.foundation_allowlist, key);
}

/// Who held the rights of `flag` before there were permission accounts.
bool legacy_holder(const GlobalState& state, PermissionFlag flag, const PublicKey& key) {
    switch (flag) {
        case PermissionFlag::AccessPassAdmin:
            return is_foundation(state, key) || key == state.sentinel_authority_pk ||
                   key == state.feed_authority_pk;
        case PermissionFlag::TenantAdmin:
        case PermissionFlag::MulticastAdmin:
            return is_foundation(state, key) || key == state.sentinel_authority_pk;
        case PermissionFlag::Qa:
            return contains(state.qa_allowlist, key);
        case PermissionFlag::Activator:
            return key == state.activator_authority_pk;
        case PermissionFlag::Sentinel:
            return key == state.sentinel_authority_pk;
        case PermissionFlag::HealthOracle:
            return key == state.health_oracle_pk;
        case PermissionFlag::FeedAuthority:
            return key == state.feed_authority_pk;
        default:
            return is_foundation(state, key);
    }
}

bool requires_permission_accounts(const GlobalState& state) {
    return ((state.feature_flags >> ledger::feature::kRequirePermissionAccountsBit) & 1) != 0;
}

}  // namespace

Outcome Invocation::read(AccountRef& account) {
    if (remaining() == 0) return reject(BuiltinError::NotEnoughAccountKeys);
    account = accounts_[position_++];
    return {};
}

Outcome Invocation::read_list(std::size_t count, std::vector<AccountRef>& list) {
    list.resize(std::min(count, remaining()));
    for (AccountRef& account : list) TRY_OK(read(account));
    if (list.size() < count) return reject(BuiltinError::NotEnoughAccountKeys);
    return {};
}

Outcome Invocation::read_payer() {
    AccountRef system;
    TRY_OK(read(payer_, system));
    if (!payer_.signer) return panic("the payer did not sign");
    if (system.key() != ledger::kSystemProgram) return panic("not the system program");
    if (remaining() > 0) permission_ = &accounts_[position_++];
    return {};
}

Outcome Invocation::read_until_payer(std::vector<AccountRef>& middle) {
    if (remaining() < 2) return reject(ProgramError::InvalidArgument, "too few accounts");
    const std::size_t total = accounts_.size();
    const bool with_permission =
        remaining() >= 3 &&
        accounts_[total - 1].key() == addresses().permission(accounts_[total - 3].key()).key;
    TRY_OK(read_list(remaining() - (with_permission ? 3 : 2), middle));
    return read_payer();
}

Expected<bool> Invocation::holds_permission(std::initializer_list<PermissionFlag> flags) const {
    if (permission_ == nullptr) return false;
    if (permission_->key() != addresses().permission(payer_.key()).key) {
        return reject(BuiltinError::InvalidArgument, "not the payer's permission account");
    }
    if (permission_->is_empty()) return false;
    if (permission_->state().owner != deployment_.program()) {
        return reject(BuiltinError::InvalidAccountData, "permission account of another program");
    }
    TRY(const auto permission, parse<ledger::Permission>(*permission_, "permission"));
    if (permission.status != ledger::PermissionStatus::Activated) return false;
    return std::ranges::any_of(
        flags, [&](PermissionFlag flag) { return (permission.permissions & permission_bit(flag)) != 0; });
}

Expected<bool> Invocation::permits(const GlobalState& state,
                                   std::initializer_list<PermissionFlag> flags) const {
    TRY(const bool granted, holds_permission(flags));
    if (granted) return true;
    // The foundation can always repair the permissions themselves.
    if (std::ranges::find(flags, PermissionFlag::PermissionAdmin) != flags.end() &&
        is_foundation(state, payer_.key())) {
        return true;
    }
    if (requires_permission_accounts(state)) return false;
    return std::ranges::any_of(flags,
                               [&](PermissionFlag flag) { return legacy_holder(state, flag, payer_.key()); });
}

Outcome Invocation::authorize(const GlobalState& state, std::initializer_list<PermissionFlag> flags) const {
    TRY(const bool allowed, permits(state, flags));
    if (!allowed) return reject(ProgramError::NotAllowed);
    return {};
}

Outcome Invocation::expect_key(const AccountRef& account, const PublicKey& key, std::string_view what) {
    if (account.key() != key) return panic(std::string(what) + ": not the derived address");
    return {};
}

std::optional<ledger::Address> Invocation::known_address(const AccountRef& account) const {
    constexpr std::size_t kBumpOffset = 1 + PublicKey::kSize;  // after type and owner
    const Bytes& data = account.data();
    if (account.state().owner != deployment_.program() || data.size() <= kBumpOffset) return std::nullopt;
    return ledger::Address{account.key(), data[kBumpOffset]};
}

Outcome Invocation::expect_ours(const AccountRef& account, std::string_view what) const {
    if (account.state().owner != deployment_.program()) return panic(std::string(what) + ": wrong owner");
    return {};
}

Expected<GlobalState> Invocation::global_state(const AccountRef& account) const {
    TRY_OK(expect_ours(account, "global state"));
    TRY_OK(expect_key(account, deployment_.global_state, "global state"));
    return parse<GlobalState>(account, "global state");
}

Expected<ledger::GlobalConfig> Invocation::global_config(const AccountRef& account) const {
    TRY_OK(expect_ours(account, "global config"));
    TRY_OK(expect_key(account, deployment_.global_config, "global config"));
    return parse<ledger::GlobalConfig>(account, "global config");
}

Outcome Invocation::create_bytes(const AccountRef& account, Bytes data) {
    const AccountState& old = account.state();
    if (!account.writable) return panic("the account to create is read only");
    // A balance alone does not make an account: anybody can send lamports to an address.
    if (old.owner != ledger::kSystemProgram || !old.data.empty()) {
        return reject_custom(system_error::kAccountAlreadyInUse, "the account exists already");
    }
    if (data.size() > Allocator::kMaxGrowth)
        return reject_runtime("InvalidRealloc", "the account is too large");
    TRY_OK(top_up(account, ledger::rent_exempt_lamports(data.size())));
    AccountState& made = account.cell->change();
    made.owner = deployment_.program();
    made.data = std::move(data);
    return {};
}

Outcome Invocation::write_bytes(const AccountRef& account, Bytes data) {
    if (!account.writable) return panic("the account to write is read only");
    const std::size_t before = account.data().size();
    if (data.size() > before) {
        if (data.size() - before > Allocator::kMaxGrowth) {
            return reject_runtime("InvalidRealloc", "the account grows too much");
        }
        TRY_OK(top_up(account, ledger::rent_exempt_lamports(data.size())));
    }
    account.cell->change().data = std::move(data);
    return {};
}

Outcome Invocation::close(const AccountRef& account, const AccountRef& receiver) {
    const std::uint64_t lamports = account.state().lamports;
    AccountState& closed = account.cell->change();
    closed.lamports = 0;
    closed.data.clear();
    closed.owner = ledger::kSystemProgram;
    receiver.cell->change().lamports += lamports;
    return {};
}

Outcome Invocation::pay(const AccountRef& to, std::uint64_t lamports) {
    const AccountState& from = payer_.state();
    if (!payer_.writable || from.owner != ledger::kSystemProgram || !from.data.empty()) {
        return reject(BuiltinError::InvalidArgument, "the payer's account cannot pay");
    }
    if (payer_.spendable() < lamports) {
        return reject_custom(system_error::kInsufficientFunds, "the payer has too few lamports");
    }
    payer_.cell->change().lamports -= lamports;
    to.cell->change().lamports += lamports;
    return {};
}

Outcome Invocation::top_up(const AccountRef& to, std::uint64_t target) {
    const std::uint64_t balance = to.state().lamports;
    if (balance >= target) return {};
    return pay(to, target - balance);
}

}  // namespace dz::program
