// Methods that read accounts.
#include <fmt/format.h>

#include <algorithm>

#include "chain/devnet/account_json.hpp"
#include "chain/devnet/rpc_methods.hpp"
#include "ledger/limits.hpp"

namespace dz::devnet {

namespace {

constexpr std::size_t kMaxMultipleAccounts = 100;

Answer<void> append_or_null(const AccountPointer& account, const ReadConfig& config, std::string& out) {
    if (account) return append_account(*account, config, out);
    out += "null";
    return {};
}

}  // namespace

Answer<std::string> RpcMethods::account_info(Params params) {
    TRY(const PublicKey key, params.key(0, "pubkey"));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    std::string value;
    TRY_OK(append_or_null(ledger_.account(key, view), config, value));
    return with_context(view, value);
}

Answer<std::string> RpcMethods::multiple_accounts(Params params) {
    const json::Value* const list = params.at(0);
    if (list == nullptr || !list->is_array()) return invalid_params("pubkeys must be an array");
    if (list->size() > kMaxMultipleAccounts) return invalid_params("at most 100 accounts");
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    const Params keys(list);
    std::string value = "[";
    for (std::size_t i = 0; i < list->size(); ++i) {
        if (i > 0) value += ',';
        TRY(const PublicKey key, keys.key(i, "pubkey"));
        TRY_OK(append_or_null(ledger_.account(key, view), config, value));
    }
    return with_context(view, value + "]");
}

Answer<std::string> RpcMethods::program_accounts(Params params) {
    TRY(const PublicKey program, params.key(0, "program"));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const ledger::Filters filters, read_filters(raw));
    TRY(const bool context, flag(raw, "withContext", false));
    TRY(const View view, view_for(config));
    std::vector<ListedAccount> found;
    ledger_.accounts().visit_owned(program, view.version,
                                   [&](const PublicKey& key, const AccountState& account) {
                                       if (matches(account.data, filters)) found.push_back({key, &account});
                                   });
    std::string list;
    TRY_OK(append_accounts(found, config, list));
    return context ? with_context(view, list) : list;
}

Answer<std::string> RpcMethods::balance(Params params) {
    TRY(const PublicKey key, params.key(0, "pubkey"));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const View view, view_for(config));
    const AccountPointer account = ledger_.account(key, view);
    return with_context(view, std::to_string(account ? account->lamports : 0));
}

Answer<std::string> RpcMethods::rent_minimum(Params params) {
    constexpr std::uint64_t kMaxAccountBytes = 10U << 20;
    TRY(const std::uint64_t size, params.natural(0, "size"));
    if (size > kMaxAccountBytes) return invalid_params("no account is that large");
    return std::to_string(ledger::rent_exempt_lamports(size));
}

}  // namespace dz::devnet
