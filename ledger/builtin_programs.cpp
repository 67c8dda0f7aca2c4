// The two programs of the ledger itself that clients call: compute budget and system.
#include <fmt/format.h>

#include "ledger/transaction.hpp"

namespace dz::ledger {
namespace {

constexpr std::uint8_t kHeapFrame = 1;
constexpr std::uint8_t kUnitLimit = 2;
constexpr std::uint8_t kUnitPrice = 3;
constexpr std::uint32_t kTransfer = 2;

template <class T, class Read>
Result<> set_once(std::optional<T>& field, Read read) {
    if (field) return fail(Errc::BadValue, "compute budget: the same limit twice");
    TRY(field, read());
    return {};
}

Result<> read_budget(ByteView data, ComputeBudget& budget) {
    bytes::Reader in(data);
    TRY(const std::uint8_t kind, in.u8());
    switch (kind) {
        case kHeapFrame:
            return set_once(budget.heap_frame, [&] { return in.u32(); });
        case kUnitLimit:
            return set_once(budget.unit_limit, [&] { return in.u32(); });
        case kUnitPrice:
            return set_once(budget.unit_price, [&] { return in.u64(); });
        default:
            return fail(Errc::BadValue, fmt::format("compute budget: unknown request {}", kind));
    }
}

}  // namespace

std::vector<TransactionInstruction> encode(const ComputeBudget& budget) {
    std::vector<TransactionInstruction> out;
    const auto add = [&](bytes::Writer& data) { out.push_back({kComputeBudgetProgram, {}, data.take()}); };
    if (budget.unit_limit) add(bytes::Writer().u8(kUnitLimit).u32(*budget.unit_limit));
    if (budget.heap_frame) add(bytes::Writer().u8(kHeapFrame).u32(*budget.heap_frame));
    if (budget.unit_price) add(bytes::Writer().u8(kUnitPrice).u64(*budget.unit_price));
    return out;
}

Result<ComputeBudget> compute_budget(const Message& message) {
    ComputeBudget budget;
    for (const CompiledInstruction& instruction : message.instructions) {
        if (message.keys[instruction.program] != kComputeBudgetProgram) continue;
        TRY_OK(read_budget(instruction.data, budget));
    }
    return budget;
}

TransactionInstruction system_transfer(const PublicKey& from, const PublicKey& to, Lamports amount) {
    return {kSystemProgram,
            {signer(from), writable(to)},
            bytes::Writer().u32(kTransfer).u64(amount.value).take()};
}

std::optional<Lamports> system_transfer_amount(const TransactionInstruction& instruction) {
    if (instruction.program != kSystemProgram) return std::nullopt;
    bytes::Reader in(instruction.data);
    const auto kind = in.u32();
    const auto amount = in.u64();
    if (!kind || *kind != kTransfer || !amount) return std::nullopt;
    return Lamports{*amount};
}

}  // namespace dz::ledger
