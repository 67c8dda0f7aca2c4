#include "cli/transaction_text.hpp"

#include <fmt/format.h>

#include "ledger/instructions.hpp"

namespace dz::cli {

using ledger::TransactionInstruction;

std::string instruction_text(const TransactionInstruction& instruction) {
    if (const auto amount = ledger::system_transfer_amount(instruction))
        return fmt::format("Transfer {{lamports: {}}}", amount->value);
    const ByteView data = instruction.data;
    using enum ledger::Dialect;
    // Only reservations differ by dialect, and those of the first kind have an address of 4 bytes.
    constexpr std::size_t kSeatBytes = 5;
    const ledger::Dialect reservations = data.size() == kSeatBytes ? Seats : Blocks;
    const auto decoded = ledger::decode_instruction(data, Today);
    if (decoded) return ledger::print(*decoded);
    const auto reservation = ledger::decode_instruction(data, reservations);
    return reservation ? ledger::print(*reservation) : to_hex(data);
}

void print_transactions(std::ostream& out, const std::vector<TransactionInstruction>& instructions) {
    for (const auto& instruction : instructions) {
        out << instruction_text(instruction) << "\n";
        for (const auto& account : instruction.accounts) {
            out << "    " << account.key.to_string() << (account.writable ? " writable" : "")
                << (account.signer ? " signer" : "") << "\n";
        }
    }
    out << "Nothing was sent (--dry-run)\n";
}

json::Ordered transactions_json(const std::vector<TransactionInstruction>& instructions) {
    json::Ordered transactions = json::Ordered::array();
    for (const auto& instruction : instructions) {
        json::Ordered accounts = json::Ordered::array();
        for (const auto& account : instruction.accounts) {
            accounts.push_back({{"pubkey", account.key.to_string()},
                                {"signer", account.signer},
                                {"writable", account.writable}});
        }
        transactions.push_back({{"instruction", instruction_text(instruction)},
                                {"program", instruction.program.to_string()},
                                {"accounts", accounts},
                                {"data", to_hex(instruction.data)}});
    }
    return transactions;
}

}  // namespace dz::cli
