#include "chain/devnet/accounts.hpp"

#include <algorithm>

namespace dz::devnet {

void Accounts::restore(const PublicKey& key, AccountPointer state) {
    present_.emplace_hint(present_.end(), key, std::move(state));
}

AccountPointer Accounts::find(const PublicKey& key) const {
    const auto found = present_.find(key);
    return found == present_.end() ? nullptr : found->second;
}

std::ranges::subrange<Accounts::History::const_iterator> Accounts::history_after(Version version) const {
    return {std::ranges::upper_bound(history_, version, {}, &Replaced::version), history_.end()};
}

AccountPointer Accounts::find(const PublicKey& key, Version version) const {
    // The first transaction after `version` that replaced the account knows what it was.
    for (const Replaced& later : history_after(version)) {
        const auto before = std::ranges::find(later.before, key, &AccountWrite::first);
        if (before != later.before.end()) return before->second;
    }
    return find(key);
}

void Accounts::put(const PublicKey& key, const AccountPointer& state) {
    if (state && state->lamports > 0) {
        present_[key] = state;
    } else {
        present_.erase(key);
    }
}

Version Accounts::apply(const std::vector<AccountWrite>& writes) {
    Replaced replaced{++newest_, {}};
    for (const auto& [key, state] : writes) {
        const bool noted =
            std::ranges::find(replaced.before, key, &AccountWrite::first) != replaced.before.end();
        if (!noted) replaced.before.emplace_back(key, find(key));
        put(key, state);
    }
    history_.push_back(std::move(replaced));
    return newest_;
}

void Accounts::forget_before(Version version) {
    while (!history_.empty() && history_.front().version <= version) history_.pop_front();
}

std::map<PublicKey, AccountPointer> Accounts::changes_since(Version version) const {
    std::map<PublicKey, AccountPointer> back;
    for (const Replaced& later : history_after(version))
        back.insert(later.before.begin(), later.before.end());
    return back;
}

void Accounts::visit_owned(const PublicKey& owner, Version version, const Visit& visit) const {
    const auto back = changes_since(version);
    const auto see = [&](const PublicKey& key, const AccountPointer& state) {
        if (state && state->owner == owner) visit(key, *state);
    };
    auto past = back.begin();
    for (const auto& [key, state] : present_) {
        for (; past != back.end() && past->first < key; ++past) see(past->first, past->second);
        if (past != back.end() && past->first == key) {
            see(key, past->second);
            ++past;
        } else {
            see(key, state);
        }
    }
    for (; past != back.end(); ++past) see(past->first, past->second);
}

void Accounts::visit_all(const Visit& visit) const {
    for (const auto& [key, state] : present_) visit(key, *state);
}

}  // namespace dz::devnet
