// chain/devnet/block_file.hpp: blocks as text, one JSON object a line (docs/block-file.md).
//
// First the ledger they come from, then each block as one line for its head and one for each transaction,
// then an end line: a file that was cut short is told from a short one. Reader and writer hold one block at a
// time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.hpp"
#include "chain/devnet/block.hpp"
#include "chain/devnet/fee_rules.hpp"
#include "chain/devnet/slots.hpp"

namespace dz::devnet {

inline constexpr std::size_t kMaxBlockFileLine = 16 << 10;
inline constexpr std::size_t kMaxBlockTransactions = 1'000'000;

/// The ledger that blocks come from: what a second one needs to begin.
struct BlockFileHeader {
    ledger::PublicKey program;
    ledger::Blockhash genesis;
    std::int64_t genesis_time = 0;    ///< Unix seconds
    ledger::Blockhash genesis_state;  ///< as `BlockHead::state`
    SlotAnchor anchor;
    /// Unset: not told.
    std::optional<std::uint64_t> slots_per_epoch;
    FeeRules fees = {};
    bool operator==(const BlockFileHeader&) const = default;
};

/// What the file held.
struct BlockFileEnd {
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;
    bool operator==(const BlockFileEnd&) const = default;
};

// Each with its newline.
std::string write_header(const BlockFileHeader& header);
std::string write_block(const Block& block);
std::string write_end(const BlockFileEnd& end);

/// As `blocks show --json` has it: head, parent and outcomes, without the transactions' bytes.
json::Ordered to_json(const Block& block);
json::Ordered to_json(const BlockHead& head);

/// Puts lines together. After an error it must not be fed any more.
class BlockFileReader {
  public:
    using Part = std::variant<BlockFileHeader, Block, BlockFileEnd>;

    /// `line` without its newline. A part when the line completes one. Errors: LimitExceeded, Unsupported (a
    /// later version), BadValue, all of them with the line's number.
    Result<std::optional<Part>> feed(std::string_view line);
    /// No line follows. Errors: Truncated.
    Result<> finish() const;

  private:
    Result<std::optional<Part>> read(std::string_view line);
    Result<std::optional<Part>> begin(const json::Value& object);
    Result<std::optional<Part>> begin_block(const json::Value& object);
    Result<std::optional<Part>> add_transaction(const json::Value& object);
    Result<std::optional<Part>> end(const json::Value& object);
    Part take_block();

    enum class Expected { Header, Block, Transaction, Nothing };
    Expected expected_ = Expected::Header;
    std::uint64_t lines_ = 0;
    Block block_;
    std::size_t missing_ = 0;  ///< transactions of `block_`
    BlockFileEnd seen_;
};

}  // namespace dz::devnet
