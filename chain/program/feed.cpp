// Feeds, and the seats of an access pass on them.
#include <algorithm>
#include <set>

#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::Feed;
using ledger::ProgramError;
using ledger::access::EdgeSeat;
using ledger::access::FeedSeat;

namespace {

constexpr auto kAuthority = {PermissionFlag::FeedAuthority, PermissionFlag::Foundation};

Outcome check_seat_terms(const ix::FeedSeatTerms& terms, std::uint8_t current_users, std::int64_t now) {
    if (terms.max_users == 0) return reject(ProgramError::FeedMaxUsersZero);
    if (terms.max_users < current_users) return reject(ProgramError::FeedMaxUsersBelowCurrentUsers);
    if (terms.max_future_users < terms.max_users)
        return reject(ProgramError::FeedMaxFutureUsersBelowMaxUsers);
    if (terms.anniversary_day < 1 || terms.anniversary_day > 31) {
        return reject(ProgramError::FeedInvalidAnniversaryDay);
    }
    if (terms.window_end <= now || terms.window_end > terms.terminates_at) {
        return reject(ProgramError::FeedInvalidBillingWindow);
    }
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateFeed& args) {
    AccountRef account, state_account;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    Feed feed{in.payer().key(), 0, args.code, args.name, args.exchange, args.groups};
    TRY_OK(validate(feed));
    if (args.exchange.is_zero()) return reject(ProgramError::InvalidArgument, "no exchange");
    TRY_OK(check_code(args.code));
    const auto address = in.addresses().feed(args.code, args.exchange);
    if (!address) return panic(address.error().text);
    TRY_OK(expect_new(in, account, *address, "feed"));
    feed.bump = address->bump;
    return in.create(account, feed);
}

Outcome process(Invocation& in, const ix::UpdateFeed& args) {
    return update_entity<Feed>(in, kAuthority, [&](Feed& feed) -> Outcome {
        set_if(feed.name, args.name);
        set_if(feed.groups, args.groups);
        return {};
    });
}

Outcome process(Invocation& in, const ix::DeleteFeed&) {
    return delete_entity<Feed>(in, kAuthority, [](const Feed&) -> Outcome { return {}; });
}

Outcome process(Invocation& in, const ix::SetAccessPassFeeds& args) {
    AccountRef account, state_account;
    std::vector<AccountRef> feeds;
    TRY_OK(in.read(account, state_account));
    TRY_OK(in.read_list(std::min(args.feeds.size(), in.remaining()), feeds));
    TRY_OK(in.read_payer());
    if (args.feeds.size() > ledger::kMaxFeedSeats)
        return reject(ProgramError::InvalidArgument, "too many feeds");
    TRY_OK(
        in.expect_key(account, in.addresses().access_pass(args.client_ip, args.user_payer), "access pass"));
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, {PermissionFlag::AccessPassAdmin}));
    TRY(auto pass, in.load<AccessPass>(account, "access pass"));
    if (!is_edge_seat(pass)) return reject(ProgramError::InvalidArgument, "not a pass by the seat");

    EdgeSeat seats;
    std::set<PublicKey> seen;
    for (std::size_t i = 0; i < feeds.size(); ++i) {
        const PublicKey& key = feeds[i].key();
        TRY_OK(in.load<Feed>(feeds[i], "feed"));
        if (!seen.insert(key).second) return reject(ProgramError::InvalidArgument, "a feed is given twice");
        const FeedSeat* const held = find_seat(pass, key);
        const std::uint8_t current_users = held == nullptr ? std::uint8_t{0} : held->current_users;
        const ix::FeedSeatTerms& terms = args.feeds[i];
        TRY_OK(check_seat_terms(terms, current_users, in.now().unix_time));
        seats.feed_seats.push_back({key, terms.max_users, terms.max_future_users, current_users,
                                    terms.anniversary_day, terms.window_end, terms.terminates_at});
    }
    pass.accesspass_type = std::move(seats);
    return in.write(account, pass);
}

}  // namespace dz::program
