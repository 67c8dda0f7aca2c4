#include "chain/reservations/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dz::reservations {

namespace {

constexpr std::uint8_t kByteString = 2;
constexpr std::uint8_t kArray = 4;
constexpr std::uint8_t kPairHead = kArray << 5 | 2;
/// From here on the length stands in the bytes that follow.
constexpr std::uint64_t kLongLength = 24;

std::size_t head_size(std::uint64_t length) {
    if (length < kLongLength) return 1;
    if (length <= 0xFF) return 2;
    if (length <= 0xFFFF) return 3;
    return 5;
}

void write_head(bytes::Writer& out, std::uint8_t type, std::uint64_t length) {
    const auto first = static_cast<std::uint8_t>(type << 5);
    if (length < kLongLength) {
        out.u8(first | static_cast<std::uint8_t>(length));
    } else if (length <= 0xFF) {
        out.u8(first | 24).u8(static_cast<std::uint8_t>(length));
    } else if (length <= 0xFFFF) {
        out.u8(first | 25).be16(static_cast<std::uint16_t>(length));
    } else {
        out.u8(first | 26).be32(static_cast<std::uint32_t>(length));
    }
}

/// Length of the next item, which must be of this type.
Result<std::uint64_t> read_head(bytes::Reader& in, std::uint8_t type) {
    TRY(const std::uint8_t first, in.u8());
    if (first >> 5 != type) return fail(Errc::BadValue, fmt::format("an item of type {}", first >> 5));
    const std::uint8_t length = first & 0x1F;
    switch (length) {
        case 24:
            return in.u8();
        case 25:
            return in.be16();
        case 26:
            return in.be32();
        case 27:
            return in.be64();
        default:
            break;
    }
    if (length < kLongLength) return length;
    return fail(Errc::BadValue, "an item without a definite length");
}

Result<ByteView> read_bytes(bytes::Reader& in) {
    TRY(const std::uint64_t length, read_head(in, kByteString));
    if (length > in.remaining()) return fail(Errc::Truncated, "the end comes too soon");
    return in.take(length);
}

Result<Plan::Entry> read_entry(bytes::Reader& in) {
    TRY(const std::uint64_t items, read_head(in, kArray));
    if (items != 2) return fail(Errc::BadValue, fmt::format("an entry of {} items", items));
    TRY(const ByteView key, read_bytes(in));
    const auto sender = Address::from(key);
    if (!sender) return fail(Errc::BadValue, fmt::format("an address of {} bytes", key.size()));
    TRY(const ByteView text, read_bytes(in));
    TRY(const Number number, decode_number(text));
    if (number.negative) return fail(Errc::BadValue, fmt::format("{}: negative amount", sender->to_hex()));
    const auto amount = number.amount();
    if (!amount) return fail(Errc::BadValue, fmt::format("{}: amount beyond 128 bits", sender->to_hex()));
    return Plan::Entry{*sender, *amount};
}

}  // namespace

std::size_t encoded_entry_size(const Address& sender, Amount amount) {
    const std::size_t number = encoded_size(amount);
    return 1 + head_size(sender.size()) + sender.size() + head_size(number) + number;
}

Expected<Plan> Plan::of(std::span<const Charge> charges) {
    std::vector<const Charge*> order;
    order.reserve(charges.size());
    for (const Charge& charge : charges) order.push_back(&charge);
    std::ranges::sort(order, {}, &Charge::sender);
    Plan plan;
    for (const Charge* const charge : order) {
        if (plan.entries_.empty() || plan.entries_.back().sender != charge->sender)
            plan.entries_.push_back({charge->sender, 0});
        Entry& entry = plan.entries_.back();
        const auto sum = charge->cost ? add(entry.amount, *charge->cost) : std::nullopt;
        if (!sum) return failed(Kind::InsufficientFunds, entry.sender, "it owes more than any balance");
        entry.amount = *sum;
    }
    return plan;
}

Amount Plan::total() const {
    Amount total = 0;
    for (const Entry& entry : entries_) {
        const auto sum = add(total, entry.amount);
        if (!sum) return kMaxAmount;
        total = *sum;
    }
    return total;
}

std::size_t Plan::encoded_size() const {
    std::size_t size = head_size(entries_.size());
    for (const Entry& entry : entries_) size += encoded_entry_size(entry.sender, entry.amount);
    return size;
}

Expected<> Plan::check(const PlanLimits& limits) const {
    if (senders() > limits.max_senders) {
        return failed(Kind::PlanTooLarge,
                      fmt::format("{} senders, the limit is {}", senders(), limits.max_senders));
    }
    if (const std::size_t size = encoded_size(); size > limits.max_bytes)
        return failed(Kind::PlanTooLarge, fmt::format("{} bytes, the limit is {}", size, limits.max_bytes));
    return {};
}

Bytes encode(const Plan& plan) {
    bytes::Writer out;
    write_head(out, kArray, plan.senders());
    for (const Plan::Entry& entry : plan.entries()) {
        out.u8(kPairHead);
        write_head(out, kByteString, entry.sender.size());
        out.raw(entry.sender.view());
        const Bytes amount = encode(Number(entry.amount));
        write_head(out, kByteString, amount.size());
        out.raw(amount);
    }
    return out.take();
}

Expected<Plan> decode_plan(ByteView bytes, const PlanLimits& limits) {
    const auto malformed = [](const Error& error) { return failed(Kind::InvariantViolation, error.text); };
    if (bytes.size() > limits.max_bytes) {
        return failed(Kind::PlanTooLarge,
                      fmt::format("{} bytes, the limit is {}", bytes.size(), limits.max_bytes));
    }
    bytes::Reader in(bytes);
    const auto count = read_head(in, kArray);
    if (!count) return malformed(count.error());
    if (*count > limits.max_senders)
        return failed(Kind::PlanTooLarge,
                      fmt::format("{} senders, the limit is {}", *count, limits.max_senders));
    Plan plan;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto entry = read_entry(in);
        if (!entry) return malformed(entry.error());
        plan.entries_.push_back(*entry);
    }
    if (!in.empty()) return failed(Kind::InvariantViolation, "something follows the plan");
    std::ranges::sort(plan.entries_, {}, &Plan::Entry::sender);
    const auto twice = std::ranges::adjacent_find(plan.entries_, {}, &Plan::Entry::sender);
    if (twice == plan.entries_.end()) return plan;
    return failed(Kind::InvariantViolation, twice->sender, twice->sender.to_hex() + " is named twice");
}

}  // namespace dz::reservations
