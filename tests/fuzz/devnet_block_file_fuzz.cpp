// links: dz::devnet
// devnet_block_file_fuzz.cpp: a file of blocks from who knows where. What is understood is written as it was
// read.
#include <cstddef>
#include <cstdint>
#include <string>

#include "chain/devnet/block_file.hpp"

namespace {

using namespace dz::devnet;

std::string written(const BlockFileReader::Part& part) {
    if (const auto* const header = std::get_if<BlockFileHeader>(&part)) return write_header(*header);
    if (const auto* const block = std::get_if<Block>(&part)) return write_block(*block);
    return write_end(std::get<BlockFileEnd>(part));
}

/// All that `text` holds, written anew; stops at the first error.
std::string read_and_write(std::string_view text) {
    BlockFileReader reader;
    std::string out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto part = reader.feed(text.substr(0, end));
        if (!part) return out;
        if (*part) out += written(**part);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string once = read_and_write(std::string(data, data + size));
    DZ_ASSERT(read_and_write(once) == once);
    return 0;
}
