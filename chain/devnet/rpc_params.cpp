#include "chain/devnet/rpc_params.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace dz::devnet {

namespace {

constexpr std::size_t kMaxBase58Transaction = 1700;
constexpr std::size_t kMaxFilterBytes = 128;

/// A value of the configuration; null when absent or JSON null.
const json::Value* member(const json::Value& config, std::string_view name) {
    const auto found = config.find(name);
    return found == config.end() || found->is_null() ? nullptr : &*found;
}

Answer<std::uint64_t> to_natural(const json::Value& value, std::string_view name) {
    if (!value.is_number_unsigned()) return invalid_params(fmt::format("{} must be a natural number", name));
    return value.get<std::uint64_t>();
}

Answer<Encoding> parse_encoding(const std::string& text) {
    if (text == "base64") return Encoding::Base64;
    if (text == "base64+zstd") return Encoding::Base64Zstd;
    if (text == "base58") return Encoding::Base58;
    if (text == "binary") return Encoding::Binary;
    if (text == "json") return Encoding::Json;
    if (text == "jsonParsed") return Encoding::JsonParsed;
    return invalid_params(fmt::format("encoding {} is not supported", text));
}

Answer<DataSlice> read_slice(const json::Value& slice) {
    if (!slice.is_object()) return invalid_params("dataSlice must be an object");
    const json::Value* const offset = member(slice, "offset");
    const json::Value* const length = member(slice, "length");
    if (offset == nullptr || length == nullptr) return invalid_params("dataSlice needs offset and length");
    TRY(const std::uint64_t start, to_natural(*offset, "dataSlice.offset"));
    TRY(const std::uint64_t count, to_natural(*length, "dataSlice.length"));
    return DataSlice{start, count};
}

Answer<Bytes> read_filter_bytes(const json::Value& memcmp) {
    const json::Value* const value = member(memcmp, "bytes");
    if (value == nullptr) return invalid_params("memcmp needs bytes");
    if (value->is_array()) {
        Bytes bytes;
        for (const json::Value& byte : *value) {
            if (!byte.is_number_unsigned() || byte.get<std::uint64_t>() > 255) {
                return invalid_params("memcmp.bytes must be numbers from 0 to 255");
            }
            bytes.push_back(byte.get<std::uint8_t>());
        }
        return bytes;
    }
    if (!value->is_string()) return invalid_params("memcmp.bytes must be a text or an array");
    const json::Value* const encoding = member(memcmp, "encoding");
    const bool base64 = encoding != nullptr && *encoding == "base64";
    const auto text = value->get<std::string>();
    auto bytes = base64 ? from_base64(text) : from_base58_long(text, 2 * kMaxFilterBytes);
    if (!bytes) return invalid_params("memcmp.bytes: " + bytes.error().text);
    return *std::move(bytes);
}

Answer<ledger::Memcmp> read_memcmp(const json::Value& memcmp) {
    if (!memcmp.is_object()) return invalid_params("memcmp must be an object");
    ledger::Memcmp filter;
    const json::Value* const offset = member(memcmp, "offset");
    if (offset == nullptr) return invalid_params("memcmp needs an offset");
    TRY(filter.offset, to_natural(*offset, "memcmp.offset"));
    TRY(filter.bytes, read_filter_bytes(memcmp));
    if (filter.bytes.size() > kMaxFilterBytes) return invalid_params("memcmp.bytes exceeds 128 bytes");
    return filter;
}

}  // namespace

const json::Value* Params::at(std::size_t position) const {
    if (list_ == nullptr || position >= list_->size() || (*list_)[position].is_null()) return nullptr;
    return &(*list_)[position];
}

Answer<std::string> Params::text(std::size_t position, std::string_view name) const {
    const json::Value* const value = at(position);
    if (value == nullptr) return invalid_params(fmt::format("{} is missing", name));
    if (!value->is_string()) return invalid_params(fmt::format("{} must be a text", name));
    return value->get<std::string>();
}

Answer<std::uint64_t> Params::natural(std::size_t position, std::string_view name) const {
    const json::Value* const value = at(position);
    if (value == nullptr) return invalid_params(fmt::format("{} is missing", name));
    return to_natural(*value, name);
}

