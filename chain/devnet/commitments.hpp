// chain/devnet/commitments.hpp: which version of the accounts each commitment sees, and at which slot.
//
// An entry is processed once executed, confirmed once on disk and `confirm_after` slots old, finalized
// `finalize_after` slots later. The slot told with a view is the newest one whose entries are all in it, or
// one that is still open and of which it has a part. Neither slot nor version of a commitment ever goes back.
#pragma once

#include <cstdint>
#include <deque>

#include "chain/devnet/accounts.hpp"
#include "ledger/rpc.hpp"

namespace dz::devnet {

using ledger::Commitment;

/// The ledger at one moment.
struct View {
    std::uint64_t slot = 0;
    Version version = 0;
    bool operator==(const View&) const = default;
};

class Commitments {
  public:
    /// `opened_slot`: the last slot with transactions on disk. What is there already is final.
    Commitments(std::uint64_t confirm_after, std::uint64_t finalize_after, std::uint64_t opened_slot);

    /// An entry of `slot` was executed and `version` is its last one. Slots do not decrease.
    void executed(std::uint64_t slot, Version version);
    /// Everything up to `version` is on disk.
    void stored(Version version);

    Version stored_version() const { return stored_; }

    /// `open` is the running slot.
    View view(Commitment commitment, std::uint64_t open) const;

    /// Forgets what no view needs any more and returns the oldest version that one still may.
    Version trim(std::uint64_t open);

  private:
    struct Mark {
        std::uint64_t slot;
        Version version;
    };
    View confirmed(std::uint64_t open) const;
    View finalized(std::uint64_t open) const;
    /// The newest mark on disk that is not younger than `slot`.
    Mark newest_stored(std::uint64_t slot) const;

    std::uint64_t confirm_after_;
    std::uint64_t finalize_after_;
    /// Ends of entries; the first is the newest one that is final.
    std::deque<Mark> marks_;
    Version stored_ = 0;
};

}  // namespace dz::devnet
