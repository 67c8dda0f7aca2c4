// tests/wallet/pools.hpp: small pools that derive quickly, and what their tests ask again and again.
#pragma once

#include <string>
#include <vector>

#include "tests/wallet/wallets.hpp"
#include "wallet/address_pool.hpp"

namespace dz::wallet::test {

inline UnixTime at(std::int64_t seconds) {
    return UnixTime(std::chrono::seconds(seconds));
}

/// A receiving chain of Dash's test network.
inline PoolConfig receiving(std::uint32_t gap_limit) {
    PoolConfig config = dash_standard(Network::Testnet, 0).pool;
    config.gap_limit = gap_limit;
    return config;
}

inline const KeySource& receiving_source() {
    static const KeySource kSource = source_of(dash_standard(Network::Testnet, 0));
    return kSource;
}

/// `generated` addresses of it.
inline AddressPool pool_with(std::uint32_t gap_limit, std::uint32_t generated, PoolOptions options = {}) {
    AddressPool pool = AddressPool::make_empty(receiving(gap_limit), std::move(options)).value();
    pool.generate_addresses(generated, receiving_source(), true).value();
    return pool;
}

inline Reservation reserve(AddressPool& pool, std::int64_t now = 0, std::string holder = {}) {
    return pool
        .next_unused_and_reserve(receiving_source(),
                                 Handout{.add_to_state = true, .now = at(now), .holder = std::move(holder)})
        .value();
}

inline std::vector<Reservation> reserve_several(AddressPool& pool, int count, std::int64_t now = 0) {
    std::vector<Reservation> out;
    for (int i = 0; i < count; ++i) out.push_back(reserve(pool, now));
    return out;
}

/// "A" available, "R" reserved, "U" used, for each stored address; then the rest of what there is to see.
inline std::string picture(const AddressPool& pool) {
    std::string out;
    for (const AddressInfo& info : pool.entries())
        out += info.state == AddressState::Used ? 'U' : info.state == AddressState::Reserved ? 'R' : 'A';
    for (const Reservation& held : pool.reservations())
        out += fmt::format(" {}={}@{}", held.index, held.token.value, held.at.time_since_epoch().count());
    return out;
}

}  // namespace dz::wallet::test
