#include "ledger/rpc_request.hpp"

#include "base/encoding.hpp"

namespace dz::ledger::rpc_request {

json::Ordered config(Commitment commitment) {
    return {{"commitment", to_string(commitment)}};
}

json::Ordered account_config(const ReadAt& at) {
    json::Ordered out = {{"encoding", "base64"}, {"commitment", to_string(at.commitment)}};
    if (at.not_before.value != 0) out["minContextSlot"] = at.not_before.value;
    return out;
}

void add_filters(json::Ordered& config, const Filters& filters) {
    auto list = json::Ordered::array();
    if (filters.data_size) list.push_back({{"dataSize", *filters.data_size}});
    for (const Memcmp& filter : filters.memcmp) {
        json::Ordered memcmp = {{"offset", filter.offset}, {"bytes", to_base58(filter.bytes)}};
        list.push_back({{"memcmp", std::move(memcmp)}});
    }
    if (!list.empty()) config["filters"] = std::move(list);
}

std::string message(std::uint64_t id, std::string_view method, json::Ordered params) {
    return json::dump({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
}

}  // namespace dz::ledger::rpc_request
