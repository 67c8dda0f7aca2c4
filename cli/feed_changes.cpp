#include "cli/feed_changes.hpp"

#include <algorithm>
#include <span>

namespace dz::cli {

namespace {

using ledger::Entry;
using ledger::Feed;
using ledger::PublicKey;
using Keys = std::vector<PublicKey>;
using Feeds = std::span<const Entry<Feed>>;

bool has(const Keys& keys, const PublicKey& key) {
    return std::ranges::find(keys, key) != keys.end();
}

/// The accounts of one transaction: feeds that go or come, feeds that stay, groups that change.
struct Batch {
    Keys feeds, retained, groups;
    std::vector<std::string> codes;
    std::size_t size() const { return feeds.size() + retained.size() + groups.size(); }
};

void name(Feeds feeds, Batch& batch) {
    for (const auto& feed : feeds) {
        batch.feeds.push_back(feed.key);
        batch.codes.push_back(feed.value.code);
    }
}

Batch leaving(Feeds feeds, const ledger::Table<Feed>& all, const FeedUser& user) {
    Batch batch;
    name(feeds, batch);
    Keys kept;
    for (const PublicKey& key : user.feeds) {
        if (has(batch.feeds, key)) continue;
        batch.retained.push_back(key);
        if (const Feed* const other = all.find(key))
            kept.insert(kept.end(), other->groups.begin(), other->groups.end());
    }
    for (const auto& feed : feeds) {
        for (const PublicKey& group : feed.value.groups) {
            if (has(user.subscribers, group) && !has(kept, group) && !has(batch.groups, group))
                batch.groups.push_back(group);
        }
    }
    return batch;
}

Batch joining(Feeds feeds, const FeedUser& user) {
    Batch batch;
    name(feeds, batch);
    for (const auto& feed : feeds) {
        for (const PublicKey& group : feed.value.groups) {
            if (!has(user.subscribers, group) && !has(batch.groups, group)) batch.groups.push_back(group);
        }
    }
    return batch;
}

/// The longest beginning of `feeds`, at least one, whose accounts have room in one transaction.
template <class Make>
Batch first_batch(Feeds feeds, const Make& make) {
    Batch batch = make(feeds.first(1));
    for (std::size_t count = 2; count <= feeds.size(); ++count) {
        Batch larger = make(feeds.first(count));
        if (larger.size() > kMaxFeedAccounts) break;
        batch = std::move(larger);
    }
    return batch;
}

ledger::FeedSubscriptionAccounts accounts_of(const Batch& batch, const FeedUser& user) {
    return {.access_pass = user.access_pass,
            .user = user.user,
            .device = user.device,
            .feeds = batch.feeds,
            .retained_feeds = batch.retained,
            .groups = batch.groups};
}

}  // namespace

std::vector<FeedChange> leave_feeds(const std::vector<Entry<Feed>>& feeds, const ledger::Table<Feed>& all,
                                    FeedUser& user, const ledger::InstructionBuilder& build) {
    std::vector<FeedChange> out;
    for (Feeds rest = feeds; !rest.empty();) {
        const Batch batch = first_batch(rest, [&](Feeds some) { return leaving(some, all, user); });
        const ledger::ix::UnsubscribeFeed args{
            .feed_count = static_cast<std::uint8_t>(batch.feeds.size()),
            .retained_feed_count = static_cast<std::uint8_t>(batch.retained.size())};
        out.push_back({build.make(args, accounts_of(batch, user)), batch.codes});
        user.feeds = batch.retained;
        std::erase_if(user.subscribers,
                      [&batch](const PublicKey& group) { return has(batch.groups, group); });
        rest = rest.subspan(batch.feeds.size());
    }
    return out;
}

std::vector<FeedChange> join_feeds(const std::vector<Entry<Feed>>& feeds, FeedUser& user,
                                   const ledger::InstructionBuilder& build) {
    std::vector<FeedChange> out;
    for (Feeds rest = feeds; !rest.empty();) {
        const Batch batch = first_batch(rest, [&](Feeds some) { return joining(some, user); });
        const ledger::ix::SubscribeFeed args{.feed_count = static_cast<std::uint8_t>(batch.feeds.size())};
        out.push_back({build.make(args, accounts_of(batch, user)), batch.codes});
        user.feeds.insert(user.feeds.end(), batch.feeds.begin(), batch.feeds.end());
        user.subscribers.insert(user.subscribers.end(), batch.groups.begin(), batch.groups.end());
        rest = rest.subspan(batch.feeds.size());
    }
    return out;
}

}  // namespace dz::cli
