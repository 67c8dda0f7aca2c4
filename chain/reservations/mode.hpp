// chain/reservations/mode.hpp: which rules hold at a height, and what a failure means under them. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "chain/reservations/failure.hpp"

namespace dz::reservations {

/// From this version of the network on, reservations are part of consensus.
inline constexpr std::uint32_t kActivationVersion = 28;

/// What an operator may choose for the time before activation; ignored after it.
struct Features {
    bool reserve = false;  ///< attempt reservations
    bool strict = false;   ///< and refuse blocks that fail; nothing without the other

    /// Each is on where one of its variables is exactly "1": LEDGER_ENABLE_BLOCK_RESERVATIONS and
    /// LOTUS_ENABLE_TIPSET_RESERVATIONS, the same with _STRICT behind. `variable` is as `std::getenv`.
    static Features from(const std::function<const char*(const char*)>& variable);
    static Features from_environment();
    bool operator==(const Features&) const = default;
};

enum class Mode : std::uint8_t {
    Legacy,  ///< M0: as if there were no reservations
    Lax,     ///< M1: attempted; a failure falls back to legacy rules
    Strict,  ///< M2: attempted; a failure makes the block invalid
    Active,  ///< M3: the rule of the network
};
/// "legacy", "lax", "strict", "active".
std::string_view to_string(Mode mode);

/// `version` is the network's at the height that is executed, not at its parent.
Mode mode_of(std::uint32_t version, Features features);

/// Before activation: whose results count. Even a successful session may come to other receipts than legacy
/// rules, so nodes that share a network run it on a scratch copy.
enum class Effect : std::uint8_t { Shadow, Apply };

enum class Stage : std::uint8_t { Begin, End };
/// "begin", "end".
std::string_view to_string(Stage stage);

/// Go on. What was asked for is done, or there was nothing to do.
struct Proceed {
    bool operator==(const Proceed&) const = default;
};
/// The block runs by legacy rules, as if reservations did not exist.
struct Fallback {
    Failure reason;
    bool operator==(const Fallback&) const = default;
};
/// The block is refused, and remembered as invalid. The node is in good health.
struct BlockInvalid {
    Stage stage{};
    Failure reason;
    /// "start of reservations: ErrReservationsInsufficientFunds: ...".
    std::string text() const;
    bool operator==(const BlockInvalid&) const = default;
};
/// This node cannot tell. Nothing is known of the block, nothing is remembered; somebody must act.
struct NodeError {
    Stage stage{};
    Failure reason;
    std::string text() const;
    bool operator==(const NodeError&) const = default;
};
using Verdict = std::variant<Proceed, Fallback, BlockInvalid, NodeError>;

/// What a failed Begin or End means. Not in legacy mode, in which neither is called.
Verdict judge(Stage stage, Mode mode, Failure failure);

}  // namespace dz::reservations
