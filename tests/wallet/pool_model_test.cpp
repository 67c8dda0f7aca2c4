// Random operations on a pool and on a naive one, which looks through everything from index 0 each time.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <optional>
#include <set>

#include "tests/wallet/pools.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

/// Addresses as far as operations reach, derived once.
constexpr std::uint32_t kReach = 400;

const std::vector<std::string>& known_addresses() {
    static const std::vector<std::string> kAddresses = [] {
        AddressPool pool = AddressPool::make_empty(solana_deposits().pool).value();
        return pool.address_range(0, kReach, source_of(solana_deposits())).value();
    }();
    return kAddresses;
}

struct Slot {
    bool stored = false, used = false, quarantined = false;
    std::optional<Token> token;
    std::int64_t at = 0;
};

/// The rules, without any index of anything.
class Naive {
  public:
    Naive(std::uint32_t gap, PoolOptions options) : gap_(gap), options_(std::move(options)), slots_(kReach) {}

    std::uint32_t pick() const {
        std::uint32_t i = 0;
        while (slots_[i].used || slots_[i].token || slots_[i].quarantined) ++i;
        return i;
    }
    bool is_stored(std::uint32_t i) const { return slots_[i].stored; }
    bool is_held(std::uint32_t i) const { return slots_[i].token.has_value(); }
    bool is_used(std::uint32_t i) const { return slots_[i].used; }
    std::size_t held() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(slots_, [](const Slot& slot) { return slot.token.has_value(); }));
    }
    void store_up_to(std::uint32_t last) {
        for (std::uint32_t i = 0; i <= last; ++i) slots_[i].stored = true;
    }
    void hold(std::uint32_t i, Token token, std::int64_t now, bool add) {
        if (add) store_up_to(i);
        slots_[i].token = token;
        slots_[i].at = now;
    }
    bool release(std::uint32_t i) {
        if (!slots_[i].token) return false;
        slots_[i].token.reset();
        if (options_.reuse == Reuse::Never) slots_[i].quarantined = true;
        return true;
    }
    bool release(std::uint32_t i, Token token) { return slots_[i].token == token && release(i); }
    std::size_t sweep(std::int64_t now, std::int64_t ttl) {
        std::size_t count = 0;
        for (std::uint32_t i = 0; i < kReach; ++i) {
            const Slot& slot = slots_[i];
            if (now != 0 && ttl != 0 && slot.token && slot.at != 0 && now - slot.at >= ttl)
                count += release(i) ? 1 : 0;
        }
        return count;
    }
    bool mark(std::uint32_t i) {
        if (!slots_[i].stored || slots_[i].used) return false;
        slots_[i].used = true;
        slots_[i].token.reset();
        return true;
    }
    void reset(bool keep) {
        for (std::uint32_t i = 0; i < kReach; ++i) {
            if (!keep) release(i);
            if (slots_[i].used && options_.reuse == Reuse::Never) slots_[i].quarantined = true;
            slots_[i].used = false;
        }
    }
    void quarantine(std::uint32_t i) { slots_[i].quarantined = true; }
    void set_gap(std::uint32_t gap) { gap_ = std::clamp<std::uint32_t>(gap, 1, 1000); }
    std::uint32_t ceiling() const {
        std::optional<std::uint32_t> frontier;
        const bool persistent = options_.profile == Profile::Persistent;
        for (std::uint32_t i = 0; i < kReach; ++i) {
            const bool handed = slots_[i].token || slots_[i].quarantined;
            if (slots_[i].used || (handed && !persistent)) frontier = i;
        }
        return frontier ? *frontier + gap_ : gap_ - 1;
    }
    std::size_t stored() const {
        return static_cast<std::size_t>(std::ranges::count(slots_, true, &Slot::stored));
    }
    std::size_t prune() {
        std::size_t count = 0;
        while (stored() > ceiling() + 1) {
            Slot& top = slots_[stored() - 1];
            if (top.used || top.token || top.quarantined) break;
            top.stored = false;
            ++count;
        }
        return count;
    }
    std::string picture() const {
        std::string out;
        for (const Slot& slot : slots_) {
            if (slot.stored) out += slot.used ? 'U' : slot.token ? 'R' : 'A';
        }
        for (std::uint32_t i = 0; i < kReach; ++i) {
            if (slots_[i].token) out += fmt::format(" {}={}@{}", i, slots_[i].token->value, slots_[i].at);
        }
        return out;
    }
    std::vector<std::string> unused() const {
        std::vector<std::string> out;
        for (std::uint32_t i = 0; i < kReach; ++i) {
            const Slot& slot = slots_[i];
            if (slot.stored && !slot.used && !slot.token && !slot.quarantined)
                out.push_back(known_addresses()[i]);
        }
        return out;
    }

  private:
    std::uint32_t gap_;
    PoolOptions options_;
    std::vector<Slot> slots_;
};

