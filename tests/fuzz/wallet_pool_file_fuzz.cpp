// links: dz::wallet
// wallet_pool_file_fuzz.cpp: any text is a pool or an error; a pool's text reads back as the same text, and
// its figures add up, in both profiles. The text of one profile never holds a reservation.
#include <cstdint>

#include "wallet/address_pool.hpp"

using namespace dz;
using namespace dz::wallet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const Profile profile : {Profile::Ephemeral, Profile::Persistent}) {
        PoolOptions options;
        options.profile = profile;
        auto pool = AddressPool::parse(as_text({data, size}), options);
        if (!pool) return 0;
        const std::string text = pool->serialize();
        const auto again = AddressPool::parse(text, options);
        DZ_ASSERT(again && again->serialize() == text);
        const PoolStats stats = pool->stats();
        DZ_ASSERT(stats.used_count + stats.reserved_count + stats.unused_count == stats.total_generated);
        DZ_ASSERT(profile == Profile::Persistent || stats.reserved_count == 0);
        DZ_ASSERT(!pool->next_unused_and_reserve(KeySource()) == (stats.unused_count == 0));
    }
    return 0;
}
