// tests/program/order.hpp: the order of a processor's checks, as a table.
//
// A case is a network and one valid instruction on it. A violation spoils the case in one respect and names
// the error; a step is a check of the processor with the ways to fail it. `expect_order` runs the valid case,
// each violation alone, and each violation together with every one of the next step: then the earlier step's
// error is the one that appears.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/program/world.hpp"

namespace dz::test {

inline const std::string kAbort = "ProgramFailedToComplete";
inline const std::string kOurs = "AccountAlreadyInitialized";

/// What a case adds to a network.
struct Attempt : Network {
    explicit Attempt(ledger::Dialect spoken = ledger::Dialect::Seats) : Network(spoken), dialect(spoken) {
        for (const auto* name : {"mallory", "alice", "bob", "oracle", "feeds", "rival"}) key(name);
        REQUIRE(send("foundation", as("foundation").make(ix::SetAuthority{{}, {}, {}, pk("feeds")})) == "ok");
    }
    Attempt(const Attempt&) = default;
    Attempt& operator=(const Attempt&) = delete;
    virtual ~Attempt() = default;

    ledger::Dialect dialect;
    std::string payer = "foundation";
    bool signs = true;
    std::map<std::size_t, PublicKey> replaced;  ///< accounts of the list, by position
    std::set<std::size_t> read_only;
    std::size_t missing = 0;  ///< accounts, from the end of the list

    virtual TransactionInstruction instruction() = 0;

    std::string run() {
        TransactionInstruction attempt = instruction();
        for (auto& account : attempt.accounts) {
            if (account.key == pk(payer) && account.signer) account.signer = signs;
        }
        for (const auto& [position, other] : replaced) attempt.accounts.at(position).key = other;
        for (const std::size_t position : read_only) attempt.accounts.at(position).writable = false;
        attempt.accounts.resize(attempt.accounts.size() - missing);
        return send(signs ? payer : "bystander", attempt);
    }
    /// Changes an account as no instruction would.
    template <class T, class Change>
    void spoil(const PublicKey& at, Change change_value) {
        T value = get<T>(at);
        change_value(value);
        set(at, value);
    }
    /// Any account that belongs to nobody.
    PublicKey nothing() { return addresses().tenant("nothing")->key; }
    void take_owner(const PublicKey& at) {
        AccountState state = account(at);
        state.owner = ledger::kSystemProgram;
        put(at, std::move(state));
    }
    void take_type(const PublicKey& at) {
        AccountState state = account(at);
        auto& type = state.data.at(0);
        const auto index = static_cast<std::uint8_t>(ledger::AccountType::Index);
        type = type == index ? static_cast<std::uint8_t>(ledger::AccountType::Location) : index;
        put(at, std::move(state));
    }
    /// Something of the program's at an address that must be free.
    void occupy(const PublicKey& at) { put(at, account(location)); }
};

template <class Case>
struct Violation {
    std::string error;
    std::string what;
    std::function<void(Case&)> violate;
};
template <class Case>
using Step = std::vector<Violation<Case>>;

/// While set, `expect_order` tries nothing and only notes the kind of instruction that its table is about.
inline std::set<std::size_t>* noted_tables = nullptr;

template <class Case>
void expect_order(const Case& valid, const std::vector<Step<Case>>& steps) {
    if (noted_tables != nullptr) {
        Case attempt = valid;
        const auto decoded = ledger::decode_instruction(attempt.instruction().data, attempt.dialect);
        noted_tables->insert(decoded.value().index());
        return;
    }
    {
        Case attempt = valid;
        INFO("nothing is wrong");
        CHECK(attempt.run() == "ok");
    }
    for (const auto& step : steps) {
        for (const auto& violation : step) {
            Case attempt = valid;
            violation.violate(attempt);
            INFO(violation.what);
            CHECK(attempt.run() == violation.error);
        }
    }
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
        for (const auto& first : steps[i]) {
            for (const auto& second : steps[i + 1]) {
                Case attempt = valid;
                second.violate(attempt);
                first.violate(attempt);
                INFO(first.what << " and " << second.what);
                CHECK(attempt.run() == first.error);
            }
        }
    }
}

template <class Case>
Step<Case> unsigned_payer() {
    return {{kAbort, "the payer did not sign", [](Case& c) { c.signs = false; }}};
}
/// Even before the payer's signature: whether the list has both payer and system program.
template <class Case>
Step<Case> short_list() {
    return {{"NotEnoughAccountKeys", "an account is missing", [](Case& c) { c.missing = 1; }}};
}
template <class Case>
Step<Case> stranger(std::string error = "8 NotAllowed") {
    return {{std::move(error), "a stranger pays", [](Case& c) { c.payer = "mallory"; }}};
}

}  // namespace dz::test
