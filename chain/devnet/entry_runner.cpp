#include "chain/devnet/entry_runner.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "chain/devnet/recent.hpp"

namespace dz::devnet {

using reservations::Amount;
using reservations::BlockInvalid;
using reservations::Effect;
using reservations::Expected;
using reservations::Failure;
using reservations::Fallback;
using reservations::Mode;
using reservations::NodeError;
using reservations::Plan;
using reservations::Verdict;

namespace {

/// A session on the accounts before the entry, behind the port.
class SessionEngine final : public reservations::Engine {
  public:
    SessionEngine(reservations::Session& session, const AccountSource& accounts)
        : session_(session), accounts_(accounts) {}

    Expected<> begin(const Plan& plan) override { return session_.begin(plan, source()); }
    Expected<> end() override { return session_.end(); }
    void abort() override { session_.abort(); }

    reservations::AccountSource source() const {
        return [this](const reservations::Address& address) -> std::optional<reservations::Account> {
            const AccountPointer account = find(address);
            if (!account) return std::nullopt;
            return reservations::Account{address, account->lamports};
        };
    }
    AccountPointer find(const reservations::Address& address) const {
        PublicKey key;
        DZ_ASSERT(address.size() == key.bytes.size());
        std::ranges::copy(address.view(), key.bytes.begin());
        return accounts_(key);
    }

  private:
    reservations::Session& session_;
    const AccountSource& accounts_;
};

/// The accounts that an entry names, as its transactions leave them one after the other. Each is read and
/// written by those alone whose turn it is.
class Desk {
  public:
    explicit Desk(std::span<const Candidate> candidates) {
        std::vector<Schedule::Use> uses;
        std::vector<std::vector<Schedule::Use>> all;
        all.reserve(candidates.size());
        for (const Candidate& candidate : candidates) {
            const ledger::Message& message = candidate.transaction->message;
            uses.clear();
            for (std::size_t i = 0; i < message.keys.size(); ++i)
                uses.push_back({place(message.keys[i]), message.is_writable(i)});
            // Tables are only looked for, but another transaction may make an account there.
            for (const auto& lookup : message.lookups) uses.push_back({place(lookup.table), false});
            all.push_back(uses);
        }
        schedule_ = Schedule(keys_.size());
        for (const auto& one : all) schedule_.add(one);
    }

    void fill(Workers& workers, const AccountSource& accounts) {
        states_.resize(keys_.size());
        workers.run(keys_.size(), [&](std::size_t at) { states_[at] = accounts(keys_[at]); });
    }
    AccountPointer find(const PublicKey& key) const { return states_[places_.at(key)]; }
    void put(const std::vector<AccountWrite>& writes) {
        for (const auto& [key, state] : writes)
            states_[places_.at(key)] = state->lamports > 0 ? state : nullptr;
    }
    const Schedule& schedule() const { return schedule_; }

  private:
    std::uint32_t place(const PublicKey& key) {
        const auto [found, added] = places_.try_emplace(key, static_cast<std::uint32_t>(keys_.size()));
        if (added) keys_.push_back(key);
        return found->second;
    }

