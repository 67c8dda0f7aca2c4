// chain/devnet/account_json.hpp: accounts as JSON-RPC shows and filters them.
#pragma once

#include <string>
#include <vector>

#include "chain/devnet/executor.hpp"
#include "chain/devnet/rpc_error.hpp"
#include "chain/devnet/rpc_params.hpp"

namespace dz::devnet {

/// Appends {"data":...,"executable":...,...}. Errors: -32600 when base58 is asked for more than 128 bytes.
Answer<void> append_account(const AccountState& account, const ReadConfig& config, std::string& out);
/// The same for notifications, which nobody can answer with an error: the data are a sentence then.
void append_notified_account(const AccountState& account, const ReadConfig& config, std::string& out);

struct ListedAccount {
    PublicKey key;
    const AccountState* state;
};
/// Accounts of one owner as [{"pubkey":...,"account":...},...]. Errors: as `append_account`.
Answer<void> append_accounts(const std::vector<ListedAccount>& accounts, const ReadConfig& config,
                             std::string& out);

bool matches(const Bytes& data, const ledger::Filters& filters);

/// A Zstandard frame (RFC 8878) that stores `data` as it is: what "base64+zstd" promises, without a
/// compressor. Whoever wants fewer bytes has gzip for the whole answer.
Bytes to_stored_zstd(ByteView data);

}  // namespace dz::devnet
