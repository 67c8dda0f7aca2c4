// The two programs of the ledger itself that clients call: compute budget and system.
#include <fmt/format.h>

#include "ledger/transaction.hpp"

namespace dz::ledger {
namespace {

constexpr std::uint8_t kHeapFrame = 1;
constexpr std::uint8_t kUnitLimit = 2;
constexpr std::uint8_t kUnitPrice = 3;
constexpr std::uint8_t kLoadedData = 4;
constexpr std::uint32_t kTransfer = 2;

constexpr std::uint32_t kKibibyte = 1024;
constexpr std::uint32_t kMinHeap = 32 * kKibibyte;
constexpr std::uint32_t kMaxHeap = 256 * kKibibyte;

enum class Request { Taken, Repeated, Malformed };

template <class T>
Request take(std::optional<T>& field, const Result<T>& value) {
    if (!value) return Request::Malformed;
    if (field) return Request::Repeated;
    field = *value;
    return Request::Taken;
}

/// Bytes after the value are tolerated, as on the ledger.
Request read_request(ByteView data, ComputeBudget& budget) {
    bytes::Reader in(data);
    switch (in.u8().value_or(0)) {
        case kHeapFrame:
            return take(budget.heap_frame, in.u32());
        case kUnitLimit:
            return take(budget.unit_limit, in.u32());
        case kUnitPrice:
            return take(budget.unit_price, in.u64());
        case kLoadedData:
            return take(budget.loaded_data, in.u32());
        default:
            return Request::Malformed;
    }
}

TransactionError malformed(std::uint32_t instruction) {
    return TransactionError::of(instruction, BuiltinError::InvalidInstructionData);
}

bool is_heap(std::uint32_t bytes) {
    return bytes >= kMinHeap && bytes <= kMaxHeap && bytes % kKibibyte == 0;
}

}  // namespace

std::vector<TransactionInstruction> encode(const ComputeBudget& budget) {
    std::vector<TransactionInstruction> out;
    const auto add = [&](bytes::Writer& data) { out.push_back({kComputeBudgetProgram, {}, data.take()}); };
    if (budget.unit_limit) add(bytes::Writer().u8(kUnitLimit).u32(*budget.unit_limit));
    if (budget.heap_frame) add(bytes::Writer().u8(kHeapFrame).u32(*budget.heap_frame));
    if (budget.unit_price) add(bytes::Writer().u8(kUnitPrice).u64(*budget.unit_price));
    if (budget.loaded_data) add(bytes::Writer().u8(kLoadedData).u32(*budget.loaded_data));
    return out;
}

std::expected<ComputeBudget, TransactionError> compute_budget(const Message& message) {
    ComputeBudget budget;
    std::uint32_t heap_at = 0;
    for (std::uint32_t i = 0; i < message.instructions.size(); ++i) {
        const CompiledInstruction& instruction = message.instructions[i];
        if (message.keys[instruction.program] != kComputeBudgetProgram) continue;
        const Request request = read_request(instruction.data, budget);
        if (request == Request::Malformed) return std::unexpected(malformed(i));
        if (request == Request::Repeated) {
            return std::unexpected(TransactionError::whole("DuplicateInstruction", i));
        }
        if (instruction.data[0] == kHeapFrame) heap_at = i;
    }
    // Sizes are looked at once all requests are there: a repeated one is the first to be told of.
    if (budget.heap_frame && !is_heap(*budget.heap_frame)) return std::unexpected(malformed(heap_at));
    if (budget.loaded_data == 0U) {
        return std::unexpected(TransactionError::whole("InvalidLoadedAccountsDataSizeLimit"));
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
