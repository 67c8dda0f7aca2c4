#include "wallet/accounts.hpp"

namespace dz::wallet {

namespace {

constexpr std::uint32_t kDashFeatures = 9;
constexpr std::uint32_t kSolanaCoin = 501;

std::uint32_t coin(Network network) {
    return is_mainnet(network) ? 5 : 1;
}

/// A Dash account with one chain of its own.
Account single(Network network, Path path, std::uint32_t gap_limit, AddressType type = AddressType::P2pkh) {
    PoolConfig pool{.base_path = path,
                    .type = PoolType::Absent,
                    .address_type = type,
                    .network = network,
                    .gap_limit = gap_limit,
                    .leaf_suffix = {}};
    return {.path = std::move(path), .pool = std::move(pool)};
}

/// One of the two chains of an account.
Account chain_of(Network network, Path path, PoolType chain, std::uint32_t gap_limit) {
    Account account = single(network, std::move(path), gap_limit);
    account.pool.type = chain;
    account.pool.base_path.push_back(normal(chain == PoolType::External ? 0 : 1));
    return account;
}

Account solana(Path leaf_suffix) {
    const Path path = {hardened(44), hardened(kSolanaCoin)};
    Account account = single(Network::Mainnet, path, kSolanaGapLimit, AddressType::Ed25519);
    account.pool.type = PoolType::AbsentHardened;
    account.pool.leaf_suffix = std::move(leaf_suffix);
    return account;
}

/// Below m/9'/c'.
Path special_path(SpecialAccount which) {
    constexpr std::uint32_t kIdentities = 5;
    constexpr std::uint32_t kMasternodes = 3;
    switch (which) {
        case SpecialAccount::IdentityRegistration:
            return {hardened(kIdentities), hardened(1)};
        case SpecialAccount::IdentityTopUp:
            return {hardened(kIdentities), hardened(2)};
        case SpecialAccount::IdentityInvitation:
            return {hardened(kIdentities), hardened(3)};
        case SpecialAccount::AddressTopUp:
            return {hardened(kIdentities), hardened(4)};
        case SpecialAccount::ShieldedTopUp:
            return {hardened(kIdentities), hardened(5)};
        case SpecialAccount::MasternodeVoting:
            return {hardened(kMasternodes), hardened(1)};
        case SpecialAccount::MasternodeOwner:
            return {hardened(kMasternodes), hardened(2)};
    }
    return {};
}

Path feature(Network network, const Path& below) {
    Path path = {hardened(kDashFeatures), hardened(coin(network))};
    path.insert(path.end(), below.begin(), below.end());
    return path;
}

}  // namespace

Account solana_deposits() {
    return solana({});
}

Account solana_wallet() {
    return solana({hardened(0)});
}

Account dash_standard(Network network, std::uint32_t account, PoolType chain) {
    return chain_of(network, {hardened(44), hardened(coin(network)), hardened(account)}, chain,
                    kDefaultGapLimit);
}

Account dash_bip32(Network network, std::uint32_t account, PoolType chain) {
    return chain_of(network, {hardened(account)}, chain, kDefaultGapLimit);
}

Account dash_coin_join(Network network, std::uint32_t account, PoolType chain) {
    return chain_of(network, feature(network, {hardened(4), hardened(account)}), chain, kCoinJoinGapLimit);
}

Account dash_platform(Network network, std::uint32_t account, std::uint32_t key_class) {
    return single(network, feature(network, {hardened(17), hardened(account), hardened(key_class)}),
                  kPlatformGapLimit, AddressType::PlatformP2pkh);
}

Account dash_platform_nodes(Network network) {
    Account account = single(network, feature(network, {hardened(3), hardened(4)}), kSpecialGapLimit);
    account.pool.type = PoolType::AbsentHardened;
    return account;
}

Account dash_special(Network network, SpecialAccount which) {
    return single(network, feature(network, special_path(which)), kSpecialGapLimit);
}

Account dash_identity_top_up(Network network, std::uint32_t identity) {
    return single(network, feature(network, {hardened(5), hardened(2), hardened(identity)}),
                  kSpecialGapLimit);
}

}  // namespace dz::wallet
