// chain/program/invocation.hpp: one running instruction, as its processor sees it.
//
// A processor reads its accounts in the order of ledger-instructions.md 4, then payer and system program:
//
//     Outcome process(Invocation& in, const ix::SuspendLocation&) {
//         AccountRef location, global_state;
//         TRY_OK(in.read(location, global_state));
//         TRY_OK(in.read_payer());
//         TRY(const auto state, in.global_state(global_state));
//         TRY_OK(in.authorize(state, {PermissionFlag::InfraAdmin}));
//         ...
//
// Checks that the original program makes by assertion abort here (`panic`); they cannot be told apart on the
// wire.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chain/program/account.hpp"
#include "chain/program/fault.hpp"
#include "chain/program/program.hpp"
#include "chain/program/validate.hpp"
#include "ledger/accounts.hpp"
#include "ledger/limits.hpp"

namespace dz::program {

using ledger::PermissionFlag;

class Invocation {
  public:
    Invocation(const Deployment& deployment, std::span<const AccountRef> accounts, Now now)
        : deployment_(deployment), accounts_(accounts), now_(now) {}

    const Deployment& deployment() const { return deployment_; }
    const ledger::Addresses& addresses() const { return deployment_.addresses; }
    const Now& now() const { return now_; }

    // ---- The account list. Too few accounts: NotEnoughAccountKeys.

    /// The next account.
    Outcome read(AccountRef& account);
    template <class... More>
    Outcome read(AccountRef& account, AccountRef& next, More&... more) {
        TRY_OK(read(account));
        return read(next, more...);
    }
    Outcome read_list(std::size_t count, std::vector<AccountRef>& list);
    /// Accounts of the whole list, and those not read yet.
    std::size_t account_count() const { return accounts_.size(); }
    std::size_t remaining() const { return accounts_.size() - position_; }
    /// The next account without reading it; null at the end of the list.
    const AccountRef* peek() const { return remaining() == 0 ? nullptr : &accounts_[position_]; }

    /// Payer and system program, and the payer's permission account when the list goes on. Aborts when the
    /// payer did not sign or the system program is another.
    Outcome read_payer();
    /// For lists of variable length: everything up to payer and system program, which are found from the end,
    /// and then these (ledger-processors.md 2.2). Fewer than two accounts left: 65.
    Outcome read_until_payer(std::vector<AccountRef>& middle);

    const AccountRef& payer() const { return payer_; }
    bool payer_is(const PublicKey& key) const { return payer_.key() == key; }

    // ---- Who may (ledger-processors.md 2.1)

    /// Whether the payer holds one of `flags`. A permission account that is not the payer's is a fault.
    Expected<bool> permits(const ledger::GlobalState& state,
                           std::initializer_list<PermissionFlag> flags) const;
    /// The same, with 8 for no.
    Outcome authorize(const ledger::GlobalState& state, std::initializer_list<PermissionFlag> flags) const;

    // ---- Addresses and owners: aborts

    static Outcome expect_key(const AccountRef& account, const PublicKey& key, std::string_view what);
    /// Owned by this program.
    Outcome expect_ours(const AccountRef& account, std::string_view what) const;

    // ---- Accounts of the program

    /// Where the program once placed the account, from the bump that is written in it: spares the derivation
    /// of its address a search. nullopt for accounts of others. Of kinds that begin with owner and bump.
    std::optional<ledger::Address> known_address(const AccountRef& account) const;
    /// Of an account that is this program's (abort otherwise). Another kind: InvalidAccountData.
    template <class T>
    Expected<T> load(const AccountRef& account, std::string_view what) const {
        TRY_OK(expect_ours(account, what));
        return parse<T>(account, what);
    }
    /// Without looking at the owner.
    template <class T>
    static Expected<T> parse(const AccountRef& account, std::string_view what) {
        auto value = ledger::decode<T>(account.data());
        if (!value) return reject(ledger::BuiltinError::InvalidAccountData, std::string(what));
        return *std::move(value);
    }
    /// The singletons, their addresses checked.
    Expected<ledger::GlobalState> global_state(const AccountRef& account) const;
    Expected<ledger::GlobalConfig> global_config(const AccountRef& account) const;

    /// Makes the account, paid by the payer. Something else there already: the system program's error 0.
    template <class T>
    Outcome create(const AccountRef& account, const T& value) {
        TRY_OK(validate(value));
        return create_bytes(account, ledger::encode(value));
    }
    /// Writes the account at its exact new size; the payer tops up the rent of growth, nothing is paid back.
    template <class T>
    Outcome write(const AccountRef& account, const T& value) {
        TRY_OK(validate(value));
        return write_bytes(account, ledger::encode(value));
    }
    Outcome create_bytes(const AccountRef& account, Bytes data);
    Outcome write_bytes(const AccountRef& account, Bytes data);
    /// All lamports to `receiver`; the account is no more.
    Outcome close(const AccountRef& account, const AccountRef& receiver);
    /// From the payer, through the system program. Its error 1 when the payer is short.
    Outcome pay(const AccountRef& to, std::uint64_t lamports);
    /// Pays what `to` lacks to `target`.
    Outcome top_up(const AccountRef& to, std::uint64_t target);

  private:
    Expected<bool> holds_permission(std::initializer_list<PermissionFlag> flags) const;

    const Deployment& deployment_;
    std::span<const AccountRef> accounts_;
    Now now_;
    std::size_t position_ = 0;
    AccountRef payer_;
    const AccountRef* permission_ = nullptr;
};

}  // namespace dz::program
