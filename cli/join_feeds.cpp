// join_feeds.cpp: the plan of `connect multicast` with feeds (cli.md 3.6). Everything is checked before
// anything is sent; what is left is left first.
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/feed_changes.hpp"
#include "cli/join_checks.hpp"
#include "cli/text.hpp"
#include "ledger/limits.hpp"

namespace dz::cli {

namespace {

using ledger::AccessPass;
using ledger::AccountType;
using ledger::Device;
using ledger::Entry;
using ledger::Feed;
using ledger::PublicKey;
using ledger::User;
using Keys = std::vector<PublicKey>;
using Feeds = std::vector<Entry<Feed>>;

constexpr std::string_view kFeedList = "doublezero feed list";

bool has(const Keys& keys, const PublicKey& key) {
    return std::ranges::find(keys, key) != keys.end();
}

bool contains(const Feeds& feeds, const PublicKey& key) {
    return std::ranges::find(feeds, key, &Entry<Feed>::key) != feeds.end();
}

std::string codes(const Feeds& feeds) {
    std::vector<std::string> out;
    for (const auto& feed : feeds) out.push_back(feed.value.code);
    return join(out, ", ");
}

/// Every feed of this address or code: a code may exist at several exchanges. Errors: NotFound.
Result<Feeds> feeds_named(const std::string& name, const ledger::Snapshot& all) {
    Feeds out;
    for (const auto& feed : all.feeds()) {
        if (feed.key.to_string() == name || same_code(feed.value.code, name)) out.push_back(feed);
    }
    if (out.empty()) return failure(fmt::format("Feed not found: {}", name), "", kFeedList, Errc::NotFound);
    return out;
}

std::unexpected<Error> twice(const std::string& code, std::string_view where) {
    return failure(fmt::format("Duplicate feed: {}", code), where, "name each feed once", Errc::BadValue);
}

/// What is asked for, as the plan is worked out.
struct FeedPlanner {
    MulticastChoice choice;
    Entry<AccessPass> pass;
    Catalogue all;
    const Entry<User>* user = nullptr;  ///< null: the account is to be created
    Feeds leave{}, join{};

    Keys held() const { return user == nullptr ? Keys{} : user->value.feed_pks; }

