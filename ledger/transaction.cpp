#include "ledger/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace dz::ledger {
namespace {

constexpr std::uint8_t kVersionedFlag = 0x80;
constexpr std::size_t kMaxAccounts = 256;

/// A count of at most 16 bits: seven bits a byte, low ones first.
void write_count(bytes::Writer& out, std::size_t value) {
    DZ_ASSERT(value <= 0xffff);
    for (; value >= 0x80; value >>= 7) out.u8(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
    out.u8(static_cast<std::uint8_t>(value));
}

void write_bytes(bytes::Writer& out, ByteView bytes) {
    write_count(out, bytes.size());
    out.raw(bytes);
}

Result<std::size_t> read_count(bytes::Reader& in) {
    std::size_t value = 0;
    for (unsigned shift = 0; shift <= 14; shift += 7) {
        TRY(const std::uint8_t byte, in.u8());
        value |= std::size_t{byte & 0x7fU} << shift;
        if ((byte & 0x80) != 0) continue;
        // One value, one spelling: otherwise one transaction would have several sets of bytes.
        if (byte == 0 && shift > 0) return fail(Errc::BadValue, "count is not written in its shortest form");
        if (value > 0xffff) break;
        return value;
    }
    return fail(Errc::BadValue, "count exceeds 16 bits");
}

Result<std::vector<PublicKey>> read_keys(bytes::Reader& in) {
    TRY(const std::size_t count, read_count(in));
    if (count > kMaxAccounts) return fail(Errc::LimitExceeded, fmt::format("{} accounts", count));
    if (count > in.remaining() / PublicKey::kSize) return fail(Errc::Truncated, "list of accounts");
    std::vector<PublicKey> keys(count);
    for (PublicKey& key : keys) {
        TRY(key.bytes, in.array<PublicKey::kSize>());
    }
    return keys;
}

/// A list of positions.
Result<std::vector<std::uint8_t>> read_positions(bytes::Reader& in) {
    TRY(const std::size_t count, read_count(in));
    TRY(const ByteView positions, in.take(count));
    return std::vector(positions.begin(), positions.end());
}

Result<CompiledInstruction> read_instruction(bytes::Reader& in) {
    CompiledInstruction instruction;
    TRY(instruction.program, in.u8());
    TRY(instruction.accounts, read_positions(in));
    TRY(const std::size_t size, read_count(in));
    TRY(const ByteView data, in.take(size));
    instruction.data.assign(data.begin(), data.end());
    return instruction;
}

Result<AddressLookup> read_lookup(bytes::Reader& in) {
    AddressLookup lookup;
    TRY(lookup.table.bytes, in.array<PublicKey::kSize>());
    TRY(lookup.writable, read_positions(in));
    TRY(lookup.readonly, read_positions(in));
    if (lookup.size() == 0) return fail(Errc::BadValue, "a lookup that looks nothing up");
    return lookup;
}

Result<> check_header(const Message& message) {
    const std::size_t keys = message.keys.size();
    if (message.required_signatures == 0) return fail(Errc::BadValue, "no signer");
    if (message.readonly_signed >= message.required_signatures)
        return fail(Errc::BadValue, "no writable signer");
    if (std::size_t{message.required_signatures} + message.readonly_unsigned > keys) {
        return fail(Errc::BadValue, "header promises more accounts than there are");
    }
    const std::unordered_set<PublicKey> unique(message.keys.begin(), message.keys.end());
    if (unique.size() != keys) return fail(Errc::BadValue, "an account is named twice");
    return {};
}

/// Accounts that instructions may refer to: named and looked up.
std::size_t account_count(const Message& message) {
    std::size_t count = message.keys.size();
    for (const AddressLookup& lookup : message.lookups) count += lookup.size();
    return count;
}

Result<> check_positions(const Message& message) {
    const std::size_t accounts = account_count(message);
    if (accounts > kMaxAccounts) return fail(Errc::LimitExceeded, fmt::format("{} accounts", accounts));
    for (const CompiledInstruction& instruction : message.instructions) {
        const bool known =
            std::ranges::all_of(instruction.accounts, [&](std::uint8_t at) { return at < accounts; });
        // A program must be named: it cannot be looked up.
        if (!known || instruction.program >= message.keys.size())
            return fail(Errc::BadValue, "instruction names an account that is not there");
        if (instruction.program == 0) return fail(Errc::BadValue, "the fee payer is called as a program");
    }
    return {};
}

/// The first byte of a versioned message is its version with the highest bit set; that of a legacy message is
/// the number of signers, which never needs the bit.
Result<> read_version(bytes::Reader& in, Message& message) {
    TRY(message.required_signatures, in.u8());
    if ((message.required_signatures & kVersionedFlag) == 0) return {};
    const unsigned version = message.required_signatures & ~unsigned{kVersionedFlag};
    if (version != 0) {
        return fail(Errc::Unsupported,
                    fmt::format("message of version {}; legacy and version 0 are understood", version));
    }
    message.version = MessageVersion::V0;
    TRY(message.required_signatures, in.u8());
    return {};
}

template <class T, class Read>
Result<> read_list(bytes::Reader& in, std::vector<T>& list, Read read) {
    TRY(const std::size_t count, read_count(in));
    for (std::size_t i = 0; i < count; ++i) {
        TRY(T item, read(in));
        list.push_back(std::move(item));
    }
    return {};
}

Result<Message> read_message(bytes::Reader& in) {
    Message message;
    TRY_OK(read_version(in, message));
    TRY(message.readonly_signed, in.u8());
    TRY(message.readonly_unsigned, in.u8());
    TRY(message.keys, read_keys(in));
    TRY(message.recent_blockhash.bytes, in.array<32>());
    TRY_OK(check_header(message));
    TRY_OK(read_list(in, message.instructions, read_instruction));
    if (message.version == MessageVersion::V0) TRY_OK(read_list(in, message.lookups, read_lookup));
    TRY_OK(check_positions(message));
    return message;
}

}  // namespace

bool Message::is_writable(std::size_t position) const {
    if (is_signer(position)) return position + readonly_signed < required_signatures;
    return position + readonly_unsigned < keys.size();
}

Result<Transaction> sign(Message message, std::span<const Keypair* const> keypairs) {
    Transaction transaction;
    const Bytes bytes = encode(message);
    for (std::size_t i = 0; i < message.required_signatures; ++i) {
        const auto key = std::ranges::find(keypairs, message.keys[i], &Keypair::public_key);
        if (key == keypairs.end()) {
            return fail(Errc::BadValue, fmt::format("no key to sign for {}", message.keys[i].to_string()));
        }
        transaction.signatures.push_back((*key)->sign(bytes));
    }
    transaction.message = std::move(message);
    return transaction;
}

Result<Transaction> sign(Message message, const Keypair& keypair) {
    const Keypair* const one = &keypair;
    return sign(std::move(message), std::span(&one, 1));
}

Result<Transaction> sign_partly(Message message, const Keypair& keypair) {
    Transaction transaction;
    transaction.signatures.resize(message.required_signatures);
    transaction.message = std::move(message);
    TRY_OK(cosign(transaction, keypair));
    return transaction;
}

Result<> cosign(Transaction& transaction, const Keypair& keypair) {
    const Message& message = transaction.message;
    const auto signers = std::span(message.keys).first(message.required_signatures);
    const auto at = std::ranges::find(signers, keypair.public_key());
    if (at == signers.end())
        return fail(Errc::BadValue,
                    fmt::format("{} is no signer of this transaction", keypair.public_key().to_string()));
    transaction.signatures.at(static_cast<std::size_t>(at - signers.begin())) = keypair.sign(encode(message));
    return {};
}

Bytes encode(const Message& message) {
    bytes::Writer out;
    if (message.version == MessageVersion::V0) out.u8(kVersionedFlag);
    out.u8(message.required_signatures).u8(message.readonly_signed).u8(message.readonly_unsigned);
    write_count(out, message.keys.size());
    for (const PublicKey& key : message.keys) out.raw(key.view());
    out.raw(message.recent_blockhash.bytes);
    write_count(out, message.instructions.size());
    for (const auto& instruction : message.instructions) {
        out.u8(instruction.program);
        write_bytes(out, instruction.accounts);
        write_bytes(out, instruction.data);
    }
    if (message.version == MessageVersion::Legacy) return out.take();
    write_count(out, message.lookups.size());
    for (const AddressLookup& lookup : message.lookups) {
        out.raw(lookup.table.view());
        write_bytes(out, lookup.writable);
        write_bytes(out, lookup.readonly);
    }
    return out.take();
}

Bytes encode(const Transaction& transaction) {
    bytes::Writer out;
    write_count(out, transaction.signatures.size());
    for (const Signature& signature : transaction.signatures) out.raw(signature.bytes);
    out.raw(encode(transaction.message));
    return out.take();
}

Result<Message> decode_message(ByteView data) {
    if (data.size() > kMaxTransactionBytes)
        return fail(Errc::LimitExceeded, fmt::format("message of {} bytes", data.size()));
    bytes::Reader in(data);
    TRY(Message message, read_message(in));
    if (!in.empty()) return fail(Errc::BadValue, "bytes after the message");
    return message;
}

Result<Transaction> decode_transaction(ByteView data) {
    if (data.size() > kMaxTransactionBytes) {
        return fail(Errc::LimitExceeded, fmt::format("transaction of {} bytes, at most {} fit", data.size(),
                                                     kMaxTransactionBytes));
    }
    bytes::Reader in(data);
    TRY(const std::size_t count, read_count(in));
    if (count > in.remaining() / Signature::kSize) return fail(Errc::Truncated, "list of signatures");
    Transaction transaction;
    transaction.signatures.resize(count);
    for (Signature& signature : transaction.signatures) {
        TRY(signature.bytes, in.array<Signature::kSize>());
    }
    TRY(transaction.message, read_message(in));
    if (!in.empty()) return fail(Errc::BadValue, "bytes after the transaction");
    if (count != transaction.message.required_signatures) {
        return fail(Errc::BadValue, fmt::format("{} signatures for {} signers", count,
                                                transaction.message.required_signatures));
    }
    return transaction;
}

Result<> verify(const Transaction& transaction) {
    const Message& message = transaction.message;
    if (transaction.signatures.size() != message.required_signatures ||
        transaction.signatures.size() > message.keys.size()) {
        return fail(Errc::Permission, "signatures and signers differ in number");
    }
    const Bytes bytes = encode(message);
    for (std::size_t i = 0; i < transaction.signatures.size(); ++i) {
        if (!verify(message.keys[i], bytes, transaction.signatures[i])) {
            return fail(Errc::Permission,
                        fmt::format("signature of {} is wrong", message.keys[i].to_string()));
        }
    }
    return {};
}

TransactionInstruction expand(const Message& message, const CompiledInstruction& instruction) {
    DZ_ASSERT(message.lookups.empty());
    TransactionInstruction out{message.keys[instruction.program], {}, instruction.data};
    for (const std::uint8_t at : instruction.accounts) {
        out.accounts.push_back({message.keys[at], message.is_signer(at), message.is_writable(at)});
    }
    return out;
}

}  // namespace dz::ledger
