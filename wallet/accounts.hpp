// wallet/accounts.hpp: the accounts there are: where in the tree they stand, and the pools they have.
#pragma once

#include <cstdint>

#include "wallet/network.hpp"
#include "wallet/path.hpp"
#include "wallet/pool_types.hpp"

namespace dz::wallet {

/// An account of a wallet: `path` is where its key source stands, `pool` what to make of it.
struct Account {
    Path path;
    PoolConfig pool;
};

/// Deposit addresses of Solana's form m/44'/501'/i': kept apart from those of people's wallets.
Account solana_deposits();
/// Addresses as people's wallets have them: m/44'/501'/i'/0'.
Account solana_wallet();

/// m/44'/c'/account', receiving or change.
Account dash_standard(Network network, std::uint32_t account, PoolType chain = PoolType::External);
/// m/account', receiving or change.
Account dash_bip32(Network network, std::uint32_t account, PoolType chain = PoolType::External);
/// m/9'/c'/4'/account', receiving or change.
Account dash_coin_join(Network network, std::uint32_t account, PoolType chain = PoolType::External);
/// m/9'/c'/17'/account'/key_class' (DIP-17). Class 1 is a wallet's own.
Account dash_platform(Network network, std::uint32_t account, std::uint32_t key_class = 0);
/// m/9'/c'/3'/4', ed25519: node ids of masternodes.
Account dash_platform_nodes(Network network);

/// The accounts with one chain of few addresses, m/9'/c'/5'/... and m/9'/c'/3'/... (DIP-13, DIP-3).
enum class SpecialAccount {
    IdentityRegistration,
    IdentityTopUp,  ///< not bound to an identity
    IdentityInvitation,
    AddressTopUp,
    ShieldedTopUp,
    MasternodeVoting,
    MasternodeOwner
};
Account dash_special(Network network, SpecialAccount which);
/// m/9'/c'/5'/2'/identity'
Account dash_identity_top_up(Network network, std::uint32_t identity);

}  // namespace dz::wallet
