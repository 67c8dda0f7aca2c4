#include "chain/program/allocator.hpp"

#include <bit>

#include "ledger/accounts.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::ProgramError;

namespace {

constexpr std::size_t kBitmap = ledger::ResourceExtension::kBitmapOffset;
constexpr std::size_t kKindOffset = 66;

/// `count` ones from bit `first` of a word on.
std::uint64_t mask(std::uint64_t first, std::uint64_t count) {
    return (count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1) << first;
}

}  // namespace

Expected<Allocator> Allocator::open(std::span<std::uint8_t> data) {
    const auto broken = [] { return reject(BuiltinError::InvalidAccountData, "not an allocator"); };
    if (data.size() < kBitmap ||
        data[0] != static_cast<std::uint8_t>(ledger::AccountType::ResourceExtension)) {
        return broken();
    }
    Allocator allocator;
    allocator.data_ = data;
    bytes::Reader in(data.subspan(kKindOffset));
    const auto kind = in.u8();
    allocator.addresses_ = kind == 0;
    if (allocator.addresses_) {
        const auto address = in.be32();
        const auto length = in.u8();
        if (*length > 32) return broken();
        allocator.base_ = {Ipv4{*address}, *length};
        allocator.capacity_ = std::uint64_t{1} << (32 - *length);
    } else {
        const auto start = in.u16();
        const auto end = in.u16();
        if (*end < *start) return broken();
        allocator.first_id_ = *start;
        allocator.capacity_ = std::uint64_t{*end} - *start;
    }
    allocator.hint_offset_ = kKindOffset + 1 + (allocator.addresses_ ? 5 : 4);
    allocator.hint_ = *in.u64();
    if ((data.size() - kBitmap) / 8 < allocator.words()) return broken();
    return allocator;
}

std::uint64_t Allocator::word(std::uint64_t index) const {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) value = (value << 8) | data_[kBitmap + index * 8 + i];
    return value;
}

void Allocator::set_bits(std::uint64_t first, std::uint64_t count, bool taken) {
    for (std::uint64_t bit = first; bit < first + count; ++bit) {
        std::uint8_t& byte = data_[kBitmap + bit / 8];
        const auto one = static_cast<std::uint8_t>(1U << (bit % 8));
        byte = static_cast<std::uint8_t>(taken ? byte | one : byte & ~one);
    }
}

bool Allocator::all_equal(std::uint64_t first, std::uint64_t count, bool taken) const {
    for (std::uint64_t bit = first; bit < first + count; ++bit) {
        const bool set = ((data_[kBitmap + bit / 8] >> (bit % 8)) & 1) != 0;
        if (set != taken) return false;
    }
    return true;
}

void Allocator::set_hint(std::uint64_t word_index) {
    hint_ = word_index;
    for (std::size_t i = 0; i < 8; ++i) {
        data_[hint_offset_ + i] = static_cast<std::uint8_t>(word_index >> (8 * i));
    }
}

Expected<Prefix> Allocator::take_addresses(std::uint32_t count) {
    if (!addresses_) return reject(ProgramError::InvalidArgument, "an allocator of numbers");
    DZ_ASSERT(std::has_single_bit(count) && count <= 64);
    if (count > capacity_) return reject(ProgramError::AllocationFailed);
    for (std::uint64_t index = hint_; index < words(); ++index) {
        const std::uint64_t taken = word(index);
        if (taken == ~std::uint64_t{0}) continue;
        for (std::uint64_t bit = 0; bit < 64; bit += count) {
            if ((taken & mask(bit, count)) != 0) continue;
            const std::uint64_t first = index * 64 + bit;
            if (first + count > capacity_) return reject(ProgramError::AllocationFailed);
            set_bits(first, count, true);
            set_hint(index + 1 == words() ? 0 : index);
            const auto length = static_cast<std::uint8_t>(32 - std::countr_zero(count));
            return Prefix{plus(base_.address, static_cast<std::uint32_t>(first)), length};
        }
    }
    return reject(ProgramError::AllocationFailed);
}

