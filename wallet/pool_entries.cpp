// pool_entries.cpp: the stored addresses of a pool: how they come, go and are asked about.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "wallet/address_pool.hpp"

namespace dz::wallet {

namespace {

constexpr std::array<std::string_view, 4> kTypeNames = {"external", "internal", "absent", "absent_hardened"};

}  // namespace

std::string_view to_string(PoolType type) {
    return kTypeNames[static_cast<std::size_t>(type)];
}

Result<PoolType> parse_pool_type(std::string_view text) {
    const auto* const found = std::ranges::find(kTypeNames, text);
    if (found != kTypeNames.end()) return static_cast<PoolType>(found - kTypeNames.begin());
    return fail(Fault::InvalidParameter,
                fmt::format("\"{}\" is none of {}", text, fmt::join(kTypeNames, ", ")));
}

// ---- Deriving and storing

Path AddressPool::leaf_path(std::uint32_t index) const {
    Path path;
    if (config_.type == PoolType::External) path = {normal(0)};
    if (config_.type == PoolType::Internal) path = {normal(1)};
    path.push_back(config_.type == PoolType::AbsentHardened ? hardened(index) : normal(index));
    path.insert(path.end(), config_.leaf_suffix.begin(), config_.leaf_suffix.end());
    return path;
}

Result<> AddressPool::check(const KeySource& source) const {
    if (!source.can_derive() || !key_fingerprint_ || source.fingerprint() == key_fingerprint_) return {};
    return fail(Fault::InvalidParameter, "this key is not the one that the pool's addresses come from");
}

void AddressPool::adopt(const KeySource& source) {
    key_fingerprint_ = source.fingerprint();
}

Result<AddressInfo> AddressPool::derive(std::uint32_t index, const KeySource& source) const {
    if (index > options_.last_index)
        return fail(Fault::InvalidChildNumber,
                    fmt::format("address {} is beyond the pool's last, {}", index, options_.last_index));
    const Path leaf = leaf_path(index);
    TRY(KeyBytes key, source.derive(leaf));
    TRY(EncodedAddress address, encode_address(config_.address_type, config_.network, key));
    AddressInfo info;
    info.address = std::move(address.text);
    info.script_pubkey = std::move(address.script);
    info.public_key = std::move(key);
    info.index = index;
    info.path = config_.base_path;
    // The base path of a standard account's pool has the branch already.
    const bool branch = config_.type == PoolType::External || config_.type == PoolType::Internal;
    info.path.insert(info.path.end(), leaf.begin() + (branch ? 1 : 0), leaf.end());
    return info;
}

Result<std::vector<AddressInfo>> AddressPool::derive_up_to(std::uint32_t last,
                                                           const KeySource& source) const {
    if (last > options_.last_index)
        return fail(Fault::InvalidChildNumber,
                    fmt::format("address {} is beyond the pool's last, {}", last, options_.last_index));
    std::vector<AddressInfo> out;
    for (std::uint32_t index = first_unstored(); index <= last; ++index) {
        TRY(AddressInfo info, derive(index, source));
        out.push_back(std::move(info));
    }
    return out;
}

void AddressPool::store(AddressInfo info) {
    DZ_ASSERT(info.index == first_unstored());
    by_address_.emplace(info.address, info.index);
    if (!info.script_pubkey.empty()) by_script_.emplace(info.script_pubkey, info.index);
    entries_.push_back(std::move(info));
    AddressInfo& stored = entries_.back();
    if (const auto hold = holds_.find(stored.index); hold != holds_.end()) {
        stored.state = AddressState::Reserved;
        stored.reserved_at = hold->second.at;
    } else {
        make_available(stored);
    }
}

Result<> AddressPool::store_up_to(std::uint32_t last, const KeySource& source) {
    TRY(auto infos, derive_up_to(last, source));
    if (!infos.empty()) adopt(source);
    for (AddressInfo& info : infos) store(std::move(info));
    return {};
}

Result<std::vector<AddressInfo>> AddressPool::generate_addresses(std::uint32_t count, const KeySource& source,
                                                                 bool add_to_state) {
    TRY_OK(check(source));
    std::vector<AddressInfo> out;
    const std::uint32_t first = first_unstored();
    for (std::uint32_t i = 0; i < count; ++i) {
        TRY(AddressInfo info, obtain(first + i, source, add_to_state));
        out.push_back(std::move(info));
    }
    return out;
}

Result<AddressInfo> AddressPool::generate_address(std::uint32_t index, const KeySource& source,
                                                  bool add_to_state) {
    TRY_OK(check(source));
    return obtain(index, source, add_to_state);
}

Result<std::vector<std::string>> AddressPool::address_range(std::uint32_t start, std::uint32_t end,
                                                            const KeySource& source) {
    TRY_OK(check(source));
    std::vector<std::string> out;
    if (end <= start) return out;
    if (end > first_unstored()) TRY_OK(store_up_to(end - 1, source));
    for (std::uint32_t index = start; index < end; ++index) out.push_back(entries_[index].address);
    return out;
}

Result<std::vector<AddressInfo>> AddressPool::maintain_gap_limit(const KeySource& source) {
    TRY_OK(check(source));
    const std::size_t before = entries_.size();
    const std::uint32_t ceiling = std::min(window_ceiling(), options_.last_index);
    if (ceiling >= before) TRY_OK(store_up_to(ceiling, source));
    return std::vector(entries_.begin() + static_cast<std::ptrdiff_t>(before), entries_.end());
}

Result<std::vector<AddressInfo>> AddressPool::set_gap_limit(std::uint32_t limit, const KeySource& source) {
    TRY_OK(check(source));
    const std::uint32_t before = config_.gap_limit;
    config_.gap_limit = std::clamp<std::uint32_t>(limit, 1, kMaxGapLimit);
    auto added = maintain_gap_limit(source);
    if (!added) config_.gap_limit = before;
    return added;
}

std::size_t AddressPool::prune_unused() {
    std::uint32_t keep = window_ceiling();
    for (const auto highest : {highest_used(), highest_reserved()})
        keep = std::max(keep, highest.value_or(0));
    std::size_t dropped = 0;
    for (; entries_.size() > std::size_t{keep} + 1; ++dropped) {
        const std::uint32_t last = entries_.back().index;
        if (!available_.contains(last) || (options_.keep_handed_out && given_back_.contains(last))) break;
        drop_last();
    }
    return dropped;
}

void AddressPool::drop_last() {
    const AddressInfo& info = entries_.back();
    by_address_.erase(info.address);
    by_script_.erase(info.script_pubkey);
    available_.erase(info.index);
    entries_.pop_back();
    unstored_hint_ = std::min(unstored_hint_, first_unstored());
}

// ---- The window

std::optional<std::uint32_t> AddressPool::highest_generated() const {
    return entries_.empty() ? std::nullopt : std::optional(entries_.back().index);
}

std::optional<std::uint32_t> AddressPool::highest_used() const {
    return used_.empty() ? std::nullopt : std::optional(*used_.rbegin());
}

std::optional<std::uint32_t> AddressPool::highest_reserved() const {
    return holds_.empty() ? std::nullopt : std::optional(holds_.rbegin()->first);
}

std::optional<std::uint32_t> AddressPool::frontier() const {
    std::optional<std::uint32_t> out = highest_used();
    if (options_.profile == Profile::Persistent) return out;
    out = std::max(out, highest_reserved());
    // Somebody still has the address, and may pay.
    if (!quarantined_.empty()) out = std::max(out, std::optional(*quarantined_.rbegin()));
    return out;
}

std::uint32_t AddressPool::window_ceiling() const {
    const auto highest = frontier();
    return highest ? *highest + config_.gap_limit : config_.gap_limit - 1;
}

// ---- Questions

AddressInfo* AddressPool::find(std::string_view address) {
    const auto found = by_address_.find(std::string(address));
    return found == by_address_.end() ? nullptr : &entries_[found->second];
}

std::vector<std::string> AddressPool::all_addresses() const {
    std::vector<std::string> out;
    for (const AddressInfo& info : entries_) out.push_back(info.address);
    return out;
}

std::vector<Bytes> AddressPool::all_script_pubkeys() const {
    std::vector<Bytes> out;
    for (const AddressInfo& info : entries_) out.push_back(info.script_pubkey);
    return out;
}

std::vector<std::string> AddressPool::unused_addresses() const {
    std::vector<std::string> out;
    for (const std::uint32_t index : available_) out.push_back(entries_[index].address);
    return out;
}

std::vector<std::string> AddressPool::in_state(AddressState state) const {
    std::vector<std::string> out;
    for (const AddressInfo& info : entries_) {
        if (info.state == state) out.push_back(info.address);
    }
    return out;
}

std::vector<Reservation> AddressPool::reservations() const {
    std::vector<Reservation> out;
    for (const auto& [index, hold] : holds_)
        out.push_back({.address = hold.address,
                       .index = index,
                       .token = hold.token,
                       .at = hold.at,
                       .holder = hold.holder});
    return out;
}

const AddressInfo* AddressPool::info_at_index(std::uint32_t index) const {
    return index < first_unstored() ? &entries_[index] : nullptr;
}

const AddressInfo* AddressPool::address_info(std::string_view address) const {
    const auto index = address_index(address);
    return index ? &entries_[*index] : nullptr;
}

std::optional<std::uint32_t> AddressPool::address_index(std::string_view address) const {
    const auto found = by_address_.find(std::string(address));
    return found == by_address_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> AddressPool::script_pubkey_index(ByteView script) const {
    const auto found = by_script_.find(Bytes(script.begin(), script.end()));
    return found == by_script_.end() ? std::nullopt : std::optional(found->second);
}

PoolStats AddressPool::stats() const {
    PoolStats out;
    out.total_generated = entries_.size();
    out.used_count = used_.size();
    const auto first_unstored_hold = holds_.lower_bound(first_unstored());
    out.unmaterialized_reserved = static_cast<std::size_t>(std::distance(first_unstored_hold, holds_.end()));
    out.reserved_count = holds_.size() - out.unmaterialized_reserved;
    out.unused_count = out.total_generated - out.used_count - out.reserved_count;
    out.quarantined_count = out.unused_count - available_.size();
    out.highest_used = highest_used();
    out.highest_generated = highest_generated();
    out.highest_reserved = highest_reserved();
    out.gap_limit = config_.gap_limit;
    out.window_ceiling = window_ceiling();
    out.is_internal = config_.type == PoolType::Internal;
    for (const auto& [index, hold] : holds_) {
        if (hold.at == UnixTime{}) continue;
        if (!out.oldest_reservation_at || hold.at < *out.oldest_reservation_at)
            out.oldest_reservation_at = hold.at;
    }
    return out;
}

bool AddressPool::set_address_label(std::string_view address, std::optional<std::string> label) {
    AddressInfo* const info = find(address);
    if (info == nullptr) return false;
    info->label = std::move(label);
    return true;
}

bool AddressPool::add_address_metadata(std::string_view address, std::string key, std::string value) {
    AddressInfo* const info = find(address);
    if (info == nullptr) return false;
    info->metadata.insert_or_assign(std::move(key), std::move(value));
    return true;
}

}  // namespace dz::wallet
