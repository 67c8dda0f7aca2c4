// chain/program/pass_rules.hpp: rules on access passes that several instructions share.
#pragma once

#include "chain/program/invocation.hpp"

namespace dz::program {

bool contains(const std::vector<PublicKey>& list, const PublicKey& key);
bool is_foundation(const ledger::GlobalState& state, const PublicKey& key);

/// The pass of `payer` for `client_ip`, or its pass for any address. Aborts at another address.
Outcome expect_pass_address(Invocation& in, const AccountRef& pass, Ipv4 client_ip, const PublicKey& payer);

/// Error 22 unless the pass is `payer`'s and good for `client_ip`.
Outcome expect_pass_fits(const ledger::AccessPass& pass, Ipv4 client_ip, const PublicKey& payer);

/// Error 8 when the payer is here only as feed authority and the pass is somebody else's.
Outcome expect_own_pass(Invocation& in, const ledger::GlobalState& state, const ledger::AccessPass& pass);

/// Tops the user's own account up for the accounts it will pay for (ledger-processors.md 11).
Outcome top_up_user_payer(Invocation& in, const ledger::GlobalState& state, const ledger::AccessPass& pass,
                          const AccountRef& user_payer);

/// The seat of `feed` on the pass; null without one.
ledger::access::FeedSeat* find_seat(ledger::AccessPass& pass, const PublicKey& feed);

/// Whether the pass opens `feed` on `device` (ledger-processors.md 9.3). Errors 92, 52, 93, 91, 94.
/// `group`: must be in the feed; null = any.
Outcome check_feed(Invocation& in, ledger::AccessPass& pass, const AccountRef* feed,
                   const ledger::Device& device, const PublicKey* group);
/// Error 95 when all seats are taken. The pass must have the feed.
Outcome take_feed_seat(ledger::AccessPass& pass, const PublicKey& feed);
void give_back_feed_seat(ledger::AccessPass& pass, const PublicKey& feed);

/// Error 89 or 90 when the pass is sold by the seat and has none left of the category; else counts one.
Outcome count_edge_seat_user(ledger::AccessPass& pass, bool multicast);
void uncount_edge_seat_user(ledger::AccessPass& pass, bool multicast);
bool is_edge_seat(const ledger::AccessPass& pass);

}  // namespace dz::program
