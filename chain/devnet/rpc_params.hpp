// chain/devnet/rpc_params.hpp: reading the parameters that JSON-RPC methods share.
//
// A missing or null optional has its default; a value of the wrong type is -32602 and names the parameter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "chain/devnet/rpc_error.hpp"
#include "ledger/public_key.hpp"
#include "ledger/rpc.hpp"
#include "ledger/transaction.hpp"

namespace dz::devnet {

/// Positions of a request's `params`.
class Params {
  public:
    /// `list` must outlive it. Null = none given.
    explicit Params(const json::Value* list) : list_(list) {}

    /// Null when absent.
    const json::Value* at(std::size_t position) const;
    Answer<std::string> text(std::size_t position, std::string_view name) const;
    Answer<std::uint64_t> natural(std::size_t position, std::string_view name) const;
    Answer<ledger::PublicKey> key(std::size_t position, std::string_view name) const;
    Answer<ledger::Signature> signature(std::size_t position, std::string_view name) const;
    /// The configuration object; an empty one when absent.
    Answer<json::Value> config(std::size_t position) const;

  private:
    const json::Value* list_;
};

/// Binary is what servers answered before encodings existed: base58, and no word about it. Nothing here has a
/// parsed form: JsonParsed shows accounts in base64, and of transactions it resolves the addresses.
enum class Encoding { Binary, Base58, Base64, Base64Zstd, Json, JsonParsed };
std::string_view to_string(Encoding encoding);

struct DataSlice {
    std::size_t offset = 0;
    std::size_t length = 0;
};

/// Of methods that read the ledger.
struct ReadConfig {
    ledger::Commitment commitment = ledger::Commitment::Finalized;
    std::uint64_t min_context_slot = 0;
    Encoding encoding = Encoding::Binary;
    std::optional<DataSlice> slice;
};
Answer<ReadConfig> read_config(const json::Value& config);

inline constexpr std::size_t kMaxFilters = 4;
/// "bytes" may be a base58 text, a base64 text with "encoding":"base64", or an array of numbers.
Answer<ledger::Filters> read_filters(const json::Value& config);

/// A transaction in the encoding of the configuration, base58 unless told otherwise.
Answer<ledger::Transaction> read_transaction(const std::string& text, const json::Value& config);

Answer<bool> flag(const json::Value& config, std::string_view name, bool fallback);

}  // namespace dz::devnet