Answer<ledger::PublicKey> Params::key(std::size_t position, std::string_view name) const {
    TRY(const std::string value, text(position, name));
    const auto key = ledger::PublicKey::parse(value);
    if (!key) return invalid_params(fmt::format("{}: {}", name, key.error().text));
    return *key;
}

Answer<ledger::Signature> Params::signature(std::size_t position, std::string_view name) const {
    TRY(const std::string value, text(position, name));
    const auto signature = ledger::Signature::parse(value);
    if (!signature) return invalid_params(fmt::format("{}: {}", name, signature.error().text));
    return *signature;
}

Answer<json::Value> Params::config(std::size_t position) const {
    const json::Value* const value = at(position);
    if (value == nullptr) return json::Value::object();
    // Old clients send the encoding alone.
    if (value->is_string()) return json::Value{{"encoding", *value}};
    if (!value->is_object()) return invalid_params("the configuration must be an object");
    return *value;
}

std::string_view to_string(Encoding encoding) {
    switch (encoding) {
        case Encoding::Binary:
            return "binary";
        case Encoding::Base58:
            return "base58";
        case Encoding::Base64:
            return "base64";
        case Encoding::Base64Zstd:
            return "base64+zstd";
        case Encoding::Json:
            return "json";
        case Encoding::JsonParsed:
            return "jsonParsed";
    }
    return "";
}

Answer<ReadConfig> read_config(const json::Value& config) {
    ReadConfig out;
    if (const json::Value* const value = member(config, "commitment")) {
        const auto commitment =
            value->is_string() ? ledger::parse_commitment(value->get<std::string>()) : std::nullopt;
        if (!commitment) return invalid_params("commitment must be processed, confirmed or finalized");
        out.commitment = *commitment;
    }
    if (const json::Value* const value = member(config, "minContextSlot")) {
        TRY(out.min_context_slot, to_natural(*value, "minContextSlot"));
    }
    if (const json::Value* const value = member(config, "encoding")) {
        if (!value->is_string()) return invalid_params("encoding must be a text");
        TRY(out.encoding, parse_encoding(value->get<std::string>()));
    }
    if (const json::Value* const value = member(config, "dataSlice")) {
        TRY(out.slice, read_slice(*value));
    }
    return out;
}

Answer<ledger::Filters> read_filters(const json::Value& config) {
    ledger::Filters filters;
    const json::Value* const list = member(config, "filters");
    if (list == nullptr) return filters;
    if (!list->is_array()) return invalid_params("filters must be an array");
    if (list->size() > kMaxFilters) return invalid_params("at most 4 filters");
    for (const json::Value& filter : *list) {
        if (!filter.is_object()) return invalid_params("a filter must be an object");
        if (const json::Value* const size = member(filter, "dataSize")) {
            TRY(filters.data_size, to_natural(*size, "dataSize"));
        } else if (const json::Value* const memcmp = member(filter, "memcmp")) {
            TRY(auto comparison, read_memcmp(*memcmp));
            filters.memcmp.push_back(std::move(comparison));
        } else {
            return invalid_params("a filter is neither memcmp nor dataSize");
        }
    }
    return filters;
}

Answer<ledger::Transaction> read_transaction(const std::string& text, const json::Value& config) {
    const json::Value* const encoding = member(config, "encoding");
    const bool base64 = encoding != nullptr && *encoding == "base64";
    if (encoding != nullptr && !base64 && *encoding != "base58") {
        return invalid_params("encoding of a transaction must be base58 or base64");
    }
    const auto bytes = base64 ? from_base64(text) : from_base58_long(text, kMaxBase58Transaction);
    if (!bytes) return invalid_params("transaction: " + bytes.error().text);
    auto transaction = ledger::decode_transaction(*bytes);
    if (!transaction) {
        return rpc_fail(rpc_code::kInvalidParams,
                        "failed to deserialize transaction: " + transaction.error().text);
    }
    return *std::move(transaction);
}

Answer<bool> flag(const json::Value& config, std::string_view name, bool fallback) {
    const json::Value* const value = member(config, name);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) return invalid_params(fmt::format("{} must be true or false", name));
    return value->get<bool>();
}

}  // namespace dz::devnet
