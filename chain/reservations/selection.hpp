// chain/reservations/selection.hpp: which messages of several blocks of one height count.
//
// A message counts once, and a sender's messages count in the first block that has any of them (strict sender
// partitioning): else two blocks that are affordable each could together owe more than a sender has, and an
// attacker would make the whole height invalid for nothing.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "chain/reservations/plan.hpp"

namespace dz::reservations {

/// What is executed, in order. Used for execution, receipts and plan alike: computed once.
struct BlockMessage {
    Bytes id;  ///< of the unsigned message: with and without a signature it is the same
    Address sender;
    std::optional<Amount> cost;  ///< as in `Charge`
};

struct ProposedBlock {
    Bytes ticket;                                     ///< the lowest is the best
    std::vector<BlockMessage> aggregate, individual;  ///< by the kind of signature, each in stored order
};

enum class Partitioning { Off, On };

struct Selected {
    std::size_t block = 0;  ///< position in what `select_messages` was given
    const BlockMessage* message = nullptr;
};

struct Selection {
    std::vector<Selected> messages;
    /// Different messages of all blocks, ignored ones included: what the base fee counts.
    std::size_t unique = 0;
};

/// The account that an address stands for, as the height's base state has it; nullopt where there is none.
using Resolve = std::function<std::optional<Address>(const Address&)>;

/// `blocks` must outlive the selection. Two forms of one address are one sender; an unresolved address stands
/// for itself.
Selection select_messages(std::span<const ProposedBlock> blocks, Partitioning partitioning,
                          const Resolve& resolve);
std::vector<Charge> charges_of(const Selection& selection);

}  // namespace dz::reservations
