#include "chain/devnet/account_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/encoding.hpp"

namespace dz::devnet {

namespace {

constexpr std::size_t kMaxBase58Data = 128;

ByteView sliced(const Bytes& data, const std::optional<DataSlice>& slice) {
    const ByteView all = data;
    if (!slice) return all;
    const std::size_t offset = std::min(slice->offset, all.size());
    return all.subspan(offset, std::min(slice->length, all.size() - offset));
}

Answer<void> append_data(ByteView data, Encoding encoding, std::string& out) {
    if (encoding == Encoding::Base64 || encoding == Encoding::Json) {
        out += "[\"";
        out += to_base64(data);
        out += "\",\"base64\"]";
        return {};
    }
    if (data.size() > kMaxBase58Data) {
        return rpc_fail(
            rpc_code::kInvalidRequest,
            "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.");
    }
    const std::string text = to_base58(data);
    out +=
        encoding == Encoding::Binary ? fmt::format("\"{}\"", text) : fmt::format("[\"{}\",\"base58\"]", text);
    return {};
}

}  // namespace

Answer<void> append_account(const AccountState& account, const ReadConfig& config, std::string& out) {
    out += "{\"data\":";
    TRY_OK(append_data(sliced(account.data, config.slice), config.encoding, out));
    fmt::format_to(std::back_inserter(out),
                   ",\"executable\":{},\"lamports\":{},\"owner\":\"{}\",\"rentEpoch\":18446744073709551615,"
                   "\"space\":{}}}",
                   account.executable, account.lamports, account.owner.to_string(), account.data.size());
    return {};
}

}  // namespace dz::devnet
