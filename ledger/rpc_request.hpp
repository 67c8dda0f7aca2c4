// ledger/rpc_request.hpp: the parameters that requests over HTTP and over WebSocket share. Pure.
#pragma once

#include "base/json.hpp"
#include "ledger/rpc.hpp"

namespace dz::ledger::rpc_request {

/// {"commitment": ...}
json::Ordered config(Commitment commitment);
/// How an account is to be read and written.
json::Ordered account_config(const ReadAt& at);
/// "filters", where there are any.
void add_filters(json::Ordered& config, const Filters& filters);
/// The whole message.
std::string message(std::uint64_t id, std::string_view method, json::Ordered params);

}  // namespace dz::ledger::rpc_request
