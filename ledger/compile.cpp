// From instructions with keys to a message with positions.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ledger/transaction.hpp"

namespace dz::ledger {
namespace {

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

}  // namespace

Result<Message> compile(const PublicKey& fee_payer, std::span<const TransactionInstruction> instructions,
                        const Blockhash& recent_blockhash, MessageVersion version) {
    const auto too_large = [](std::size_t size) {
        return fail(Errc::LimitExceeded,
                    fmt::format("transaction of {} bytes, at most {} fit", size, kMaxTransactionBytes));
    };
    std::size_t least = 0;
    for (const auto& instruction : instructions)
        least += 3 + instruction.accounts.size() + instruction.data.size();
    if (least > kMaxTransactionBytes) return too_large(least);
    const std::vector<AccountMeta> accounts = merged_accounts(fee_payer, instructions);
    if (accounts.size() > 256) return fail(Errc::LimitExceeded, fmt::format("{} accounts", accounts.size()));

    Message message;
    message.version = version;
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
    // One byte counts the signatures: with more than it can count nothing fits anyway.
    const std::size_t size =
        encode(message).size() + 1 + std::size_t{message.required_signatures} * Signature::kSize;
    if (size > kMaxTransactionBytes) return too_large(size);
    return message;
}

}  // namespace dz::ledger
