// chain/program/allocator.hpp: hands out addresses and numbers from a bitmap account (ledger-processors.md
// 4).
//
// Works in place on the account's data: the big blocks have eight kilobytes of bitmap, of which an allocation
// touches one word. The rules, hints included, are exactly the program's, so that two nodes hand out the
// same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "base/bytes.hpp"
#include "base/ip.hpp"
#include "chain/program/account.hpp"
#include "chain/program/fault.hpp"
#include "ledger/accounts_global.hpp"
#include "ledger/types.hpp"

namespace dz::program {

/// A view of one allocator's account data, which must outlive it.
class Allocator {
  public:
    /// Errors: InvalidAccountData when it is not an allocator or its bitmap is too short.
    static Expected<Allocator> open(std::span<std::uint8_t> data);

    /// The next free aligned run of `count` addresses (1, 2, 4, ... 64). Error 63 when none is left or the
    /// block is smaller, 65 for an allocator of numbers.
    Expected<Prefix> take_addresses(std::uint32_t count);
    Expected<Ipv4> take_address();
    /// The next free number. Errors 63; 65 for an allocator of addresses.
    Expected<std::uint16_t> take_id();

    /// One particular value. Errors: 63 when it is outside, unaligned or taken, 65 for the wrong kind.
    Outcome take(const ledger::IpOrId& value);
    Outcome take(const Prefix& prefix);
    Outcome take(std::uint16_t id);

    /// False, and nothing changes, when the value is outside or was not wholly taken.
    bool give_back(const ledger::IpOrId& value);
    bool give_back(const Prefix& prefix);
    bool give_back(std::uint16_t id);

    bool hands_out_addresses() const { return addresses_; }
    std::uint64_t allocated_count() const;

    /// Data of a new, empty allocator. Errors: InvalidRealloc when the block needs an account larger than one
    /// instruction can make.
    static Expected<Bytes> make(const PublicKey& owner, std::uint8_t bump, const PublicKey& associated_with,
                                const std::variant<ledger::IpRange, ledger::IdRange>& range);

    /// Most bytes that one instruction may add to an account.
    static constexpr std::size_t kMaxGrowth = 10'240;

  private:
    Allocator() = default;
    std::uint64_t word(std::uint64_t index) const;
    void set_bits(std::uint64_t first, std::uint64_t count, bool taken);
    bool all_equal(std::uint64_t first, std::uint64_t count, bool taken) const;
    void set_hint(std::uint64_t word_index);
    std::uint64_t words() const { return (capacity_ + 63) / 64; }
    /// First bit of an aligned prefix that lies inside the block.
    std::optional<std::uint64_t> position(const Prefix& prefix) const;

    std::span<std::uint8_t> data_;
    bool addresses_ = false;
    Prefix base_;
    std::uint16_t first_id_ = 0;
    std::uint64_t capacity_ = 0;
    std::uint64_t hint_ = 0;
    std::size_t hint_offset_ = 0;
};

}  // namespace dz::program
