#include "protocols/bgp/rib.hpp"

#include <algorithm>
#include <utility>

#include "protocols/bgp/message.hpp"

namespace dz::bgp {

AdjRibIn::AdjRibIn(Ipv4 neighbor, Policy policy) : neighbor_(neighbor), policy_(std::move(policy)) {}

std::size_t AdjRibIn::KeyHash::operator()(const Key& key) const {
    // Fibonacci hashing: consecutive addresses, the usual table, spread over all 64 bits.
    const std::uint64_t value = (std::uint64_t{key.address} << 8 | key.length) * 0x9E3779B97F4A7C15U;
    return value ^ (value >> 32);
}

AdjRibIn::Key AdjRibIn::key_of(const Prefix& prefix) {
    return {prefix.network().address.to_uint(), prefix.length};
}

Prefix AdjRibIn::prefix_of(const Key& key) {
    return {Ipv4(key.address), key.length};
}

Route AdjRibIn::view(const Key& key, const Entry& entry) {
    return {prefix_of(key), &entry.attributes->first, entry.verdict, entry.stale,
            TimePoint(std::chrono::seconds(entry.since))};
}

void AdjRibIn::release(Interned* attributes) {
    if (--attributes->second == 0) attributes_.erase(attributes_.find(attributes->first));
}

void AdjRibIn::announce(std::span<const Prefix> prefixes, const PathAttributes& attributes, TimePoint now) {
    if (prefixes.empty()) return;
    Interned& interned = *attributes_.try_emplace(attributes, 0).first;
    // Held by us as well, so that a replaced route cannot free them half-way.
    ++interned.second;
    const auto seconds = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    for (const Prefix& prefix : prefixes) {
        const Key key = key_of(prefix);
        const Verdict verdict = judge(policy_, prefix_of(key), attributes.next_hop, neighbor_);
        const auto [place, added] = routes_.try_emplace(key);
        Entry& entry = place->second;

        const bool was_accepted = !added && entry.verdict == Verdict::Accepted;
        const bool is_accepted = verdict == Verdict::Accepted;
        const bool moved = was_accepted && entry.attributes->first.next_hop != attributes.next_hop;
        if (was_accepted != is_accepted || moved) changes_.insert(key);
        if (is_accepted && !was_accepted) ++accepted_;
        if (was_accepted && !is_accepted) --accepted_;
        if (entry.stale) --stale_;

        const bool same = entry.attributes == &interned;
        if (!same) {
            ++interned.second;
            if (entry.attributes != nullptr) release(entry.attributes);
        }
        entry = {&interned, same ? entry.since : seconds, verdict, false};
    }
    release(&interned);
}

void AdjRibIn::forget(const Key& key, const Entry& entry) {
    if (entry.verdict == Verdict::Accepted) {
        --accepted_;
        changes_.insert(key);
    }
    if (entry.stale) --stale_;
    release(entry.attributes);
}

void AdjRibIn::withdraw(std::span<const Prefix> prefixes) {
    for (const Prefix& prefix : prefixes) {
        const auto place = routes_.find(key_of(prefix));
        if (place == routes_.end()) continue;
        forget(place->first, place->second);
        routes_.erase(place);
    }
}

void AdjRibIn::apply(const Update& update, TimePoint now) {
    withdraw(update.withdrawn);
    if (!update.attributes) return;
    announce(update.announced, *update.attributes, now);
    if (!update.mp_reach) return;
    PathAttributes attributes = *update.attributes;
    attributes.next_hop = update.mp_reach->next_hop;
    announce(update.mp_reach->prefixes, attributes, now);
}

void AdjRibIn::clear() {
    for (const auto& [key, entry] : routes_) forget(key, entry);
    routes_.clear();
}

void AdjRibIn::mark_stale() {
    for (auto& [key, entry] : routes_) entry.stale = true;
    stale_ = routes_.size();
}

void AdjRibIn::sweep_stale() {
    if (stale_ == 0) return;
    boost::unordered::erase_if(routes_, [this](const auto& route) {
        if (!route.second.stale) return false;
        forget(route.first, route.second);
        return true;
    });
}

void AdjRibIn::set_policy(Policy policy) {
    policy_ = std::move(policy);
    for (auto& [key, entry] : routes_) {
        const Verdict verdict = judge(policy_, prefix_of(key), entry.attributes->first.next_hop, neighbor_);
        const bool was = entry.verdict == Verdict::Accepted;
        const bool is = verdict == Verdict::Accepted;
        entry.verdict = verdict;
        if (was == is) continue;
        changes_.insert(key);
        if (is) {
            ++accepted_;
        } else {
            --accepted_;
        }
    }
}

std::optional<Route> AdjRibIn::find(const Prefix& prefix) const {
    const auto place = routes_.find(key_of(prefix));
    if (place == routes_.end()) return std::nullopt;
    return view(place->first, place->second);
}

std::vector<Route> AdjRibIn::routes() const {
    std::vector<Route> all;
    all.reserve(routes_.size());
    for_each([&all](const Route& route) { all.push_back(route); });
    std::ranges::sort(all, [](const Route& a, const Route& b) { return a.prefix < b.prefix; });
    return all;
}

std::vector<Prefix> AdjRibIn::take_changes() {
    std::vector<Prefix> changed;
    changed.reserve(changes_.size());
    for (const Key& key : changes_) changed.push_back(prefix_of(key));
    // Not clear(): that keeps, and the next call would walk, the buckets of the largest change ever.
    changes_ = {};
    std::ranges::sort(changed);
    return changed;
}

}  // namespace dz::bgp
