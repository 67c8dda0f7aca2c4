// links: dz::ledger
// ledger_instruction_fuzz.cpp: the first byte picks a dialect; any bytes after it are an instruction or an
// error, and an instruction reads back from its own encoding.
#include <cstdint>

#include "ledger/instructions.hpp"

using namespace dz;
using namespace dz::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto dialect = static_cast<Dialect>(data[0] % 3);
    const auto instruction = decode_instruction({data + 1, size - 1}, dialect);
    if (!instruction) {
        DZ_ASSERT(instruction.error().code == Errc::Unsupported ||
                  instruction.error().code == Errc::BadValue);
        return 0;
    }
    static_cast<void>(print(*instruction));
    const Bytes bytes = encode_instruction(*instruction);
    const auto again = decode_instruction(bytes, dialect);
    DZ_ASSERT(again);
    // By bytes: a location may lie at "not a number", which equals nothing.
    DZ_ASSERT(encode_instruction(*again) == bytes);
    return 0;
}
