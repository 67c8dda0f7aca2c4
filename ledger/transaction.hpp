// ledger/transaction.hpp: transactions, legacy and version 0: compile, sign, write, read, verify
// (ledger-instructions.md 6).
//
// A transaction names each account once and refers to it by position. Decoders are total and refuse what the
// ledger refuses: over 1232 bytes, surplus bytes, positions that do not exist, an account named twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "ledger/keypair.hpp"
#include "ledger/program_error.hpp"
#include "ledger/public_key.hpp"

namespace dz::ledger {

/// Largest transaction that fits the ledger's packets.
inline constexpr std::size_t kMaxTransactionBytes = 1232;

struct AccountMeta {
    PublicKey key;
    bool signer = false;
    bool writable = false;
    bool operator==(const AccountMeta&) const = default;
};
inline AccountMeta writable(const PublicKey& key) {
    return {key, false, true};
}
inline AccountMeta read_only(const PublicKey& key) {
    return {key, false, false};
}
inline AccountMeta signer(const PublicKey& key) {
    return {key, true, true};
}

/// What a program is asked to do, before positions replace keys.
struct TransactionInstruction {
    PublicKey program;
    std::vector<AccountMeta> accounts;
    Bytes data;
    bool operator==(const TransactionInstruction&) const = default;
};

/// An instruction inside a message: positions in `Message::keys`.
struct CompiledInstruction {
    std::uint8_t program = 0;
    std::vector<std::uint8_t> accounts;
    Bytes data;
    bool operator==(const CompiledInstruction&) const = default;
};

/// Version 0 may look accounts up in tables on the ledger instead of naming them.
enum class MessageVersion : std::uint8_t { Legacy, V0 };

/// Entries of one table. The accounts stand behind the named ones: first what all lookups found writable,
/// then what they found read only.
struct AddressLookup {
    PublicKey table;
    std::vector<std::uint8_t> writable;
    std::vector<std::uint8_t> readonly;

    std::size_t size() const { return writable.size() + readonly.size(); }
    bool operator==(const AddressLookup&) const = default;
};

/// The signed part of a transaction. Keys stand in the order writable signers (fee payer first), read-only
/// signers, writable others, read-only others; the three counts tell where each group ends.
struct Message {
    MessageVersion version = MessageVersion::Legacy;
    std::uint8_t required_signatures = 0;
    std::uint8_t readonly_signed = 0;
    std::uint8_t readonly_unsigned = 0;
    std::vector<PublicKey> keys;
    Blockhash recent_blockhash;
    std::vector<CompiledInstruction> instructions;
    std::vector<AddressLookup> lookups;  ///< version 0 only

    // Of accounts that are named in `keys`.
    bool is_signer(std::size_t position) const { return position < required_signatures; }
    bool is_writable(std::size_t position) const;
    /// Pays the fee. The message must have come from `compile` or `decode_message`.
    const PublicKey& fee_payer() const { return keys.front(); }
    bool operator==(const Message&) const = default;
};

struct Transaction {
    std::vector<Signature> signatures;
    Message message;

    /// The transaction's name.
    const Signature& id() const { return signatures.front(); }
    bool operator==(const Transaction&) const = default;
};

/// Gathers the accounts of `instructions`; one that occurs several times gets its strongest flags.
/// Names every account, in either version. Errors: LimitExceeded (more than 256 accounts, or the signed
/// transaction would exceed 1232 bytes).
Result<Message> compile(const PublicKey& fee_payer, std::span<const TransactionInstruction> instructions,
                        const Blockhash& recent_blockhash, MessageVersion version = MessageVersion::Legacy);

/// Signs for every required signer. Errors: BadValue when a required key is missing, naming it.
Result<Transaction> sign(Message message, std::span<const Keypair* const> keypairs);
/// The same for the usual case of one signer.
Result<Transaction> sign(Message message, const Keypair& keypair);
/// Signs for one of several signers; the others' signatures are zero until `cosign`. Errors: BadValue when
/// `keypair` is none of them.
Result<Transaction> sign_partly(Message message, const Keypair& keypair);
/// Adds a signature to what others have signed. Errors: as `sign_partly`.
Result<> cosign(Transaction& transaction, const Keypair& keypair);

Bytes encode(const Message& message);
Bytes encode(const Transaction& transaction);
/// Errors: Truncated, BadValue, LimitExceeded, Unsupported (a message of a later version).
Result<Message> decode_message(ByteView data);
Result<Transaction> decode_transaction(ByteView data);

/// Checks every signature. Errors: Permission, naming the signer.
Result<> verify(const Transaction& transaction);

/// One instruction of a decoded message with keys and flags put back. The message must look nothing up.
TransactionInstruction expand(const Message& message, const CompiledInstruction& instruction);

/// What the compute budget program is asked for ahead of the real work.
struct ComputeBudget {
    std::optional<std::uint32_t> unit_limit;
    std::optional<std::uint64_t> unit_price;        ///< micro-lamports a unit
    std::optional<std::uint32_t> heap_frame;        ///< bytes
    std::optional<std::uint32_t> loaded_data = {};  ///< bytes of accounts that may be loaded
    bool operator==(const ComputeBudget&) const = default;

    /// What the reference command line asks for: 1.4 million units and a heap of 256 KiB.
    static ComputeBudget generous() {
        return {.unit_limit = 1'400'000, .unit_price = {}, .heap_frame = 262'144};
    }
};
/// One instruction for each member that is set, in the order limit, heap, price, loaded data.
std::vector<TransactionInstruction> encode(const ComputeBudget& budget);
/// Gathers the compute budget instructions of a message. Errors, as the ledger has them:
/// DuplicateInstruction; InvalidInstructionData of the instruction (unknown, malformed, a heap that is not 32
/// to 256 whole KiB); InvalidLoadedAccountsDataSizeLimit (zero).
std::expected<ComputeBudget, TransactionError> compute_budget(const Message& message);

/// Moves lamports from a signer.
TransactionInstruction system_transfer(const PublicKey& from, const PublicKey& to, Lamports amount);
/// The amount when `instruction` is a transfer of the system program.
std::optional<Lamports> system_transfer_amount(const TransactionInstruction& instruction);

}  // namespace dz::ledger
