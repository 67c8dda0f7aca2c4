#include "ledger/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace dz::ledger {
namespace {

constexpr std::uint8_t kVersionedFlag = 0x80;

/// A count of at most 16 bits: seven bits a byte, low ones first.
void write_count(bytes::Writer& out, std::size_t value) {
    DZ_ASSERT(value <= 0xffff);
    for (; value >= 0x80; value >>= 7) out.u8(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
    out.u8(static_cast<std::uint8_t>(value));
}

std::size_t count_size(std::size_t value) {
    return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
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

std::size_t encoded_size(const Message& message) {
    std::size_t size = 3 + count_size(message.keys.size()) + message.keys.size() * PublicKey::kSize + 32 +
                       count_size(message.instructions.size());
    for (const auto& instruction : message.instructions) {
        size += 1 + count_size(instruction.accounts.size()) + instruction.accounts.size() +
                count_size(instruction.data.size()) + instruction.data.size();
    }
    return size;
}

/// Order in a message. 0: writable signers, 1: read-only signers, 2: writable others, 3: read-only others.
int group_of(const AccountMeta& account) {
    return (account.signer ? 0 : 2) + (account.writable ? 0 : 1);
}

std::vector<AccountMeta> merged_accounts(const PublicKey& fee_payer,
                                         std::span<const TransactionInstruction> instructions) {
    std::vector<AccountMeta> all = {signer(fee_payer)};
    const auto add = [&](const AccountMeta& account) {
        const auto at = std::ranges::find(all, account.key, &AccountMeta::key);
        if (at == all.end()) {
            all.push_back(account);
            return;
        }
        at->signer = at->signer || account.signer;
        at->writable = at->writable || account.writable;
    };
    for (const auto& instruction : instructions) std::ranges::for_each(instruction.accounts, add);
    for (const auto& instruction : instructions) add(read_only(instruction.program));
    std::vector<AccountMeta> sorted;
    for (int group = 0; group < 4; ++group) {
        std::ranges::copy_if(all, std::back_inserter(sorted),
                             [&](const AccountMeta& a) { return group_of(a) == group; });
    }
    return sorted;
}

Result<std::vector<PublicKey>> read_keys(bytes::Reader& in) {
    TRY(const std::size_t count, read_count(in));
    if (count > 256) return fail(Errc::LimitExceeded, fmt::format("{} accounts", count));
    if (count > in.remaining() / PublicKey::kSize) return fail(Errc::Truncated, "list of accounts");
    std::vector<PublicKey> keys(count);
    for (PublicKey& key : keys) {
        TRY(key.bytes, in.array<PublicKey::kSize>());
    }
    return keys;
}

Result<CompiledInstruction> read_instruction(bytes::Reader& in, std::size_t keys) {
    CompiledInstruction instruction;
    TRY(instruction.program, in.u8());
    TRY(const std::size_t accounts, read_count(in));
    TRY(const ByteView positions, in.take(accounts));
    TRY(const std::size_t size, read_count(in));
    TRY(const ByteView data, in.take(size));
    const bool known = std::ranges::all_of(positions, [&](std::uint8_t at) { return at < keys; });
    if (instruction.program >= keys || !known)
        return fail(Errc::BadValue, "instruction names an account that is not there");
    // The fee payer cannot be a program.
    if (instruction.program == 0) return fail(Errc::BadValue, "the fee payer is called as a program");
    instruction.accounts.assign(positions.begin(), positions.end());
    instruction.data.assign(data.begin(), data.end());
    return instruction;
}

Result<> check(const Message& message) {
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

Result<Message> read_message(bytes::Reader& in) {
    Message message;
    TRY(message.required_signatures, in.u8());
    if ((message.required_signatures & kVersionedFlag) != 0) {
        return fail(Errc::Unsupported, "versioned message; only legacy messages are understood");
    }
    TRY(message.readonly_signed, in.u8());
    TRY(message.readonly_unsigned, in.u8());
    TRY(message.keys, read_keys(in));
    TRY(message.recent_blockhash.bytes, in.array<32>());
    TRY_OK(check(message));
    TRY(const std::size_t count, read_count(in));
    for (std::size_t i = 0; i < count; ++i) {
        TRY(auto instruction, read_instruction(in, message.keys.size()));
        message.instructions.push_back(std::move(instruction));
    }
    return message;
}

}  // namespace

bool Message::is_writable(std::size_t position) const {
    if (is_signer(position)) return position + readonly_signed < required_signatures;
    return position + readonly_unsigned < keys.size();
}

Result<Message> compile(const PublicKey& fee_payer, std::span<const TransactionInstruction> instructions,
                        const Blockhash& recent_blockhash) {
    const std::vector<AccountMeta> accounts = merged_accounts(fee_payer, instructions);
    if (accounts.size() > 256) return fail(Errc::LimitExceeded, fmt::format("{} accounts", accounts.size()));

    Message message;
    message.recent_blockhash = recent_blockhash;
    for (const AccountMeta& account : accounts) {
        message.keys.push_back(account.key);
        if (account.signer) ++message.required_signatures;
        if (!account.writable) ++(account.signer ? message.readonly_signed : message.readonly_unsigned);
    }
    const auto position = [&](const PublicKey& key) {
        return static_cast<std::uint8_t>(std::ranges::find(message.keys, key) - message.keys.begin());
    };
    for (const auto& instruction : instructions) {
        CompiledInstruction compiled{position(instruction.program), {}, instruction.data};
        for (const AccountMeta& account : instruction.accounts)
            compiled.accounts.push_back(position(account.key));
        message.instructions.push_back(std::move(compiled));
    }
    const std::size_t size = encoded_size(message) + count_size(message.required_signatures) +
                             std::size_t{message.required_signatures} * Signature::kSize;
    if (size > kMaxTransactionBytes) {
        return fail(Errc::LimitExceeded,
                    fmt::format("transaction of {} bytes, at most {} fit", size, kMaxTransactionBytes));
    }
    return message;
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

Bytes encode(const Message& message) {
    bytes::Writer out;
    out.u8(message.required_signatures).u8(message.readonly_signed).u8(message.readonly_unsigned);
    write_count(out, message.keys.size());
    for (const PublicKey& key : message.keys) out.raw(key.view());
    out.raw(message.recent_blockhash.bytes);
    write_count(out, message.instructions.size());
    for (const auto& instruction : message.instructions) {
        out.u8(instruction.program);
        write_count(out, instruction.accounts.size());
        out.raw(instruction.accounts);
        write_count(out, instruction.data.size());
        out.raw(instruction.data);
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
    TransactionInstruction out{message.keys[instruction.program], {}, instruction.data};
    for (const std::uint8_t at : instruction.accounts) {
        out.accounts.push_back({message.keys[at], message.is_signer(at), message.is_writable(at)});
    }
    return out;
}

}  // namespace dz::ledger
