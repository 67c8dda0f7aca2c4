#include "chain/devnet/account_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/encoding.hpp"

namespace dz::devnet {

namespace {

constexpr std::size_t kMaxBase58Data = 128;
/// What a listed account's text has besides its data, at most.
constexpr std::size_t kMaxAccountFrame = 320;

ByteView sliced(const Bytes& data, const std::optional<DataSlice>& slice) {
    const ByteView all = data;
    if (!slice) return all;
    const std::size_t offset = std::min(slice->offset, all.size());
    return all.subspan(offset, std::min(slice->length, all.size() - offset));
}

bool is_too_long(ByteView data, Encoding encoding) {
    return (encoding == Encoding::Binary || encoding == Encoding::Base58) && data.size() > kMaxBase58Data;
}

void append_data(ByteView data, Encoding encoding, std::string& out) {
    if (is_too_long(data, encoding)) {
        out += "\"error: data too large for bs58 encoding\"";
        return;
    }
    switch (encoding) {
        case Encoding::Binary:
            fmt::format_to(std::back_inserter(out), "\"{}\"", to_base58(data));
            return;
        case Encoding::Base58:
            fmt::format_to(std::back_inserter(out), "[\"{}\",\"base58\"]", to_base58(data));
            return;
        case Encoding::Base64Zstd:
            fmt::format_to(std::back_inserter(out), "[\"{}\",\"base64+zstd\"]",
                           to_base64(to_stored_zstd(data)));
            return;
        case Encoding::Base64:
        case Encoding::Json:
        case Encoding::JsonParsed:
            break;
    }
    out += "[\"";
    append_base64(data, out);
    out += "\",\"base64\"]";
}

bool matches(const Bytes& data, const ledger::Memcmp& filter) {
    if (filter.offset > data.size() || data.size() - filter.offset < filter.bytes.size()) return false;
    return std::equal(filter.bytes.begin(), filter.bytes.end(),
                      data.begin() + static_cast<std::ptrdiff_t>(filter.offset));
}

Answer<void> check_length(const AccountState& account, const ReadConfig& config) {
    if (!is_too_long(sliced(account.data, config.slice), config.encoding)) return {};
    return rpc_fail(
        rpc_code::kInvalidRequest,
        "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.");
}

void append_owned(const AccountState& account, std::string_view owner, const ReadConfig& config,
                  std::string& out) {
    out += "{\"data\":";
    append_data(sliced(account.data, config.slice), config.encoding, out);
    fmt::format_to(std::back_inserter(out),
                   ",\"executable\":{},\"lamports\":{},\"owner\":\"{}\",\"rentEpoch\":18446744073709551615,"
                   "\"space\":{}}}",
                   account.executable, account.lamports, owner, account.data.size());
}

}  // namespace

void append_notified_account(const AccountState& account, const ReadConfig& config, std::string& out) {
    append_owned(account, account.owner.to_string(), config, out);
}

Answer<void> append_account(const AccountState& account, const ReadConfig& config, std::string& out) {
    TRY_OK(check_length(account, config));
    append_notified_account(account, config, out);
    return {};
}

Answer<void> append_accounts(const std::vector<ListedAccount>& accounts, const ReadConfig& config,
                             std::string& out) {
    std::size_t length = out.size() + 2;
    for (const ListedAccount& account : accounts)
        length += kMaxAccountFrame + sliced(account.state->data, config.slice).size() * 3 / 2;
    out.reserve(length);
    const std::string owner = accounts.empty() ? std::string() : accounts.front().state->owner.to_string();
    out += '[';
    for (const ListedAccount& account : accounts) {
        TRY_OK(check_length(*account.state, config));
        if (&account != &accounts.front()) out += ',';
        out += "{\"pubkey\":\"";
        out += account.key.to_string();
        out += "\",\"account\":";
        append_owned(*account.state, owner, config, out);
        out += '}';
    }
    out += ']';
    return {};
}

bool matches(const Bytes& data, const ledger::Filters& filters) {
    if (filters.data_size && *filters.data_size != data.size()) return false;
    return std::ranges::all_of(filters.memcmp,
                               [&](const ledger::Memcmp& filter) { return matches(data, filter); });
}

Bytes to_stored_zstd(ByteView data) {
    constexpr std::uint32_t kMagic = 0xfd2fb528;
    // One segment whose size follows in four bytes; no dictionary, no checksum.
    constexpr std::uint8_t kDescriptor = 0xa0;
    constexpr std::size_t kMaxBlock = 128U << 10;
    bytes::Writer out;
    out.u32(kMagic).u8(kDescriptor).u32(static_cast<std::uint32_t>(data.size()));
    do {
        const ByteView block = data.first(std::min(data.size(), kMaxBlock));
        data = data.subspan(block.size());
        // Bit 0: the last one. Bits 1 and 2: stored. Then the size.
        const auto header = static_cast<std::uint32_t>(block.size() << 3U | (data.empty() ? 1U : 0U));
        out.u16(static_cast<std::uint16_t>(header)).u8(static_cast<std::uint8_t>(header >> 16U)).raw(block);
    } while (!data.empty());
    return out.take();
}

}  // namespace dz::devnet
