// cli/feed_changes.hpp: the transactions that give feeds to a user and take them away (cli.md 3.6). Pure.
//
// The program wants each transaction to name exactly the groups that change by it, so each one is worked out
// on the user as the ones before it leave it.
#pragma once

#include <string>
#include <vector>

#include "ledger/accounts.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/snapshot.hpp"

namespace dz::cli {

/// What the feeds of a user hang on. The changes below keep it up to date.
struct FeedUser {
    ledger::PublicKey user;
    ledger::PublicKey device;
    ledger::PublicKey access_pass;
    std::vector<ledger::PublicKey> feeds;
    std::vector<ledger::PublicKey> subscribers;  ///< groups that it receives

    static FeedUser of(const ledger::Entry<ledger::User>& user, const ledger::PublicKey& access_pass) {
        return {user.key, user.value.device_pk, access_pass, user.value.feed_pks, user.value.subscribers};
    }
};

/// One transaction, and the codes of the feeds that it is about.
struct FeedChange {
    ledger::TransactionInstruction instruction;
    std::vector<std::string> codes;
};

/// Feeds and groups that one transaction has room for beside everything else. A feed is never split: one that
/// is larger than this goes alone, and the ledger decides.
inline constexpr std::size_t kMaxFeedAccounts = 25;

/// `feeds` are held by the user; `all` has every feed that it holds.
std::vector<FeedChange> leave_feeds(const std::vector<ledger::Entry<ledger::Feed>>& feeds,
                                    const ledger::Table<ledger::Feed>& all, FeedUser& user,
                                    const ledger::InstructionBuilder& build);
/// `feeds` are not held by the user.
std::vector<FeedChange> join_feeds(const std::vector<ledger::Entry<ledger::Feed>>& feeds, FeedUser& user,
                                   const ledger::InstructionBuilder& build);

}  // namespace dz::cli
