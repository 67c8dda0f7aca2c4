#include "fetcher/holdings.hpp"

namespace dz::fetcher {

bool Holdings::put(const ledger::AccountChange& change) {
    const auto held = held_.find(change.key);
    if (held == held_.end()) {
        held_.emplace(change.key, Held{change.slot, change.account});
        return true;
    }
    if (change.slot < held->second.slot) return false;
    held->second.slot = change.slot;
    if (change.account == held->second.account) return false;
    held->second.account = change.account;
    return true;
}

bool Holdings::take(const std::vector<ledger::KeyedAccount>& read, Slot slot) {
    std::erase_if(held_, [slot](const auto& entry) { return slot.value == 0 || entry.second.slot <= slot; });
    // What is left was told of later, and stays.
    const bool knew_better = !held_.empty();
    for (const auto& [key, account] : read) held_.try_emplace(key, Held{slot, account});
    return knew_better;
}

std::vector<ledger::KeyedAccount> Holdings::accounts() const {
    std::vector<ledger::KeyedAccount> out;
    for (const auto& [key, held] : held_) {
        if (!ledger::is_closed(held.account)) out.push_back({key, held.account});
    }
    return out;
}

}  // namespace dz::fetcher
