// cli/lookup.hpp: reading the accounts that commands show or need.
#pragma once

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.hpp"
#include "ledger/accounts.hpp"
#include "ledger/snapshot.hpp"

namespace dz::cli {

using Catalogue = std::shared_ptr<const ledger::Snapshot>;

/// All accounts of some kinds, one read for each kind.
Task<Result<Catalogue>> read_kinds(Context& context, std::vector<ledger::AccountType> kinds);

/// The users of one client IP, whatever their type.
Task<Result<Catalogue>> read_users_of(Context& context, Ipv4 client_ip);

/// nullopt: there is no such account.
template <class T>
Task<Result<std::optional<T>>> read_account(Context& context, ledger::PublicKey key) {
    const auto answer = co_await context.rpc.account(key, ledger::Commitment::Confirmed);
    if (!answer) co_return std::unexpected(answer.error());
    if (!answer->value) co_return std::optional<T>{};
    CO_TRY(T decoded, ledger::decode<T>(answer->value->data));
    co_return std::optional<T>(std::move(decoded));
}

/// Equal but for ASCII case, as codes are compared everywhere.
bool same_code(std::string_view a, std::string_view b);

/// The command that shows this kind: "location", "multicast group".
std::string_view kind_name(ledger::AccountType kind);

/// What people call an account: its code, of a topology the name; empty for kinds that have neither.
template <class T>
std::string_view label(const T& account) {
    if constexpr (requires { account.code; })
        return account.code;
    else if constexpr (std::same_as<T, ledger::Topology>)
        return account.name;
    else
        return {};
}

/// By address, or by code without regard to case. Null when absent.
template <class T>
const ledger::Entry<T>* find(const ledger::Table<T>& table, std::string_view text) {
    if (const auto key = ledger::PublicKey::parse(text)) {
        const auto at = std::ranges::find(table, *key, &ledger::Entry<T>::key);
        if (at != table.end()) return &*at;
    }
    const auto at = std::ranges::find_if(table, [&](const auto& entry) {
        const std::string_view name = label(entry.value);
        return !name.empty() && same_code(name, text);
    });
    return at == table.end() ? nullptr : &*at;
}

/// Code of what `key` refers to; its address where that is unknown.
template <class T>
std::string code_of(const ledger::Table<T>& table, const ledger::PublicKey& key) {
    const T* const found = table.find(key);
    return found != nullptr ? std::string(label(*found)) : key.to_string();
}
/// The same for several.
template <class T>
std::vector<std::string> codes_of(const ledger::Table<T>& table, const std::vector<ledger::PublicKey>& keys) {
    std::vector<std::string> codes;
    for (const auto& key : keys) codes.push_back(code_of(table, key));
    return codes;
}

/// The pass that lets `payer` connect from `client_ip`: the one for any address first, then the exact one.
Task<Result<std::optional<ledger::Entry<ledger::AccessPass>>>> find_access_pass(Context& context,
                                                                                Ipv4 client_ip,
                                                                                ledger::PublicKey payer);

}  // namespace dz::cli
