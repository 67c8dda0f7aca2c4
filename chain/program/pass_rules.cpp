#include "chain/program/pass_rules.hpp"

#include <algorithm>

#include "chain/program/entity.hpp"

namespace dz::program {

using ledger::AccessPass;
using ledger::ProgramError;
using ledger::access::EdgeSeat;
using ledger::access::FeedSeat;

namespace {

/// Room for the user and pass accounts that a payer has to keep alive.
constexpr std::size_t kUserPayerBytes = 906;

std::uint64_t airdrop_factor(const AccessPass& pass) {
    if (!pass.allow_multiple_ip()) return 1;
    return std::uint64_t{pass.max_unicast_users} + pass.max_multicast_users;
}

}  // namespace

bool contains(const std::vector<PublicKey>& list, const PublicKey& key) {
    return std::ranges::find(list, key) != list.end();
}

bool is_foundation(const ledger::GlobalState& state, const PublicKey& key) {
    return contains(state.foundation_allowlist, key);
}

Outcome expect_pass_address(Invocation& in, const AccountRef& pass, Ipv4 client_ip, const PublicKey& payer) {
    const auto guess = in.known_address(pass);
    if (pass.key() == in.addresses().access_pass(client_ip, payer, guess).key) return {};
    return in.expect_key(pass, in.addresses().access_pass(Ipv4{}, payer, guess), "access pass");
}

Outcome expect_pass_fits(const AccessPass& pass, Ipv4 client_ip, const PublicKey& payer) {
    if (pass.user_payer != payer) return reject(ProgramError::Unauthorized);
    if (!pass.client_ip.is_unspecified() && pass.client_ip != client_ip && !pass.allow_multiple_ip()) {
        return reject(ProgramError::Unauthorized);
    }
    return {};
}

Outcome expect_own_pass(Invocation& in, const ledger::GlobalState& state, const AccessPass& pass) {
    const PublicKey& payer = in.payer().key();
    const bool feed_authority_only = payer == state.feed_authority_pk && !is_foundation(state, payer) &&
                                     payer != state.sentinel_authority_pk;
    if (feed_authority_only && pass.owner != payer) return reject(ProgramError::NotAllowed);
    return {};
}

Outcome top_up_user_payer(Invocation& in, const ledger::GlobalState& state, const AccessPass& pass,
                          const AccountRef& user_payer) {
    const std::uint64_t each = ledger::rent_exempt_lamports(kUserPayerBytes) + state.user_airdrop_lamports;
    return in.top_up(user_payer, each * airdrop_factor(pass));
}

bool is_edge_seat(const AccessPass& pass) {
    return std::holds_alternative<EdgeSeat>(pass.accesspass_type);
}

FeedSeat* find_seat(AccessPass& pass, const PublicKey& feed) {
    auto* edge = std::get_if<EdgeSeat>(&pass.accesspass_type);
    if (edge == nullptr) return nullptr;
    const auto found = std::ranges::find(edge->feed_seats, feed, &FeedSeat::feed_key);
    return found == edge->feed_seats.end() ? nullptr : &*found;
}

Outcome check_feed(Invocation& in, AccessPass& pass, const AccountRef* feed, const ledger::Device& device,
                   const PublicKey* group) {
    if (feed == nullptr || feed->is_empty()) return reject(ProgramError::FeedAccountRequired);
    if (feed->state().owner != in.deployment().program()) return reject(ProgramError::InvalidAccountOwner);
    TRY(const auto content, in.parse<ledger::Feed>(*feed, "feed"));
    if (find_seat(pass, feed->key()) == nullptr) return reject(ProgramError::FeedNotOnAccessPass);
    if (content.exchange != device.exchange_pk) return reject(ProgramError::MetroMismatch);
    if (group != nullptr && !contains(content.groups, *group)) return reject(ProgramError::GroupNotInFeed);
    return {};
}

Outcome take_feed_seat(AccessPass& pass, const PublicKey& feed) {
    FeedSeat* const seat = find_seat(pass, feed);
    DZ_ASSERT(seat != nullptr);
    if (seat->current_users >= seat->max_users) return reject(ProgramError::FeedSeatFull);
    ++seat->current_users;
    return {};
}

void give_back_feed_seat(AccessPass& pass, const PublicKey& feed) {
    if (FeedSeat* const seat = find_seat(pass, feed)) release(seat->current_users);
}

Outcome count_edge_seat_user(AccessPass& pass, bool multicast) {
    if (!is_edge_seat(pass)) return {};
    if (multicast) {
        if (pass.multicast_user_count >= pass.max_multicast_users) {
            return reject(ProgramError::AccessPassMaxMulticastUsersExceeded);
        }
        return acquire(pass.multicast_user_count);
    }
    if (pass.unicast_user_count >= pass.max_unicast_users) {
        return reject(ProgramError::AccessPassMaxUnicastUsersExceeded);
    }
    return acquire(pass.unicast_user_count);
}

void uncount_edge_seat_user(AccessPass& pass, bool multicast) {
    if (is_edge_seat(pass)) release(multicast ? pass.multicast_user_count : pass.unicast_user_count);
}

}  // namespace dz::program
