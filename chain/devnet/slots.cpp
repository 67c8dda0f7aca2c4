#include "chain/devnet/slots.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.hpp"

namespace dz::devnet {

using ledger::PublicKey;
using ledger::Signature;

namespace {

Blockhash sha256(const Bytes& input) {
    Blockhash hash;
    crypto_hash_sha256(hash.bytes.data(), input.data(), input.size());
    return hash;
}

std::int64_t to_ms(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

std::uint64_t SlotAnchor::slot_at(std::int64_t now_unix_ms) const {
    if (now_unix_ms <= unix_ms) return slot;
    return slot + static_cast<std::uint64_t>((now_unix_ms - unix_ms) / slot_ms);
}

std::int64_t SlotAnchor::time_of(std::uint64_t wanted) const {
    const auto distance = static_cast<std::int64_t>(wanted) - static_cast<std::int64_t>(slot);
    return (unix_ms + distance * slot_ms) / 1000;
}

std::string to_text(const SlotAnchor& anchor) {
    return fmt::format("{} {} {}", anchor.slot, anchor.unix_ms, anchor.slot_ms);
}

Result<SlotAnchor> parse_anchor(std::string_view text) {
    SlotAnchor anchor;
    const auto take = [&](auto& number) {
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (code != std::errc{}) return false;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        text.remove_prefix(std::min<std::size_t>(1, text.size()));
        return true;
    };
    if (!take(anchor.slot) || !take(anchor.unix_ms) || !take(anchor.slot_ms) || anchor.slot_ms <= 0) {
        return fail(Errc::BadValue, "the ledger's slot anchor is damaged");
    }
    return anchor;
}

SlotClock::SlotClock(const Clock& clock, SlotAnchor anchor) : clock_(clock), anchor_(anchor) {
    const std::int64_t since = to_ms(clock.wall().time_since_epoch()) - anchor.unix_ms;
    anchored_ = clock.now() - std::chrono::milliseconds(since);
}

std::uint64_t SlotClock::slot() const {
    return anchor_.slot_at(anchor_.unix_ms + to_ms(clock_.now() - anchored_));
}

TimePoint SlotClock::start_of(std::uint64_t slot) const {
    const auto distance = static_cast<std::int64_t>(slot - anchor_.slot);
    return anchored_ + std::chrono::milliseconds(distance * anchor_.slot_ms);
}

std::int64_t SlotClock::unix_time() const {
    return (anchor_.unix_ms + to_ms(clock_.now() - anchored_)) / 1000;
}

Blockhash hash_empty_slot(const Blockhash& last, std::uint64_t slot) {
    return sha256(bytes::Writer().raw(as_bytes("slot")).raw(last.bytes).u64(slot).take());
}

Blockhash genesis_hash(const PublicKey& program, std::int64_t unix_ms) {
    return sha256(bytes::Writer().raw(as_bytes("genesis")).raw(program.view()).i64(unix_ms).take());
}

Blockhashes::Blockhashes(Blockhash last, std::uint64_t slot) : last_(last) {
    hashes_.emplace_back(slot, last);
    slots_.emplace(last, slot);
}

Blockhashes::Blockhashes(std::span<const std::pair<std::uint64_t, Blockhash>> slots)
    : Blockhashes(slots.front().second, slots.front().first) {
    for (const auto& [slot, hash] : slots.subspan(1)) restore(slot, hash);
}

void Blockhashes::restore(std::uint64_t slot, const Blockhash& hash) {
    advance(slot);
    running_ = {slot, hash};
}

void Blockhashes::record(std::uint64_t slot, const Signature& signature, bool succeeded) {
    const Blockhash so_far = hash_of_open(slot);
    const std::uint8_t outcome = succeeded ? 1 : 0;
    running_ = {slot, sha256(bytes::Writer().raw(so_far.bytes).raw(signature.bytes).u8(outcome).take())};
}

Blockhash Blockhashes::hash_of_open(std::uint64_t slot) const {
    if (running_ && running_->first == slot) return running_->second;
    return hash_empty_slot(last_, slot);
}

void Blockhashes::close(std::uint64_t slot) {
    const Blockhash hash = hash_of_open(slot);
    if (running_ && running_->first == slot) {
        last_ = hash;
        running_.reset();
    }
    hashes_.emplace_back(slot, hash);
    slots_.emplace(hash, slot);
    if (hashes_.size() <= kKeptBlockhashes) return;
    slots_.erase(hashes_.front().second);
    hashes_.pop_front();
}

void Blockhashes::advance(std::uint64_t open) {
    if (open <= latest_slot() + 1) return;
    std::uint64_t next = latest_slot() + 1;
    // A slot with transactions may hide in a long gap only as its first one.
    if (open - next > kKeptBlockhashes) {
        close(next);
        next = open - kKeptBlockhashes;
    }
    for (; next < open; ++next) close(next);
}

std::optional<std::uint64_t> Blockhashes::slot_of(const Blockhash& hash) const {
    const auto found = slots_.find(hash);
    if (found == slots_.end()) return std::nullopt;
    return found->second;
}

std::pair<std::uint64_t, Blockhash> Blockhashes::newest_at(std::uint64_t slot) const {
    const auto found = std::find_if(hashes_.rbegin(), hashes_.rend(),
                                    [&](const auto& known) { return known.first <= slot; });
    return found == hashes_.rend() ? hashes_.front() : *found;
}

bool Blockhashes::is_recent(const Blockhash& hash, std::uint64_t now) const {
    const auto slot = slot_of(hash);
    return slot && now <= *slot + kMaxBlockhashAge;
}

}  // namespace dz::devnet
