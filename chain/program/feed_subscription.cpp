// A multicast user takes and leaves whole feeds: all groups of a feed at once.
#include <algorithm>
#include <iterator>
#include <set>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::Device;
using ledger::Feed;
using ledger::GlobalState;
using ledger::MulticastGroup;
using ledger::ProgramError;
using ledger::User;

namespace {

struct Subscription {
    AccountRef pass_account, user_account, state_account, device_account;
    /// Feeds, perhaps retained feeds, groups.
    std::vector<AccountRef> list;
    GlobalState state;
    AccessPass pass;
    User user;
    Device device;
};

Outcome open_subscription(Invocation& in, Subscription& subscription) {
    TRY_OK(in.read(subscription.pass_account, subscription.user_account, subscription.state_account,
                   subscription.device_account));
    TRY_OK(in.read_until_payer(subscription.list));
    if (subscription.pass_account.is_empty()) return reject(ProgramError::AccessPassNotFound);
    TRY(subscription.state, in.global_state(subscription.state_account));
    TRY(subscription.user, in.load<User>(subscription.user_account, "user"));
    TRY(subscription.device, in.load<Device>(subscription.device_account, "device"));
    const User& user = subscription.user;
    if (user.user_type != ledger::UserType::Multicast) return reject(ProgramError::EdgeSeatIsMulticastOnly);
    if (user.device_pk != subscription.device_account.key()) return reject(ProgramError::UserDeviceMismatch);
    TRY_OK(expect_pass_address(in, subscription.pass_account, user.client_ip, user.owner));
    TRY(subscription.pass, in.load<AccessPass>(subscription.pass_account, "access pass"));
    if (!is_edge_seat(subscription.pass)) return reject(ProgramError::EdgeSeatRequired);
    return {};
}

Outcome check_caller(Invocation& in, const Subscription& subscription, PermissionFlag flag,
                     ProgramError denied) {
    if (in.payer_is(subscription.pass.user_payer) || is_foundation(subscription.state, in.payer().key()))
        return {};
    TRY(const bool allowed, in.permits(subscription.state, {flag}));
    if (!allowed) return reject(denied);
    return {};
}

/// Groups of the feeds in `accounts`.
Expected<std::set<PublicKey>> groups_of(Invocation& in, std::span<const AccountRef> accounts) {
    std::set<PublicKey> groups;
    for (const AccountRef& account : accounts) {
        TRY(const auto feed, in.load<Feed>(account, "feed"));
        groups.insert(feed.groups.begin(), feed.groups.end());
    }
    return groups;
}

/// Error 65 unless `accounts` are exactly `groups`.
Outcome expect_groups(std::span<const AccountRef> accounts, const std::set<PublicKey>& groups) {
    std::set<PublicKey> given;
    for (const AccountRef& account : accounts) given.insert(account.key());
    if (given != groups || given.size() != accounts.size()) {
        return reject(ProgramError::InvalidArgument, "not exactly the groups that change");
    }
    return {};
}

Outcome write_subscription(Invocation& in, const Subscription& subscription) {
    TRY_OK(in.write(subscription.pass_account, subscription.pass));
    return in.write(subscription.user_account, subscription.user);
}

}  // namespace

Outcome process(Invocation& in, const ix::SubscribeFeed& args) {
    Subscription subscription;
    TRY_OK(open_subscription(in, subscription));
    User& user = subscription.user;
    if (user.status != ledger::UserStatus::Activated) return reject(ProgramError::InvalidStatus);
    TRY_OK(check_caller(in, subscription, PermissionFlag::AccessPassAdmin, ProgramError::Unauthorized));
    if (args.feed_count == 0 || subscription.list.size() < args.feed_count) {
        return reject(ProgramError::InvalidArgument, "feeds missing");
    }
    const std::span list(subscription.list);
    const auto feeds = list.first(args.feed_count);
    const auto group_accounts = list.subspan(args.feed_count);
    AccessPass& pass = subscription.pass;
    for (const AccountRef& feed : feeds) {
        if (contains(user.feed_pks, feed.key()))
            return reject(ProgramError::InvalidArgument, "feed held already");
        TRY_OK(check_feed(in, pass, &feed, subscription.device, nullptr));
        user.feed_pks.push_back(feed.key());
    }
    TRY(auto groups, groups_of(in, feeds));
    for (const PublicKey& held : user.subscribers) groups.erase(held);
    TRY_OK(expect_groups(group_accounts, groups));
    if (user.feed_pks.size() > ledger::kMaxFeedsOfUser) return reject(ProgramError::UserFeedLimitExceeded);
    for (const AccountRef& feed : feeds) TRY_OK(take_feed_seat(pass, feed.key()));
    for (const AccountRef& account : group_accounts) {
        TRY(auto group, in.load<MulticastGroup>(account, "multicast group"));
        if (group.status != ledger::MulticastGroupStatus::Activated)
            return reject(ProgramError::InvalidStatus);
        TRY_OK(acquire(group.subscriber_count));
        user.subscribers.push_back(account.key());
        TRY_OK(in.write(account, group));
    }
    return write_subscription(in, subscription);
}

Outcome process(Invocation& in, const ix::UnsubscribeFeed& args) {
    Subscription subscription;
    TRY_OK(open_subscription(in, subscription));
    TRY_OK(check_caller(in, subscription, PermissionFlag::UserAdmin, ProgramError::NotAllowed));
    const std::size_t feed_count = std::size_t{args.feed_count} + args.retained_feed_count;
    if (args.feed_count == 0 || subscription.list.size() < feed_count) {
        return reject(ProgramError::InvalidArgument, "feeds missing");
    }
    const std::span list(subscription.list);
    const auto targets = list.first(args.feed_count);
    const auto retained = list.subspan(args.feed_count, args.retained_feed_count);
    const auto group_accounts = list.subspan(feed_count);
    User& user = subscription.user;
    for (const PublicKey& held : user.feed_pks) {
        const auto given = list.first(feed_count);
        if (std::ranges::find(given, held, &AccountRef::key) == given.end()) {
            return reject(ProgramError::FeedAccountRequired);
        }
    }
    TRY(auto groups, groups_of(in, targets));
    // Only a feed that the user goes on holding can keep a group for it.
    std::vector<AccountRef> still_held;
    std::ranges::copy_if(retained, std::back_inserter(still_held), [&](const AccountRef& feed) {
        return contains(user.feed_pks, feed.key()) &&
               std::ranges::find(targets, feed.key(), &AccountRef::key) == targets.end();
    });
    TRY(const auto kept, groups_of(in, still_held));
    std::erase_if(groups, [&](const PublicKey& group) {
        return kept.contains(group) || !contains(user.subscribers, group);
    });
    TRY_OK(expect_groups(group_accounts, groups));
    for (const AccountRef& feed : targets) {
        if (std::erase(user.feed_pks, feed.key()) > 0) give_back_feed_seat(subscription.pass, feed.key());
    }
    for (const AccountRef& account : group_accounts) {
        TRY(auto group, in.load<MulticastGroup>(account, "multicast group"));
        release(group.subscriber_count);
        std::erase(user.subscribers, account.key());
        TRY_OK(in.write(account, group));
    }
    return write_subscription(in, subscription);
}

}  // namespace dz::program