    Result<> find_leaving(JoinPlan& plan);
    Result<> find_joining(const PublicKey& exchange);
    Result<> check_seats() const;
    /// Exchanges that have all the feeds to be joined.
    Result<Keys> exchanges() const;
};

Result<> FeedPlanner::find_leaving(JoinPlan& plan) {
    if (choice.leave_feeds.empty()) return {};
    if (user == nullptr)
        return failure("there is no feed to leave", "this address has no Multicast account",
                       "doublezero status", Errc::NotFound);
    for (const std::string& name : choice.leave_feeds) {
        TRY(const Feeds named, feeds_named(name, *all));
        const auto feed =
            std::ranges::find_if(named, [this](const auto& one) { return has(held(), one.key); });
        if (feed != named.end()) {
            if (contains(leave, feed->key)) return twice(feed->value.code, "in --unsubscribe-feed");
            leave.push_back(*feed);
            continue;
        }
        if (choice.join_feeds.empty())
            return failure(fmt::format("feed {} is not held by this user", name), "",
                           "doublezero user list --json", Errc::NotFound);
        // A swap that was interrupted half-way is run again as a whole.
        plan.notes.push_back(fmt::format("feed {} is not held any more", name));
    }
    return {};
}

Result<Keys> FeedPlanner::exchanges() const {
    Keys common;
    for (std::size_t i = 0; i < choice.join_feeds.size(); ++i) {
        TRY(const Feeds named, feeds_named(choice.join_feeds[i], *all));
        Keys here;
        for (const auto& feed : named) {
            if (i == 0 || has(common, feed.value.exchange)) here.push_back(feed.value.exchange);
        }
        if (here.empty())
            return failure("no exchange has all of these feeds",
                           fmt::format("feed {} is at others", choice.join_feeds[i]), kFeedList,
                           Errc::NotFound);
        common = std::move(here);
    }
    return common;
}

Result<> FeedPlanner::find_joining(const PublicKey& exchange) {
    for (const std::string& name : choice.join_feeds) {
        TRY(const Feeds named, feeds_named(name, *all));
        const auto feed =
            std::ranges::find(named, exchange, [](const auto& one) { return one.value.exchange; });
        if (feed == named.end())
            return failure(fmt::format("feed {} is in another metro than the device of this user", name),
                           fmt::format("the device is at exchange {}", code_of(all->exchanges(), exchange)),
                           kFeedList);
        if (contains(leave, feed->key))
            return twice(feed->value.code, "in --subscribe-feed and --unsubscribe-feed");
        if (contains(join, feed->key)) return twice(feed->value.code, "in --subscribe-feed");
        join.push_back(*feed);
    }
    std::erase_if(join, [this](const auto& feed) { return has(held(), feed.key); });
    return {};
}

Result<> FeedPlanner::check_seats() const {
    const auto& seats = std::get<ledger::access::EdgeSeat>(pass.value.accesspass_type).feed_seats;
    for (const auto& feed : join) {
        const auto seat = std::ranges::find(seats, feed.key, &ledger::access::FeedSeat::feed_key);
        if (seat == seats.end())
            return failure(fmt::format("the access pass has no seat for feed {}", feed.value.code), "",
                           "doublezero access-pass list --edge-seat", Errc::Permission);
        if (seat->current_users >= seat->max_users)
            return failure(fmt::format("all seats of the access pass for feed {} are taken", feed.value.code),
                           fmt::format("{} of {}", seat->current_users, seat->max_users),
                           "leave it on another host: --unsubscribe-feed");
    }
    const std::size_t count = held().size() - leave.size() + join.size();
    if (count <= ledger::kMaxFeedsOfUser) return {};
    return failure(fmt::format("a user holds {} feeds at most", ledger::kMaxFeedsOfUser),
                   fmt::format("this would make it {}", count), "leave some with --unsubscribe-feed",
                   Errc::LimitExceeded);
}

/// Appends the transactions of one half; the last one says that it is done.
void add_steps(std::vector<FeedChange> changes, JoinStep::Half half, const Feeds& feeds, JoinPlan& plan) {
    const bool joins = half == JoinStep::Half::Join;
    for (auto& change : changes) {
        const std::string some = join(change.codes, ", ");
        plan.steps.push_back(
            {.instruction = std::move(change.instruction),
             .half = half,
             .doing = fmt::format("{} feed(s) {}", joins ? "joining" : "leaving", some),
             .failed = fmt::format("Error {} feed(s) {}", joins ? "joining" : "leaving", some)});
    }
    if (!feeds.empty())
        plan.steps.back().done = fmt::format("{} feed(s): {}", joins ? "Joined" : "Left", codes(feeds));
}

JoinStep creation(const JoinPlan& plan, ledger::Cyoa cyoa, const Device& device,
                  const ledger::InstructionBuilder& build) {
    return {
        .instruction = build.make(
            ledger::ix::CreateUser{.user_type = plan.user_type,
                                   .cyoa_type = cyoa,
                                   .client_ip = plan.client_ip,
                                   .tunnel_endpoint = plan.create->tunnel_endpoint,
                                   .dz_prefix_count = static_cast<std::uint8_t>(device.dz_prefixes.size())},
            {.device = plan.create->device, .access_pass = plan.create->access_pass, .tenant = {}}),
        .doing = "creating the account",
        .failed = "Error creating user"};
}

/// The command that does one half alone.
std::string again(std::string_view flag, const std::vector<std::string>& names) {
    return fmt::format("doublezero connect multicast {} {}", flag, join(names, " "));
}

Task<Result<>> choose_site(FeedPlanner& planner, ConnectOptions options, const ledger::Snapshot& users,
                           JoinPlan& plan, Context& context, Progress& progress) {
    CO_TRY_OK(check_pass_seats(planner.pass.value, plan.user_type));
    CO_TRY(const Keys exchanges, planner.exchanges());
    const placement::Request request{.use = placement::Use::Subscriber,
                                     .in_use = placement::endpoints_in_use(users, *planner.all),
                                     .exchanges = exchanges};
    CO_TRY_OK(
        co_await choose_device(plan, request, options.device, planner.pass, planner.all, context, progress));
    plan.create->second = unicast_account(users, ledger::UserType::Ibrl) != nullptr;
    co_return Result<>{};
}

}  // namespace

Task<Result<JoinPlan>> plan_feeds(ConnectOptions options, MulticastChoice choice, Context& context,
                                  Progress& progress) {
    for (const std::string& name : choice.join_feeds) {
        const bool both = std::ranges::any_of(
            choice.leave_feeds, [&name](const std::string& other) { return same_code(name, other); });
        if (both) co_return twice(name, "in --subscribe-feed and --unsubscribe-feed");
    }
    CO_TRY(JoinPlan plan, co_await begin_plan(ledger::UserType::Multicast, context));
    CO_TRY(const Catalogue users, co_await read_users_of(context, plan.client_ip));
    CO_TRY(const Entry<AccessPass> pass, co_await usable_pass(plan, context));
    if (!is_by_seat(pass.value))
        co_return failure("this access pass has no seats for feeds", "",
                          "doublezero access-pass list --edge-seat", Errc::Permission);
    CO_TRY(const Catalogue all,
           co_await read_kinds(context, {AccountType::Device, AccountType::Feed, AccountType::Exchange}));
    FeedPlanner planner{.choice = choice, .pass = pass, .all = all};
    planner.user = account_of(*users, plan.user_type);
    if (planner.user != nullptr) {
        CO_TRY_OK(check_usable(*planner.user, plan));
        CO_TRY_OK(co_await check_device_named(options.device, planner.user->value.device_pk, context));
    }
    CO_TRY_OK(planner.find_leaving(plan));
    if (planner.user == nullptr)
        CO_TRY_OK(co_await choose_site(planner, options, *users, plan, context, progress));
    const PublicKey device_key = plan.create ? plan.create->device : planner.user->value.device_pk;
    const Device* const device = all->device(device_key);
    if (device == nullptr)
        co_return failure("the device of this account is not on the ledger", device_key.to_string(),
                          "doublezero disconnect multicast, then connect again", Errc::NotFound);
    CO_TRY_OK(planner.find_joining(device->exchange_pk));
    CO_TRY_OK(planner.check_seats());

    const ledger::InstructionBuilder build(context.addresses, plan.payer);
    FeedUser feed_user{plan.account, device_key, pass.key, {}, {}};
    if (planner.user != nullptr) feed_user = FeedUser::of(*planner.user, pass.key);
    if (plan.create) {
        const auto* const unicast = unicast_account(*users, ledger::UserType::Ibrl);
        const ledger::Cyoa cyoa = unicast == nullptr ? ledger::Cyoa::GreOverDia : unicast->value.cyoa_type;
        plan.steps.push_back(creation(plan, cyoa, *device, build));
    }
    using enum JoinStep::Half;
    add_steps(leave_feeds(planner.leave, all->feeds(), feed_user, build), Leave, planner.leave, plan);
    add_steps(join_feeds(planner.join, feed_user, build), Join, planner.join, plan);
    plan.wants_tunnel = !choice.join_feeds.empty();
    if (!choice.join_feeds.empty() && !choice.leave_feeds.empty()) {
        plan.join_again = again("--subscribe-feed", choice.join_feeds);
        plan.leave_again = again("--unsubscribe-feed", choice.leave_feeds);
    }
    co_return plan;
}

}  // namespace dz::cli