Expected<Ipv4> Allocator::take_address() {
    TRY(const Prefix taken, take_addresses(1));
    return taken.address;
}

Expected<std::uint16_t> Allocator::take_id() {
    if (addresses_) return reject(ProgramError::InvalidArgument, "an allocator of addresses");
    for (std::uint64_t index = hint_; index < words(); ++index) {
        const auto bit = static_cast<std::uint64_t>(std::countr_one(word(index)));
        if (bit == 64) continue;
        const std::uint64_t position = index * 64 + bit;
        if (position >= capacity_) break;
        set_bits(position, 1, true);
        set_hint(word(index) == ~std::uint64_t{0} ? 0 : index);
        return static_cast<std::uint16_t>(first_id_ + position);
    }
    return reject(ProgramError::AllocationFailed);
}

std::optional<std::uint64_t> Allocator::position(const Prefix& prefix) const {
    if (!addresses_ || prefix.length < base_.length || prefix.length > 32) return std::nullopt;
    const std::uint64_t base = base_.address.to_uint();
    const std::uint64_t address = prefix.address.to_uint();
    const std::uint64_t count = std::uint64_t{1} << (32 - prefix.length);
    if (address < base || address - base + count > capacity_) return std::nullopt;
    if ((address - base) % count != 0) return std::nullopt;
    return address - base;
}

Outcome Allocator::take(const Prefix& prefix) {
    if (!addresses_) return reject(ProgramError::InvalidArgument, "an allocator of numbers");
    const auto first = position(prefix);
    const std::uint64_t count = std::uint64_t{1} << (32 - prefix.length);
    if (!first || !all_equal(*first, count, false)) return reject(ProgramError::AllocationFailed);
    set_bits(*first, count, true);
    return {};
}

Outcome Allocator::take(std::uint16_t id) {
    if (addresses_) return reject(ProgramError::InvalidArgument, "an allocator of addresses");
    const std::uint64_t first = std::uint64_t{id} - first_id_;
    if (id < first_id_ || first >= capacity_ || !all_equal(first, 1, false)) {
        return reject(ProgramError::AllocationFailed);
    }
    set_bits(first, 1, true);
    return {};
}

bool Allocator::give_back(const Prefix& prefix) {
    const auto first = position(prefix);
    const std::uint64_t count = std::uint64_t{1} << (32 - prefix.length);
    if (!first || !all_equal(*first, count, true)) return false;
    set_bits(*first, count, false);
    if (*first / 64 < hint_) set_hint(*first / 64);
    return true;
}

bool Allocator::give_back(std::uint16_t id) {
    const std::uint64_t first = std::uint64_t{id} - first_id_;
    if (addresses_ || id < first_id_ || first >= capacity_ || !all_equal(first, 1, true)) return false;
    set_bits(first, 1, false);
    set_hint(first / 64);
    return true;
}

Outcome Allocator::take(const ledger::IpOrId& value) {
    return std::visit([this](const auto& one) { return take(one); }, value);
}

bool Allocator::give_back(const ledger::IpOrId& value) {
    return std::visit([this](const auto& one) { return give_back(one); }, value);
}

std::uint64_t Allocator::allocated_count() const {
    std::uint64_t count = 0;
    for (std::uint64_t index = 0; index < words(); ++index) {
        count += static_cast<std::uint64_t>(std::popcount(word(index)));
    }
    return count;
}

Expected<Bytes> Allocator::make(const PublicKey& owner, std::uint8_t bump, const PublicKey& associated_with,
                                const std::variant<ledger::IpRange, ledger::IdRange>& range) {
    ledger::ResourceExtension resource{owner, bump, associated_with, range, {}};
    if (ledger::ResourceExtension::kBitmapOffset + resource.bitmap_size() > kMaxGrowth) {
        return reject_runtime("InvalidRealloc", "the block is too large for an account");
    }
    resource.bitmap.assign(resource.bitmap_size(), 0);
    return ledger::encode(resource);
}

}  // namespace dz::program
