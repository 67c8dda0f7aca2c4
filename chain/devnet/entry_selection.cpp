#include "chain/devnet/entry_selection.hpp"

#include <algorithm>

#include "chain/reservations/prepack.hpp"

namespace dz::devnet {

using ledger::Transaction;
using reservations::Amount;
using reservations::Mode;
using reservations::PrePack;

namespace {

/// Never, whatever happens to its payer: in a session it would be in the block and pay nothing.
bool is_hopeless(const Transaction& transaction, const AccountSource& accounts) {
    const auto fee = max_fee_of(transaction.message);
    if (!fee || !transaction.message.lookups.empty()) return true;
    const AccountPointer payer = accounts(transaction.message.fee_payer());
    // One that is missing or short may be funded by the time it is tried again.
    return payer && payer->lamports >= *fee && find_payer_fault(payer, *fee);
}

std::vector<Candidate> candidates_of(const std::vector<Transaction>& transactions, std::uint64_t slot) {
    std::vector<Candidate> candidates;
    candidates.reserve(transactions.size());
    for (const Transaction& one : transactions) candidates.push_back({&one, {slot, 0, 0}});
    return candidates;
}

}  // namespace

void EntrySelection::keep_affordable(std::uint64_t slot, const AccountSource& accounts,
                                     std::vector<Transaction>& chosen,
                                     std::vector<Transaction>& later) const {
    while (const auto refusal = runner_.find_refusal(candidates_of(chosen, slot), accounts)) {
        const auto falls_short = [&](const Transaction& one) {
            return refusal->account && plan_address(one.message.fee_payer()) == *refusal->account;
        };
        auto last = std::ranges::find_if(chosen.rbegin(), chosen.rend(), falls_short);
        // A plan that is too large has nobody to blame.
        if (last == chosen.rend()) last = chosen.rbegin();
        const auto place = std::prev(last.base());
        // In the order they came.
        later.insert(later.begin(), std::move(*place));
        chosen.erase(place);
    }
}

std::vector<Transaction> EntrySelection::choose(const SelectionRules& rules, const AccountSource& accounts,
                                                const Filter& may_run, const HasTime& has_time) {
    const Mode mode = runner_.mode_at(rules.slot);
    const auto balance = [&](const reservations::Address& address) -> Result<std::optional<Amount>> {
        PublicKey key;
        std::ranges::copy(address.view(), key.bytes.begin());
        const AccountPointer account = accounts(key);
        if (!account) return std::nullopt;
        return Amount{account->lamports};
    };
    PrePack pass(balance, runner_.rules().limits, journal_);
    std::vector<Transaction> chosen;
    std::vector<Transaction> later;
    while (chosen.size() < rules.max_transactions && later.size() < rules.max_transactions && has_time()) {
        auto transaction = mempool_.take();
        if (!transaction) break;
        if (!may_run(*transaction)) continue;
        if (mode != Mode::Legacy && is_hopeless(*transaction, accounts)) continue;
        const bool fits =
            mode == Mode::Legacy || !rules.prepack ||
            pass.admit(plan_address(transaction->message.fee_payer()), max_fee_of(transaction->message));
        (fits ? chosen : later).push_back(*std::move(transaction));
    }
    const bool must_pass = mode == Mode::Strict || mode == Mode::Active;
    if (must_pass) keep_affordable(rules.slot, accounts, chosen, later);
    // With nobody else in the entry nothing changes before the next one.
    if (chosen.empty()) return chosen;
    for (Transaction& one : later) {
        const auto allowance = allowance_of(one.message);
        mempool_.add(std::move(one), allowance ? allowance->unit_price : 0);
    }
    return chosen;
}

}  // namespace dz::devnet
