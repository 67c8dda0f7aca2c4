// ledger/settlement.hpp: a held seat becomes a user, in one transaction of two signers.
//
// The authority gives the seat back and the user takes it in the same transaction, so nobody else can take it
// in between. Both sides make the same message: whoever signs second compares it with his own.
#pragma once

#include <vector>

#include "ledger/address.hpp"
#include "ledger/transaction.hpp"

namespace dz::ledger {

struct Settlement {
    PublicKey authority;   ///< gives the seat back
    PublicKey user_payer;  ///< pays for everything and owns the user
    PublicKey device;
    Ipv4 client_ip;
    UserType user_type = UserType::Ibrl;
    Ipv4 tunnel_endpoint{};            ///< 0.0.0.0 = the device's public address
    std::uint8_t dz_prefix_count = 0;  ///< of the device
};

/// Errors: those of `compile`.
Result<Message> settlement_message(const Addresses& addresses, const Settlement& terms,
                                   const Blockhash& recent_blockhash);

}  // namespace dz::ledger