    std::unordered_map<PublicKey, std::uint32_t, LeadingBytes> places_;
    std::vector<PublicKey> keys_;
    std::vector<AccountPointer> states_;
    Schedule schedule_{0};
};

/// Of a transaction that was refused.
Balances unchanged(const ledger::Message& message, const AccountSource& accounts) {
    Balances balances;
    for (const PublicKey& key : message.keys) {
        const AccountPointer account = accounts(key);
        balances.before.push_back(account ? account->lamports : 0);
    }
    balances.after = balances.before;
    return balances;
}

std::uint64_t to_lamports(Amount amount) {
    return static_cast<std::uint64_t>(std::min<Amount>(amount, std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace

reservations::Address plan_address(const PublicKey& key) {
    return reservations::Address(key.view());
}

std::optional<std::uint64_t> max_fee_of(const ledger::Message& message) {
    const auto allowance = allowance_of(message);
    if (!allowance) return std::nullopt;
    return fee_of(message, *allowance).total();
}

Expected<Plan> plan_of(std::span<const Candidate> candidates) {
    std::vector<reservations::Charge> charges;
    charges.reserve(candidates.size());
    for (const Candidate& candidate : candidates) {
        const ledger::Message& message = candidate.transaction->message;
        charges.push_back({plan_address(message.fee_payer()), Amount{max_fee_of(message).value_or(0)}});
    }
    return Plan::of(charges);
}

std::optional<Failure> EntryRunner::find_refusal(std::span<const Candidate> candidates,
                                                 const AccountSource& accounts) const {
    const auto plan = plan_of(candidates);
    if (!plan) return plan.error();
    reservations::Session session(rules_.limits);
    SessionEngine engine(session, accounts);
    const auto begun = engine.begin(*plan);
    return begun ? std::nullopt : std::optional(begun.error());
}

std::vector<Execution> EntryRunner::execute_all(const Work& work) {
    Desk desk(work.candidates);
    desk.fill(workers_, work.accounts);
    std::vector<Execution> executions(work.candidates.size());
    const AccountSource source = [&](const PublicKey& key) { return desk.find(key); };
    const FeeTerms terms{rules_.fees.charging()};
    workers_.run(desk.schedule(), [&](std::size_t at) {
        const Candidate& candidate = work.candidates[at];
        executions[at] = execute(*candidate.transaction, source, candidate.now, work.deployment, terms);
        desk.put(executions[at].writes);
    });
    return executions;
}

std::vector<Execution> EntryRunner::execute_in_session(const Work& work, std::optional<Failure>& fault) {
    Desk desk(work.candidates);
    desk.fill(workers_, work.accounts);
    std::vector<Execution> executions(work.candidates.size());
    std::vector<std::optional<Failure>> faults(work.candidates.size());
    const AccountSource source = [&](const PublicKey& key) { return desk.find(key); };
    const ReservedSource reserved = [&](const PublicKey& key) {
        return to_lamports(session_->reserved(plan_address(key)));
    };
    const FeeTerms terms{rules_.fees.charging(), &reserved};
    workers_.run(desk.schedule(), [&](std::size_t at) {
        const Candidate& candidate = work.candidates[at];
        Execution& execution = executions[at];
        execution = execute(*candidate.transaction, source, candidate.now, work.deployment, terms);
        desk.put(execution.writes);
        if (!execution.lands) execution.balances = unchanged(candidate.transaction->message, source);
        const auto payer = plan_address(candidate.transaction->message.fee_payer());
        auto settled = execution.uncovered ? session_->cover(payer, execution.max_fee)
                                           : session_->release(payer, execution.max_fee);
        if (!settled) faults[at] = std::move(settled).error();
    });
    const auto first = std::ranges::find_if(faults, [](const auto& one) { return one.has_value(); });
    if (first != faults.end()) fault = std::move(*first);
    return executions;
}

void EntryRunner::trace(std::span<const Candidate> candidates,
                        const std::vector<Execution>& executions) const {
    std::unordered_map<PublicKey, std::uint64_t, LeadingBytes> left;
    for (std::size_t i = 0; i < candidates.size(); ++i)
        left[candidates[i].transaction->message.fee_payer()] += executions[i].max_fee;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const Execution& one = executions[i];
        std::uint64_t& reserved = left[candidates[i].transaction->message.fee_payer()];
        const std::uint64_t before = std::exchange(reserved, reserved - one.max_fee);
        journal_.log().debug("fee settled", {{"transaction", candidates[i].transaction->id().to_string()},
                                             {"reserved_before", before},
                                             {"charged", one.fee},
                                             {"refund", one.max_fee - one.fee},
                                             {"reserved_after", reserved}});
    }
}

EntryRunner::EntryRunner(EntryRules rules, Workers& workers, const reservations::Journal& journal)
    : rules_(rules),
      workers_(workers),
      journal_(journal),
      session_(std::make_unique<reservations::Session>(rules.limits)) {}

EntryResult EntryRunner::run(std::span<const Candidate> candidates, const AccountSource& accounts,
                             const program::Deployment& deployment) {
    const Work work{candidates, accounts, deployment};
    const Mode mode = candidates.empty() ? Mode::Legacy : mode_at(candidates.front().now.slot);
    if (mode != Mode::Legacy) return run_reserved(work, mode);
    EntryOutcome outcome{execute_all(work), {}};
    if (rules_.fees.known()) outcome.note = EntryNote{candidates.size(), mode, "legacy", 0, 0};
    return outcome;
}

EntryResult EntryRunner::run_reserved(const Work& work, Mode mode) {
    const std::uint64_t slot = work.candidates.front().now.slot;
    const reservations::BlockContext block{mode, rules_.fees.version_at(slot), slot};
    SessionEngine own(*session_, work.accounts);
    const std::unique_ptr<reservations::Engine> other = make_engine_ ? make_engine_() : nullptr;
    reservations::Host host(other ? *other : own, block, journal_);
    const reservations::SessionGuard guard(host);

    const auto plan = plan_of(work.candidates);
    EntryOutcome outcome;
    outcome.note = EntryNote{work.candidates.size(),
                             mode,
                             {},
                             plan ? plan->senders() : 0,
                             plan ? plan->total() : reservations::kMaxAmount};
    // Nothing else may follow from a verdict than these four ways.
    const auto legacy = [&](std::string how) {
        outcome.executions = execute_all(work);
        outcome.note->outcome = std::move(how);
        return outcome;
    };
    const auto fallback = [&](const Failure& reason) {
        return legacy("fallback: " + std::string(reservations::name_of(reason.kind)));
    };
    const auto begun =
        host.begin(plan, [&](const reservations::Address& payer) { return own.find(payer) != nullptr; });
    if (const auto* const broken = std::get_if<NodeError>(&begun)) return *broken;
    if (const auto* const invalid = std::get_if<BlockInvalid>(&begun)) return *invalid;
    if (const auto* const reason = std::get_if<Fallback>(&begun)) return fallback(reason->reason);

    std::optional<Failure> fault;
    auto executions = execute_in_session(work, fault);
    if (fault) {
        NodeError broken{reservations::Stage::End, *std::move(fault)};
        journal_.judged(block, broken.stage, broken);
        return broken;
    }
    for (const Execution& one : executions)
        session_->count({.base_fee_burn = one.fee, .refund = Amount{one.lands ? one.max_fee - one.fee : 0}});
    const auto ended = host.end();
    journal_.told(session_->telemetry());
    if (const auto* const broken = std::get_if<NodeError>(&ended)) return *broken;
    if (const auto* const invalid = std::get_if<BlockInvalid>(&ended)) return *invalid;
    if (const auto* const reason = std::get_if<Fallback>(&ended)) return fallback(reason->reason);
    if (rules_.trace) trace(work.candidates, executions);
    if (mode != Mode::Active && rules_.fees.effect == Effect::Shadow) return legacy("shadow");
    outcome.executions = std::move(executions);
    outcome.note->outcome = kReserved;
    return outcome;
}

}  // namespace dz::devnet
