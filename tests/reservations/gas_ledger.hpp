// tests/reservations/gas_ledger.hpp: a chain in fifty lines: accounts, gas, a reward and a burn account. Runs
// a block by legacy rules or in a session, step by step as the rules are written, for the numbered scenarios.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "chain/reservations/gas.hpp"
#include "chain/reservations/session.hpp"

namespace dz::test {

using namespace dz::reservations;

inline Address address(std::string_view name) {
    return Address(as_bytes(name));
}

struct GasLedger;

/// Limit 1000, cap 150, premium 10, 600 used: costs 150,000 at most and 92,600 in fact, at a base fee of 100.
struct GasMessage {
    std::string from = "A", to = "B";
    Amount value = 0;
    std::uint64_t nonce = 0;
    std::uint64_t used = 600;
    std::uint64_t limit = 1000;
    Number fee_cap{150};
    Amount premium = 10;
    std::uint64_t inclusion = 0;
    /// What the receiver's code does; false = it fails.
    std::function<bool(GasLedger&)> code = {};
};

struct GasLedger {
    struct State {
        Amount balance = 0;
        std::uint64_t nonce = 0;
        bool may_send = true;
    };

    static constexpr Amount kBaseFee = 100;

    std::map<std::string, State> accounts;
    Amount penalty = 0, burn = 0, tip = 0;
    std::vector<std::string> receipts;
    std::vector<Amount> reserved;  ///< of A after each message
    Session session;
    std::optional<Failure> fatal;

    AccountSource source() {
        return [this](const Address& wanted) -> std::optional<Account> {
            const auto found = accounts.find(std::string(as_text(wanted.view())));
            if (found == accounts.end()) return std::nullopt;
            return Account{wanted, found->second.balance};
        };
    }

    /// Moves value; false: insufficient funds.
    bool send(const std::string& from, const std::string& to, Amount value) {
        if (!session.allows(address(from), accounts[from].balance, value)) return false;
        accounts[from].balance -= value;
        accounts[to].balance += value;
        return true;
    }
    bool destroy(const std::string& name, const std::string& heir) {
        if (session.reserved(address(name)) > 0) return false;
        send(name, heir, accounts[name].balance);
        accounts.erase(name);
        return true;
    }

    static Expected<Plan> plan_of(const std::vector<GasMessage>& messages) {
        std::vector<Charge> charges;
        for (const GasMessage& one : messages) {
            const auto cost = gas_cost(one.limit, one.fee_cap);
            charges.push_back({address(one.from), cost ? std::optional(*cost) : std::nullopt});
        }
        return Plan::of(charges);
    }

    /// By legacy rules unless a session is open. Stops at a fault of the node.
    void run(const std::vector<GasMessage>& messages) {
        for (const GasMessage& one : messages) {
            if (fatal) return;
            receipts.push_back(apply(one));
            reserved.push_back(session.reserved(address("A")));
        }
    }
    /// Begin, all messages, End.
    Expected<> run_reserved(const std::vector<GasMessage>& messages) {
        TRY(const Plan plan, plan_of(messages));
        TRY_OK(session.begin(plan, source()));
        run(messages);
        if (fatal) return std::unexpected(*fatal);
        return plan.empty() ? Expected<>{} : session.end();
    }

    std::string apply(const GasMessage& one) {
        const auto cost = gas_cost(one.limit, one.fee_cap);
        if (!cost) return stop({Kind::Overflow, "gas cost of a message"});
        const auto refuse = [&](const char* code, Amount charged) -> std::string {
            penalty += charged;
            if (const auto done =
                    session.is_open() ? session.release(address(one.from), *cost) : Expected<>{};
                !done)
                return stop(done.error());
            return code;
        };
        const auto found = accounts.find(one.from);
        if (one.inclusion > one.limit) return refuse("SYS_OUT_OF_GAS", kBaseFee * one.inclusion);
        if (found == accounts.end() || !found->second.may_send)
            return refuse("SYS_SENDER_INVALID", kBaseFee * one.limit);
        State& sender = found->second;
        if (sender.nonce != one.nonce) return refuse("SYS_SENDER_STATE_INVALID", kBaseFee * one.limit);
        const bool in_session = session.is_open();
        if (in_session) {
            if (const auto covered = session.cover(address(one.from), *cost); !covered)
                return stop(covered.error());
        } else {
            if (sender.balance < *cost) return refuse("SYS_SENDER_STATE_INVALID", kBaseFee * one.limit);
            sender.balance -= *cost;
        }
        ++sender.nonce;
        return execute(one, *cost, in_session);
    }

    std::string execute(const GasMessage& one, Amount cost, bool in_session) {
        const auto before = accounts;
        std::string receipt = "OK";
        if (!send(one.from, one.to, one.value)) {
            receipt = "SYS_INSUFFICIENT_FUNDS";
        } else if (one.code && !one.code(*this)) {
            receipt = "USR_FAILED";
            accounts = before;
        }
        const auto out = gas_outputs({one.used, one.limit, kBaseFee, *one.fee_cap.amount(), one.premium});
        if (!out) return stop(out.error());
        session.count(*out);
        penalty += out->miner_penalty;
        burn += out->base_fee_burn + out->over_estimation_burn;
        tip += out->miner_tip;
        if (!in_session) {
            accounts[one.from].balance += out->refund;
            return receipt;
        }
        accounts[one.from].balance -= out->consumption();
        if (const auto done = session.release(address(one.from), cost); !done) return stop(done.error());
        return receipt;
    }

    std::string stop(Failure failure) {
        fatal = std::move(failure);
        return "fatal";
    }

    Amount balance(const std::string& name) const {
        const auto found = accounts.find(name);
        return found == accounts.end() ? 0 : found->second.balance;
    }
    /// Burns and rewards included.
    Amount supply() const {
        Amount sum = burn + tip;
        for (const auto& [name, state] : accounts) sum += state.balance;
        return sum;
    }
};

}  // namespace dz::test
