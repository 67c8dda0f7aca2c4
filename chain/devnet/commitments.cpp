#include "chain/devnet/commitments.hpp"

#include <algorithm>

namespace dz::devnet {

namespace {

std::uint64_t minus(std::uint64_t slot, std::uint64_t slots) {
    return slot > slots ? slot - slots : 0;
}

}  // namespace

Commitments::Commitments(std::uint64_t confirm_after, std::uint64_t finalize_after, std::uint64_t opened_slot)
    : confirm_after_(confirm_after), finalize_after_(finalize_after), marks_{{opened_slot, 0}} {}

void Commitments::executed(std::uint64_t slot, Version version) {
    marks_.push_back({slot, version});
}

void Commitments::stored(Version version) {
    stored_ = std::max(stored_, version);
}

Commitments::Mark Commitments::newest_stored(std::uint64_t slot) const {
    Mark newest = marks_.front();
    for (const Mark& mark : marks_) {
        if (mark.slot <= slot && mark.version <= stored_) newest = mark;
    }
    return newest;
}

View Commitments::confirmed(std::uint64_t open) const {
    const Mark newest = newest_stored(minus(open, confirm_after_));
    // A slot that is over counts as seen when nothing of it waits for the disk.
    std::uint64_t seen = minus(open, std::max<std::uint64_t>(confirm_after_, 1));
    const auto waiting =
        std::ranges::find_if(marks_, [&](const Mark& mark) { return mark.version > stored_; });
    if (waiting != marks_.end()) seen = std::min(seen, minus(waiting->slot, 1));
    return {std::max(seen, newest.slot), newest.version};
}

View Commitments::finalized(std::uint64_t open) const {
    const std::uint64_t slot = std::max(minus(confirmed(open).slot, finalize_after_), marks_.front().slot);
    return {slot, newest_stored(slot).version};
}

View Commitments::view(Commitment commitment, std::uint64_t open) const {
    switch (commitment) {
        case Commitment::Processed:
            return {open, marks_.back().version};
        case Commitment::Confirmed:
            return confirmed(open);
        case Commitment::Finalized:
            break;
    }
    return finalized(open);
}

Version Commitments::trim(std::uint64_t open) {
    const Version oldest = finalized(open).version;
    while (marks_.size() > 1 && marks_[1].version <= oldest) marks_.pop_front();
    return oldest;
}

}  // namespace dz::devnet
