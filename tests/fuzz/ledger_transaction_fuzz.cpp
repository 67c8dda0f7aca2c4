// links: dz::ledger
// ledger_transaction_fuzz.cpp: any bytes are a transaction of either version or an error; it has exactly one
// form, its instructions can be expanded, and its compute budget and signatures can be asked about.
#include <cstdint>

#include "ledger/transaction.hpp"

using namespace dz;
using namespace dz::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    static_cast<void>(decode_message(input));
    const auto transaction = decode_transaction(input);
    if (!transaction) return 0;
    const Bytes bytes = encode(*transaction);
    DZ_ASSERT(std::equal(bytes.begin(), bytes.end(), input.begin(), input.end()));
    static_cast<void>(verify(*transaction));
    static_cast<void>(compute_budget(transaction->message));
    // What is looked up has no key yet.
    if (!transaction->message.lookups.empty()) return 0;
    for (const auto& instruction : transaction->message.instructions) {
        const auto expanded = expand(transaction->message, instruction);
        static_cast<void>(system_transfer_amount(expanded));
    }
    return 0;
}
