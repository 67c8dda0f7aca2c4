#include "chain/reservations/selection.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_set>

namespace dz::reservations {

namespace {

using Senders = std::unordered_set<Address, AddressHash>;

}  // namespace

Selection select_messages(std::span<const ProposedBlock> blocks, Partitioning partitioning,
                          const Resolve& resolve) {
    std::vector<std::size_t> order(blocks.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return std::tie(blocks[a].ticket, a) < std::tie(blocks[b].ticket, b);
    });
    Selection selection;
    std::set<Bytes> seen;
    Senders earlier;
    for (const std::size_t at : order) {
        Senders here;
        const auto take = [&](const BlockMessage& message) {
            if (!seen.insert(message.id).second) return;
            const Address sender = resolve(message.sender).value_or(message.sender);
            if (partitioning == Partitioning::On && earlier.contains(sender)) return;
            here.insert(sender);
            selection.messages.push_back({at, &message});
        };
        std::ranges::for_each(blocks[at].aggregate, take);
        std::ranges::for_each(blocks[at].individual, take);
        earlier.insert(here.begin(), here.end());
    }
    selection.unique = seen.size();
    return selection;
}

std::vector<Charge> charges_of(const Selection& selection) {
    std::vector<Charge> charges;
    charges.reserve(selection.messages.size());
    for (const Selected& one : selection.messages)
        charges.push_back({one.message->sender, one.message->cost});
    return charges;
}

}  // namespace dz::reservations