/// One operation with random arguments, on both. Asserts that they answer alike.
void step(AddressPool& pool, Naive& naive, const KeySource& source, std::vector<Reservation>& given) {
    const auto index = *rc::gen::inRange<std::uint32_t>(0, 40);
    const auto number = *rc::gen::inRange<std::int64_t>(0, 6);
    switch (*rc::gen::inRange(0, 16)) {
        case 0:
        case 1:
        case 2:
        case 3: {
            const bool add = number != 0;
            const std::uint32_t expected = naive.pick();
            const auto held =
                pool.next_unused_and_reserve(source, {.add_to_state = add, .now = at(number * 10)});
            RC_ASSERT(held.has_value());
            RC_ASSERT(held->index == expected);
            RC_ASSERT(held->address == known_addresses()[expected]);
            naive.hold(expected, held->token, number * 10, add);
            given.push_back(*held);
            break;
        }
        case 4: {
            const bool add = number % 2 == 0;
            const std::uint32_t expected = naive.pick();
            RC_ASSERT(pool.next_unused(source, add).value() == known_addresses()[expected]);
            if (add && !naive.is_stored(expected)) naive.store_up_to(expected);
            break;
        }
        case 5:
            RC_ASSERT(pool.release_reservation(index) == naive.release(index));
            break;
        case 6:
        case 7: {
            if (given.empty()) break;
            const Reservation old = *rc::gen::elementOf(given);
            RC_ASSERT(pool.release_reservation(old.index, old.token) == naive.release(old.index, old.token));
            break;
        }
        case 8:
            RC_ASSERT(pool.mark_index_used(index) == naive.mark(index));
            break;
        case 9: {
            if (given.empty()) break;
            const Reservation old = *rc::gen::elementOf(given);
            RC_ASSERT(pool.mark_used(old.address) == naive.mark(old.index));
            break;
        }
        case 10:
            RC_ASSERT(pool.sweep_expired_reservations(at(index * 2), std::chrono::seconds(number * 10)) ==
                      naive.sweep(index * 2, number * 10));
            break;
        case 11: {
            const std::size_t before = naive.stored();
            const auto added = pool.maintain_gap_limit(source);
            RC_ASSERT(added.has_value());
            naive.store_up_to(naive.ceiling());
            RC_ASSERT(added->size() == naive.stored() - before);
            break;
        }
        case 12:
            RC_ASSERT(pool.prune_unused() == naive.prune());
            break;
        case 13: {
            const auto held = pool.reserve_index(index, source, {.now = at(5)});
            RC_ASSERT(held.has_value() == (!naive.is_used(index) && !naive.is_held(index)));
            if (!held) break;
            naive.hold(index, held->token, 5, true);
            given.push_back(*held);
            break;
        }
        case 14:
            pool.quarantine(index);
            naive.quarantine(index);
            break;
        default:
            if (number == 0) {
                const bool keep = index % 2 == 0;
                pool.reset_usage(keep);
                naive.reset(keep);
            } else {
                RC_ASSERT(pool.set_gap_limit(static_cast<std::uint32_t>(number) - 1, source).has_value());
                naive.set_gap(static_cast<std::uint32_t>(number) - 1);
                naive.store_up_to(naive.ceiling());
            }
    }
}

}  // namespace

TEST_CASE("pool: random operations give what a naive pool gives", "[wallet]") {
    const KeySource source = source_of(solana_deposits());
    rc::prop("pool and naive pool agree", [&source] {
        PoolOptions options;
        options.profile = *rc::gen::element(Profile::Ephemeral, Profile::Persistent);
        options.reuse = *rc::gen::element(Reuse::Immediate, Reuse::Never);
        PoolConfig config = solana_deposits().pool;
        config.gap_limit = *rc::gen::inRange<std::uint32_t>(1, 6);
        AddressPool pool = AddressPool::make_empty(config, options).value();
        Naive naive(config.gap_limit, options);
        std::vector<Reservation> given;
        const int steps = *rc::gen::inRange(1, 60);
        for (int i = 0; i < steps; ++i) {
            step(pool, naive, source, given);
            RC_ASSERT(picture(pool) == naive.picture());
            RC_ASSERT(pool.unused_addresses() == naive.unused());
            const PoolStats stats = pool.stats();
            RC_ASSERT(stats.window_ceiling == naive.ceiling());
            RC_ASSERT(stats.used_count + stats.reserved_count + stats.unused_count == naive.stored());
            RC_ASSERT(stats.reserved_count + stats.unmaterialized_reserved == naive.held());
            RC_ASSERT(pool.highest_generated().value_or(0) + (naive.stored() > 0 ? 1 : 0) == naive.stored());
        }
        const auto again = AddressPool::parse(pool.serialize(), options);
        RC_ASSERT(again.has_value());
        RC_ASSERT(again->serialize() == pool.serialize());
    });
}
