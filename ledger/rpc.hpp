// ledger/rpc.hpp: the port to a ledger, in the terms of its JSON-RPC (ledger.md 4).
//
// `HttpRpc` (http_rpc.hpp) speaks to a node; a node in the same process implements the port directly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/units.hpp"
#include "ledger/program_error.hpp"
#include "ledger/public_key.hpp"

namespace dz::ledger {

/// How settled the state must be that an answer is taken from.
enum class Commitment { Processed, Confirmed, Finalized };
std::string_view to_string(Commitment commitment);
std::optional<Commitment> parse_commitment(std::string_view text);

/// At which state accounts are read.
struct ReadAt {
    // Converts: most readers only care how settled it is.
    ReadAt(Commitment settled, Slot least = {}) : commitment(settled), not_before(least) {}  // NOLINT

    Commitment commitment;
    /// A node that has not got this far refuses, see `is_behind`; 0 = whatever it has.
    Slot not_before;
    bool operator==(const ReadAt&) const = default;
};

/// An answer and the slot it was true at; slot 0 when the server did not say.
template <class T>
struct At {
    Slot slot;
    T value{};
    bool operator==(const At&) const = default;
};

struct AccountInfo {
    Bytes data;
    PublicKey owner;
    Lamports lamports;
    bool executable = false;
    std::uint64_t rent_epoch = 0;
    bool operator==(const AccountInfo&) const = default;
};

struct KeyedAccount {
    PublicKey key;
    AccountInfo account;
    bool operator==(const KeyedAccount&) const = default;
};

/// Keeps accounts whose data has `bytes` at `offset`.
struct Memcmp {
    std::size_t offset = 0;
    Bytes bytes;
    bool operator==(const Memcmp&) const = default;
};

/// All must hold. A server takes at most four.
struct Filters {
    std::vector<Memcmp> memcmp;
    std::optional<std::uint64_t> data_size;
    bool operator==(const Filters&) const = default;
};

struct LatestBlockhash {
    Blockhash blockhash;
    std::uint64_t last_valid_block_height = 0;
    bool operator==(const LatestBlockhash&) const = default;
};

struct SendOptions {
    /// True: no trial run; a failing transaction lands and its program log can be fetched.
    bool skip_preflight = true;
    Commitment preflight_commitment = Commitment::Confirmed;
    std::optional<std::uint64_t> max_retries;
    bool operator==(const SendOptions&) const = default;
};

struct SignatureStatus {
    Slot slot;
    std::optional<TransactionError> error;
    /// What the ledger has reached with it.
    Commitment commitment = Commitment::Processed;
    bool operator==(const SignatureStatus&) const = default;
};

struct TransactionRecord {
    Slot slot;
    std::optional<std::int64_t> block_time;  ///< unix seconds
    std::optional<TransactionError> error;
    std::vector<std::string> log_messages;
    Lamports fee;
    bool operator==(const TransactionRecord&) const = default;
};

struct SignatureRecord {
    Signature signature;
    Slot slot;
    std::optional<TransactionError> error;
    std::optional<std::int64_t> block_time;
    bool operator==(const SignatureRecord&) const = default;
};

/// Which part of an address's history.
struct HistoryRange {
    std::size_t limit = 1000;
    std::optional<Signature> before;
    std::optional<Signature> until;
    bool operator==(const HistoryRange&) const = default;
};

struct EpochInfo {
    std::uint64_t epoch = 0;
    std::uint64_t slot_index = 0;
    std::uint64_t slots_in_epoch = 0;
    Slot absolute_slot;
    std::uint64_t block_height = 0;
    bool operator==(const EpochInfo&) const = default;
};

struct Simulation {
    std::optional<TransactionError> error;
    std::vector<std::string> log_messages;
    std::uint64_t units_consumed = 0;
    bool operator==(const Simulation&) const = default;
};

/// JSON-RPC code of a node that has not reached the slot that was asked for.
inline constexpr long kMinContextSlotNotReached = -32016;

/// True for failures that another attempt may cure: Unavailable, Timeout, Truncated.
bool is_retryable(const Error& error);
/// The node has not reached `ReadAt::not_before`. Retryable too.
bool is_behind(const Error& error);

/// Port. Errors of every verb: Unavailable (not reached, overloaded, behind), Timeout, Cancelled, Truncated
/// (the answer ended early), LimitExceeded, Rejected (the server refused; `detail` is its JSON-RPC code,
/// which is negative, or the program's own of a transaction that failed its trial run, which is positive),
/// BadValue (the answer is not what the method promises). Nothing here is retried unless an adapter says so.
class Rpc {
  public:
    virtual ~Rpc() = default;

    virtual Task<Result<At<std::vector<KeyedAccount>>>> program_accounts(PublicKey program, Filters filters,
                                                                         ReadAt at) = 0;
    /// nullopt: there is no such account.
    virtual Task<Result<At<std::optional<AccountInfo>>>> account(PublicKey key, Commitment commitment) = 0;
    /// One element for each key, in order. At most `kMaxMultipleAccounts` keys (LimitExceeded).
    virtual Task<Result<At<std::vector<std::optional<AccountInfo>>>>> multiple_accounts(
        std::vector<PublicKey> keys, ReadAt at) = 0;
    static constexpr std::size_t kMaxMultipleAccounts = 100;

    virtual Task<Result<At<LatestBlockhash>>> latest_blockhash(Commitment commitment) = 0;
    /// `transaction` is the encoded bytes. Never repeated by any adapter.
    virtual Task<Result<Signature>> send_transaction(Bytes transaction, SendOptions options) = 0;
    virtual Task<Result<At<Simulation>>> simulate_transaction(Bytes transaction, Commitment commitment) = 0;
    /// One element for each signature, in order; nullopt: not seen (yet).
    virtual Task<Result<At<std::vector<std::optional<SignatureStatus>>>>> signature_statuses(
        std::vector<Signature> signatures) = 0;
    /// nullopt: not known at this commitment (yet).
    virtual Task<Result<std::optional<TransactionRecord>>> transaction(Signature signature,
                                                                       Commitment commitment) = 0;
    /// Newest first.
    virtual Task<Result<std::vector<SignatureRecord>>> signatures_for_address(PublicKey address,
                                                                              HistoryRange range) = 0;

    virtual Task<Result<At<Lamports>>> balance(PublicKey key, Commitment commitment) = 0;
    virtual Task<Result<Lamports>> rent_minimum(std::size_t data_bytes) = 0;
    virtual Task<Result<EpochInfo>> epoch_info(Commitment commitment) = 0;
    virtual Task<Result<Slot>> slot(Commitment commitment) = 0;
    /// Unix seconds; nullopt: not recorded.
    virtual Task<Result<std::optional<std::int64_t>>> block_time(Slot slot) = 0;
    /// Version text of the node.
    virtual Task<Result<std::string>> version() = 0;
    /// Unavailable when the node says it is not healthy.
    virtual Task<Result<>> health() = 0;
    /// Local ledgers only. Never repeated by any adapter.
    virtual Task<Result<Signature>> airdrop(PublicKey to, Lamports amount) = 0;
};

}  // namespace dz::ledger
