// chain/devnet/account_json.hpp: accounts as JSON-RPC shows them.
#pragma once

#include <string>

#include "chain/devnet/executor.hpp"
#include "chain/devnet/rpc_error.hpp"
#include "chain/devnet/rpc_params.hpp"

namespace dz::devnet {

/// Appends {"data":...,"executable":...,...}. Errors: -32600 when base58 is asked for more than 128 bytes.
Answer<void> append_account(const AccountState& account, const ReadConfig& config, std::string& out);

}  // namespace dz::devnet
