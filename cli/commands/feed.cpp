// feed.cpp: multicast groups that are sold together at one exchange (cli.md 1.3, 7.7).
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/feed_changes.hpp"
#include "cli/kind.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::Exchange;
using ledger::Feed;
using ledger::MulticastGroup;
using ledger::User;
namespace ix = ledger::ix;

constexpr const char* kForce = "Take it from its users first, where it loses groups";

bool has(const std::vector<ledger::PublicKey>& keys, const ledger::PublicKey& key) {
    return std::ranges::find(keys, key) != keys.end();
}

Record record(const ledger::Entry<Feed>& entry, const ledger::Snapshot& all, View view) {
    const Feed& feed = entry.value;
    Record record(view);
    record.add("account", entry.key.to_string());
    record.add("code", feed.code);
    record.add("name", feed.name);
    record.add("exchange", feed.exchange.to_string());
    record.add("groups", feed.groups.size());
    if (view == View::List)
        record.add("group_codes", join(codes_of(all.multicast_groups(), feed.groups), ", "));
    record.add("owner", feed.owner.to_string());
    return record;
}

constexpr Kind<Feed> kKind{
    .needs = {Feed::kType, MulticastGroup::kType, Exchange::kType}, .show = record, .order = by_code};

/// A feed's code is unique at one exchange only.
struct Which {
    std::string feed;
    std::optional<std::string> exchange;
};

Result<ledger::Entry<Feed>> find_feed(const Which& which, const ledger::Snapshot& all) {
    std::optional<ledger::PublicKey> exchange;
    if (which.exchange) {
        const auto* const found = find(all.exchanges(), *which.exchange);
        if (found == nullptr) return not_found("exchange", *which.exchange);
        exchange = found->key;
    }
    const ledger::Entry<Feed>* match = nullptr;
    for (const auto& entry : all.feeds()) {
        if (exchange && entry.value.exchange != *exchange) continue;
        if (entry.key.to_string() != which.feed && !same_code(entry.value.code, which.feed)) continue;
        if (match != nullptr)
            return failure(fmt::format("feed {} exists at several exchanges", which.feed), "",
                           "add --exchange CODE, or use its address", Errc::BadValue);
        match = &entry;
    }
    if (match == nullptr) return not_found("feed", which.feed);
    return *match;
}

Task<Result<ledger::Entry<Feed>>> read_feed(Which which, Context& context) {
    CO_TRY(const Catalogue all, co_await read_for(kKind, context));
    co_return find_feed(which, *all);
}

template <class O>
void add_which(Command<O>& command, Which& which) {
    command.need("--pubkey", which.feed, "Address or code");
    command.take("--exchange", which.exchange, "Where, when several exchanges have a feed of this code");
}

Task<Result<>> get(Which which, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_for(kKind, context));
    CO_TRY(const auto feed, find_feed(which, *all));
    print_one(out, style, record(feed, *all, View::Details));
    co_return Result<>{};
}

struct Create {
    ix::CreateFeed args;
    std::string exchange;
    std::vector<std::string> groups;
};

Task<Result<>> create(Create options, Draft& draft) {
    CO_TRY(options.args.exchange, co_await draft.key_of<Exchange>(options.exchange));
    CO_TRY(options.args.groups, co_await draft.keys_of<MulticastGroup>(options.groups));
    CO_TRY(auto instruction, draft.build().make(options.args));
    CO_TRY(const auto address, draft.addresses().feed(options.args.code, options.args.exchange));
    draft.concerns<Feed>(address);
    draft.send(std::move(instruction));
    co_return Result<>{};
}

/// The feed is about to lose groups. Its users must go first: what they hold is looked up in the feed.
Task<Result<>> release(ledger::Entry<Feed> feed, bool force, Draft& draft) {
    CO_TRY(const Catalogue all, co_await read_kinds(draft.context(), {User::kType, Feed::kType}));
    std::vector<const ledger::Entry<User>*> users;
    for (const auto& entry : all->users()) {
        if (has(entry.value.feed_pks, feed.key)) users.push_back(&entry);
    }
    if (users.empty()) co_return Result<>{};
    if (!force)
        co_return failure(fmt::format("{} users hold the feed {}", users.size(), feed.value.code),
                          "without it they could not give its groups back",
                          "add --force-unsubscribe to take it from them first");
    for (const auto* const entry : users) {
        const User& user = entry->value;
        CO_TRY(const auto pass, co_await find_access_pass(draft.context(), user.client_ip, user.owner));
        const ledger::PublicKey pass_key =
            pass ? pass->key : draft.addresses().access_pass(user.client_ip, user.owner).key;
        FeedUser holder = FeedUser::of(*entry, pass_key);
        for (auto& change : leave_feeds({feed}, all->feeds(), holder, draft.build()))
            draft.send(std::move(change.instruction));
    }
    co_return Result<>{};
}

struct Update {
    Which which;
    ix::UpdateFeed args;
    std::optional<std::vector<std::string>> groups;
    bool force = false;
};

Task<Result<>> update(Update options, Draft& draft) {
    CO_TRY(const auto feed, co_await read_feed(options.which, draft.context()));
    if (options.groups) {
        CO_TRY(const auto wanted, co_await draft.keys_of<MulticastGroup>(*options.groups));
        const bool loses = std::ranges::any_of(feed.value.groups,
                                               [&wanted](const auto& group) { return !has(wanted, group); });
        if (loses) CO_TRY_OK(co_await release(feed, options.force, draft));
        options.args.groups = wanted;
    }
    draft.concerns<Feed>(feed.key);
    draft.send(draft.build().make(options.args, feed.key));
    co_return Result<>{};
}

struct Remove {
    Which which;
    bool force = false;
};

Task<Result<>> remove(Remove options, Draft& draft) {
    CO_TRY(const auto feed, co_await read_feed(options.which, draft.context()));
    CO_TRY_OK(co_await release(feed, options.force, draft));
    draft.send(draft.build().make(ix::DeleteFeed{}, feed.key));
    co_return Result<>{};
}

}  // namespace

void add_feed(Group& root) {
    Group feed = root.group("feed", "Multicast groups that are sold together at one exchange");
    add_list(feed, "List feeds", kKind);
    auto one = feed.command<Which>("get", "Show one feed");
    add_which(one, one.options());
    one.reads(Output::One, get);

    feed.heading(kForAdministrators);
    auto make = feed.command<Create>("create", "Add a feed");
    make.need("--code", make->args.code, "Short name", parse_code);
    make.need("--name", make->args.name, "Name for people");
    make.need("--exchange", make->exchange, "Exchange code or address");
    make.need("--group", make->groups, "Group codes or addresses");
    make.writes(create);
    auto change = feed.command<Update>("update", "Change a feed");
    add_which(change, change->which);
    change.take("--name", change->args.name, "Name for people");
    change.take("--group", change->groups, "All its groups");
    change.flag("--force-unsubscribe", change->force, kForce);
    change.wants_some();
    change.writes(update);
    auto end = feed.command<Remove>("delete", "Remove a feed");
    add_which(end, end->which);
    end.flag("--force-unsubscribe", end->force, kForce);
    end.writes(remove);
}

}  // namespace dz::cli
