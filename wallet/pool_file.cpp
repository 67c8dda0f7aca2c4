// pool_file.cpp: a pool as text. Whatever is written twice must agree when it is read.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/json.hpp"
#include "wallet/address_pool.hpp"

namespace dz::wallet {

namespace {

constexpr std::string_view kFormat = "doublezero-address-pool";
constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kUsed = "used";
constexpr std::string_view kReserved = "reserved";
constexpr std::string_view kAvailable = "available";

using json::Ordered;
using json::Value;

std::unexpected<Error> damaged(std::string_view text) {
    return fail(Fault::Serialization, fmt::format("the stored pool does not add up: {}", text));
}

/// An error of the JSON getters, or of a text in it, is one of the file.
template <class T>
Result<T> from_file(Result<T> value) {
    if (value) return value;
    return damaged(value.error().text);
}

Ordered or_null(const std::optional<std::uint32_t>& value) {
    return value ? Ordered(*value) : Ordered(nullptr);
}

Ordered config_json(const PoolConfig& config) {
    // A suffix is a path without its root.
    return {{"base_path", to_string(config.base_path)},
            {"type", to_string(config.type)},
            {"address_type", to_string(config.address_type)},
            {"network", to_string(config.network)},
            {"gap_limit", config.gap_limit},
            {"leaf_suffix", to_string(config.leaf_suffix)}};
}

Ordered entry_json(const AddressInfo& info, Profile profile) {
    Ordered out = {{"index", info.index}, {"address", info.address}};
    if (!info.script_pubkey.empty()) out["script_pubkey"] = to_hex(info.script_pubkey);
    if (info.public_key) out["public_key"] = to_hex(info.public_key->bytes);
    out["path"] = to_string(info.path);
    const bool reserved = info.state == AddressState::Reserved && profile == Profile::Persistent;
    out["state"] = info.state == AddressState::Used ? kUsed : reserved ? kReserved : kAvailable;
    if (reserved) out["reserved_at"] = info.reserved_at.time_since_epoch().count();
    out["tx_count"] = info.tx_count;
    out["total_received"] = info.total_received;
    out["total_sent"] = info.total_sent;
    out["balance"] = info.balance;
    if (info.label) out["label"] = *info.label;
    if (!info.metadata.empty()) out["metadata"] = info.metadata;
    return out;
}

Result<std::uint32_t> small(const Value& object, std::string_view key) {
    TRY(const std::uint64_t value, json::natural(object, key));
    if (value > std::numeric_limits<std::uint32_t>::max())
        return fail(Errc::BadValue, fmt::format("{} of {}", key, value));
    return static_cast<std::uint32_t>(value);
}

Result<std::optional<std::uint32_t>> small_or_null(const Value& object, std::string_view key) {
    TRY(const Value* const value, json::at(object, key));
    if (value->is_null()) return std::optional<std::uint32_t>();
    TRY(const std::uint32_t number, small(object, key));
    return std::optional(number);
}

Result<PoolConfig> read_config(const Value& root) {
    TRY(const Value* const object, json::object(root, "config"));
    PoolConfig config;
    TRY(const std::string base_path, json::string(*object, "base_path"));
    TRY(config.base_path, parse_path(base_path));
    TRY(const std::string type, json::string(*object, "type"));
    TRY(config.type, parse_pool_type(type));
    TRY(const std::string address_type, json::string(*object, "address_type"));
    TRY(config.address_type, parse_address_type(address_type));
    TRY(const std::string network, json::string(*object, "network"));
    TRY(config.network, parse_network(network));
    TRY(config.gap_limit, small(*object, "gap_limit"));
    TRY(const std::string suffix, json::string(*object, "leaf_suffix"));
    TRY(config.leaf_suffix, parse_path(suffix));
    if (config.gap_limit == 0 || config.gap_limit > kMaxGapLimit)
        return fail(Errc::BadValue, fmt::format("a gap limit of {}", config.gap_limit));
    return config;
}

Result<KeyBytes> read_key(const std::string& hex) {
    TRY(Bytes bytes, from_hex(hex));
    return KeyBytes{.type = bytes.size() == 32 ? KeyType::EdDsa : KeyType::Ecdsa, .bytes = std::move(bytes)};
}

Result<> read_state(const Value& object, AddressInfo& info) {
    TRY(const std::string state, json::string(object, "state"));
    if (state == kAvailable) return {};
    if (state == kUsed) {
        info.state = AddressState::Used;
        return {};
    }
    if (state != kReserved) return fail(Errc::BadValue, fmt::format("state \"{}\"", state));
    info.state = AddressState::Reserved;
    TRY(const std::int64_t at, json::integer(object, "reserved_at"));
    info.reserved_at = UnixTime(std::chrono::seconds(at));
    return {};
}

Result<> read_metadata(const Value& object, AddressInfo& info) {
    if (!object.contains("metadata")) return {};
    TRY(const Value* const metadata, json::object(object, "metadata"));
    for (const auto& [key, value] : metadata->items()) {
        TRY(info.metadata[key], json::string(*metadata, key));
    }
    return {};
}

Result<AddressInfo> read_entry(const Value& object) {
    AddressInfo info;
    TRY(info.index, small(object, "index"));
    TRY(info.address, json::string(object, "address"));
    TRY(const std::string script, json::string_or(object, "script_pubkey", ""));
    TRY(info.script_pubkey, from_hex(script));
    TRY(const std::string key, json::string_or(object, "public_key", ""));
    if (!key.empty()) {
        TRY(info.public_key, read_key(key));
    }
    TRY(const std::string path, json::string(object, "path"));
    TRY(info.path, parse_path(path));
    TRY_OK(read_state(object, info));
    TRY(info.tx_count, small(object, "tx_count"));
    TRY(info.total_received, json::natural(object, "total_received"));
    TRY(info.total_sent, json::natural(object, "total_sent"));
    TRY(info.balance, json::natural(object, "balance"));
    if (object.contains("label")) {
        TRY(info.label, json::string(object, "label"));
    }
    TRY_OK(read_metadata(object, info));
    return info;
}

/// The address again, from what it was made of.
Result<EncodedAddress> encoded_again(const AddressInfo& info, const PoolConfig& config) {
    if (info.public_key) return encode_address(config.address_type, config.network, *info.public_key);
    TRY(const HashAddress address, address_in_script(info.script_pubkey));
    return EncodedAddress{.text = to_dash(address, config.network), .script = info.script_pubkey};
}

Result<> check_entry(const AddressInfo& info, std::size_t place, const PoolConfig& config) {
    if (info.index != place) return damaged(fmt::format("index {} at place {}", info.index, place));
    const auto again = encoded_again(info, config);
    if (!again) return damaged(fmt::format("address {}: {}", place, again.error().text));
    if (again->text != info.address || again->script != info.script_pubkey)
        return damaged(fmt::format("address {} is not that of its key", place));
    return {};
}

Result<std::set<std::uint32_t>> read_used(const Value& root) {
    TRY(const Value* const array, json::array(root, "used_indices"));
    std::set<std::uint32_t> out;
    for (const Value& value : *array) {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kLastIndex)
            return damaged("an index that is no number");
        if (!out.insert(value.get<std::uint32_t>()).second) return damaged("an index is listed twice");
    }
    return out;
}

Result<> check_head(const Value& root) {
    if (!root.is_object()) return damaged("not an object");
    TRY(const std::string format, from_file(json::string(root, "format")));
    if (format != kFormat) return damaged(fmt::format("it is a \"{}\"", format));
    TRY(const std::uint64_t version, from_file(json::natural(root, "version")));
    if (version != kVersion)
        return fail(
            Fault::Serialization,
            fmt::format("the stored pool has version {}, and this program reads {}", version, kVersion));
    return {};
}

Result<std::optional<Hash20>> read_fingerprint(const Value& root) {
    TRY(const std::string text, json::string_or(root, "key_fingerprint", ""));
    if (text.empty()) return std::optional<Hash20>();
    TRY(const Bytes bytes, from_hex(text));
    Hash20 out;
    if (bytes.size() != out.size()) return fail(Errc::BadValue, "a key fingerprint of another length");
    std::ranges::copy(bytes, out.begin());
    return std::optional(out);
}

}  // namespace

