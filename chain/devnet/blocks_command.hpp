// chain/devnet/blocks_command.hpp: `doublezero-devnet blocks export|import|list|show`: a ledger's blocks as
// text, and text as blocks. The node must not be running.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>

#include "base/result.hpp"
#include "chain/reservations/mode.hpp"

namespace dz::devnet {

struct BlocksOptions {
    enum class Word { Export, Import, List, Show };
    Word word = Word::List;
    std::filesystem::path ledger;
    std::string file;  ///< "-": standard input or output
    std::uint64_t from = 1;
    std::uint64_t to = ~std::uint64_t{0} >> 1;  ///< included
    std::uint64_t slot = 0;
    bool json = false;
    // How an import executes.
    reservations::Features features = {};
    std::size_t threads = 1;
};

/// What happened, for a person, goes to `err`. `in` and `out` stand for "-". Errors: those of `Store::open`;
/// NotFound when there is no ledger or no such slot; what `BlockFileReader` and `Replay` refuse.
Result<> run_blocks(const BlocksOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace dz::devnet