std::string AddressPool::serialize() const {
    Ordered entries = Ordered::array();
    for (const AddressInfo& info : entries_) entries.push_back(entry_json(info, options_.profile));
    const Ordered root = {
        {"format", kFormat},
        {"version", kVersion},
        {"config", config_json(config_)},
        {"key_fingerprint", key_fingerprint_ ? Ordered(to_hex(*key_fingerprint_)) : Ordered(nullptr)},
        {"highest_generated", or_null(highest_generated())},
        {"highest_used", or_null(highest_used())},
        {"used_indices", used_},
        {"addresses", std::move(entries)}};
    return json::dump(root);
}

Result<AddressPool> AddressPool::parse(std::string_view text, PoolOptions options) {
    TRY(const Value root, from_file(json::parse(text)));
    TRY_OK(check_head(root));
    TRY(PoolConfig config, from_file(read_config(root)));
    TRY(AddressPool pool, from_file(make_empty(std::move(config), std::move(options))));
    TRY(pool.key_fingerprint_, from_file(read_fingerprint(root)));
    TRY(const Value* const entries, from_file(json::array(root, "addresses")));
    for (const Value& value : *entries) {
        if (!value.is_object()) return damaged("an address that is no object");
        TRY(AddressInfo info, from_file(read_entry(value)));
        TRY_OK(check_entry(info, pool.entries_.size(), pool.config_));
        if (pool.contains_address(info.address))
            return damaged(fmt::format("{} is listed twice", info.address));
        pool.restore(std::move(info));
    }
    TRY(const auto used, read_used(root));
    if (used != pool.used_) return damaged("used addresses and their list differ");
    TRY(const auto highest_generated, from_file(small_or_null(root, "highest_generated")));
    TRY(const auto highest_used, from_file(small_or_null(root, "highest_used")));
    if (highest_generated != pool.highest_generated() || highest_used != pool.highest_used())
        return damaged("the highest index differs");
    return pool;
}

void AddressPool::restore(AddressInfo info) {
    const std::uint32_t index = info.index;
    const AddressState state = info.state;
    const UnixTime at = info.reserved_at;
    if (state == AddressState::Reserved && options_.profile == Profile::Persistent)
        holds_.emplace(index, Hold{info.address, new_token(), at, {}});
    store(std::move(info));
    if (state == AddressState::Used) mark(entries_.back());
}

}  // namespace dz::wallet
