// The numbered session scenarios L-1 to L-18 that are about the engine's half.
#include <rapidcheck/catch.h>

#include <thread>

#include "tests/reservations/gas_ledger.hpp"

using namespace dz;
using namespace dz::test;

namespace {

AccountSource holding(std::map<std::string, Amount> balances) {
    return [balances = std::move(balances)](const Address& wanted) -> std::optional<Account> {
        const auto found = balances.find(std::string(as_text(wanted.view())));
        if (found == balances.end()) return std::nullopt;
        return Account{wanted, found->second};
    };
}

Plan plan(std::initializer_list<Charge> charges) {
    return Plan::of(std::vector(charges)).value();
}

Kind kind_of(const Expected<>& outcome) {
    REQUIRE_FALSE(outcome);
    return outcome.error().kind;
}

}  // namespace

TEST_CASE("L-1: an empty plan opens nothing, so there is nothing to end", "[reservations]") {
    Session session;
    CHECK(session.begin(Plan{}, holding({})));
    CHECK(session.begin(ByteView{}, holding({})));
    CHECK(kind_of(session.end()) == Kind::SessionClosed);
    CHECK(session.telemetry().begin_failed == 0);
}

TEST_CASE("L-2: a second session is refused before its plan is looked at, the first goes on",
          "[reservations]") {
    Session session;
    const Plan one = plan({{address("A"), 10}});
    REQUIRE(session.begin(one, holding({{"A", 10}})));
    CHECK(kind_of(session.begin(one, holding({{"A", 10}}))) == Kind::SessionOpen);
    CHECK(kind_of(session.begin(plan({{address("A"), 99}}), holding({{"A", 10}}))) == Kind::SessionOpen);
    CHECK(kind_of(session.begin(Bytes{0xFF}, holding({}))) == Kind::SessionOpen);
    CHECK(session.begin(Plan{}, holding({})));
    CHECK((session.reserved(address("A")) == 10));
    CHECK(session.release(address("A"), 10));
    CHECK(session.end());
}

TEST_CASE("L-3: what is still reserved keeps a session open", "[reservations]") {
    Session session;
    REQUIRE(session.begin(plan({{address("A"), 10}}), holding({{"A", 10}})));
    CHECK(kind_of(session.end()) == Kind::NonZeroRemainder);
    CHECK(session.is_open());
    CHECK((session.reserved(address("A")) == 10));
    session.abort();
    CHECK_FALSE(session.is_open());
    CHECK((session.reserved(address("A")) == 0));
}

TEST_CASE("L-4, L-5: a session refuses a plan beyond the bounds", "[reservations]") {
    Session session({1, 100});
    const Plan two = plan({{address("A"), 1}, {address("B"), 1}});
    CHECK(kind_of(session.begin(two, holding({{"A", 9}, {"B", 9}}))) == Kind::PlanTooLarge);
    Session narrow({65'536, 5});
    CHECK(kind_of(narrow.begin(encode(two), holding({{"A", 9}, {"B", 9}}))) == Kind::PlanTooLarge);
}

TEST_CASE("L-6: an address that the state does not know is a fault of the host, by name", "[reservations]") {
    Session session;
    const auto refused = session.begin(plan({{address("Z"), 0}}), holding({}));
    CHECK(kind_of(refused) == Kind::InvariantViolation);
    CHECK_THAT(refused.error().text, Catch::Contains(address("Z").to_hex()));
}

TEST_CASE("L-7: a negative amount is refused and counted", "[reservations]") {
    Session session;
    const auto refused = session.begin(from_hex("8182414142017b").value(), holding({{"A", 10}}));
    CHECK(kind_of(refused) == Kind::InvariantViolation);
    CHECK(session.telemetry().begin_failed == 1);
}

TEST_CASE("L-8 to L-10: a plan that does not cover its messages stops the node", "[reservations]") {
    const auto fault = [](Amount reserved, GasMessage message) {
        GasLedger ledger;
        ledger.accounts["A"].balance = 400'000;
        ledger.accounts["D"].balance = 400'000;
        REQUIRE(ledger.session.begin(plan({{address("A"), reserved}}), ledger.source()));
        ledger.run({std::move(message)});
        REQUIRE(ledger.fatal);
        return ledger.fatal->kind;
    };
    CHECK(fault(149'999, {}) == Kind::InvariantViolation);
    GasMessage wrong_nonce;
    wrong_nonce.nonce = 5;
    CHECK(fault(1, wrong_nonce) == Kind::Overflow);
    GasMessage unplanned;
    unplanned.from = "D";
    CHECK(fault(1, unplanned) == Kind::InvariantViolation);
    unplanned.nonce = 5;
    CHECK(fault(1, unplanned) == Kind::InvariantViolation);
}

TEST_CASE("L-11: a message with a negative fee cap stops the node, with and without a session",
          "[reservations]") {
    for (const bool open : {false, true}) {
        GasLedger ledger;
        ledger.accounts["A"].balance = 400'000;
        if (open) {
            REQUIRE(ledger.session.begin(plan({{address("A"), 1}}), ledger.source()));
        }
        GasMessage message;
        message.fee_cap.negative = true;
        ledger.run({message});
        REQUIRE(ledger.fatal);
        CHECK(ledger.fatal->kind == Kind::Overflow);
    }
}

TEST_CASE("L-12: two forms of one address are one account with one balance", "[reservations]") {
    const auto with = [](Amount balance) {
        return [balance](const Address&) { return std::optional(Account{address("A"), balance}); };
    };
    const Plan two = plan({{address("id"), 100}, {address("robust"), 50}});
    Session poor;
    const auto refused = poor.begin(two, with(149));
    CHECK(kind_of(refused) == Kind::InsufficientFunds);
    CHECK(refused.error().account == address("A"));
    Session rich;
    REQUIRE(rich.begin(two, with(150)));
    CHECK((rich.reserved(address("A")) == 150));
}

TEST_CASE("L-12: forms that together owe more than 128 bits have insufficient funds", "[reservations]") {
    Session session;
    const auto refused = session.begin(plan({{address("id"), kMaxAmount}, {address("robust"), 1}}),
                                       [](const Address&) { return Account{address("A"), kMaxAmount}; });
    CHECK(kind_of(refused) == Kind::InsufficientFunds);
}

TEST_CASE("L-13: a failed Begin changes nothing but its counter", "[reservations]") {
    Session session;
    const Plan one = plan({{address("A"), 10}});
    CHECK(kind_of(session.begin(one, holding({{"A", 9}}))) == Kind::InsufficientFunds);
    CHECK_FALSE(session.is_open());
    REQUIRE(session.begin(one, holding({{"A", 10}})));
    CHECK(session.telemetry() == Telemetry{.open = true, .begin_failed = 1});
}

TEST_CASE("session: the smallest account that cannot pay is named, whatever the order", "[reservations]") {
    Session session;
    const auto refused = session.begin(plan({{address("C"), 10}, {address("B"), 10}, {address("A"), 1}}),
                                       holding({{"A", 1}, {"B", 1}, {"C", 1}}));
    CHECK(kind_of(refused) == Kind::InsufficientFunds);
    CHECK(refused.error().account == address("B"));
}

TEST_CASE("session: a plan of zeros opens an empty session", "[reservations]") {
    Session session;
    REQUIRE(session.begin(plan({{address("A"), 0}}), holding({{"A", 0}})));
    CHECK(session.is_open());
    CHECK(session.release(address("A"), 0));
    CHECK(session.release(address("Z"), 0));
    CHECK(session.end());
}

TEST_CASE("L-15: ten thousand senders are reserved, covered and released", "[reservations]") {
    std::vector<Charge> charges;
    const auto sender = [](std::uint32_t number) { return Address(bytes::Writer().u32(number).take()); };
    for (std::uint32_t i = 0; i < 10'000; ++i) charges.push_back({sender(i), Amount{i} + 1});
    Session session;
    REQUIRE(session.begin(Plan::of(charges).value(),
                          [](const Address& who) { return Account{who, kMaxAmount}; }));
    CHECK(session.remaining() == 10'000);
    for (const Charge& charge : charges) {
        REQUIRE(session.cover(charge.sender, *charge.cost));
        REQUIRE(session.release(charge.sender, *charge.cost));
    }
    CHECK(session.end());
}

TEST_CASE("L-16: without a session a whole balance may go", "[reservations]") {
    const Session session;
    CHECK(session.allows(address("A"), 5, 5));
    CHECK_FALSE(session.allows(address("A"), 5, 6));
    CHECK_FALSE(session.allows(address("A"), kMaxAmount - 1, kMaxAmount));
}

TEST_CASE("L-17: what the system does in a session is neither covered nor settled", "[reservations]") {
    GasLedger ledger;
    ledger.accounts["A"].balance = 150'000;
    ledger.accounts["system"].balance = 10;
    REQUIRE(ledger.session.begin(plan({{address("A"), 150'000}}), ledger.source()));
    CHECK(ledger.send("system", "B", 10));
    CHECK((ledger.session.reserved(address("A")) == 150'000));
    CHECK((ledger.burn == 0));
}

TEST_CASE("L-18: two executors know nothing of each other", "[reservations]") {
    Session sessions[2];
    bool ended[2] = {};
    const auto work = [&](std::size_t at) {
        for (std::uint64_t round = 1; round <= 200; ++round) {
            const Plan one = plan({{address("A"), round + at}});
            if (!sessions[at].begin(one, holding({{"A", 1000}}))) return;
            if (sessions[at].reserved(address("A")) != round + at) return;
            if (!sessions[at].release(address("A"), round + at) || !sessions[at].end()) return;
        }
        ended[at] = true;
    };
    std::thread other(work, 1);
    work(0);
    other.join();
    CHECK(ended[0]);
    CHECK(ended[1]);
}

TEST_CASE("session: threads may work on different accounts at once", "[reservations]") {
    constexpr std::uint32_t kThreads = 4;
    constexpr std::uint32_t kEach = 500;
    const auto sender = [](std::uint32_t number) { return Address(bytes::Writer().u32(number).take()); };
    std::vector<Charge> charges;
    for (std::uint32_t i = 0; i < kThreads * kEach; ++i) charges.push_back({sender(i), Amount{7}});
    Session session;
    REQUIRE(session.begin(Plan::of(charges).value(), [](const Address& who) { return Account{who, 7}; }));
    std::vector<std::thread> threads;
    std::atomic<std::uint32_t> failures = 0;
    for (std::uint32_t at = 0; at < kThreads; ++at) {
        threads.emplace_back([&, at] {
            for (std::uint32_t i = at; i < kThreads * kEach; i += kThreads)
                if (!session.cover(sender(i), 7) || !session.release(sender(i), 7)) ++failures;
        });
    }
    for (std::thread& one : threads) one.join();
    CHECK(failures == 0);
    CHECK(session.end());
}

TEST_CASE("session: random blocks keep every invariant", "[reservations]") {
    rc::prop(
        "reserved <= balance, free >= 0, supply stays, End is zero; equal to legacy when nothing interferes",
        [](const std::vector<std::tuple<std::uint8_t, std::uint8_t, std::uint16_t, std::uint16_t>>& all) {
            std::map<std::string, std::uint64_t> nonces;
            std::vector<GasMessage> messages;
            Amount moved = 0;
            for (const auto& [from, to, value, used] : all) {
                GasMessage one;
                one.from = std::string(1, static_cast<char>('a' + from % 20));
                one.to = std::string(1, static_cast<char>('a' + to % 20));
                one.value = Amount{value} * 8;
                one.used = used % 1001;
                one.nonce = nonces[one.from]++;
                moved += one.value;
                messages.push_back(std::move(one));
                if (messages.size() == 200) break;
            }
            const auto fresh = [&](GasLedger& ledger, Amount balance) {
                for (char name = 'a'; name < 'u'; ++name)
                    ledger.accounts[std::string(1, name)].balance = balance;
            };
            GasLedger tight;
            fresh(tight, Amount{150'000} * messages.size());
            const Amount supply = tight.supply();
            RC_ASSERT(tight.session.begin(GasLedger::plan_of(messages).value(), tight.source()));
            for (const GasMessage& one : messages) {
                tight.run({one});
                RC_ASSERT(!tight.fatal);
                RC_ASSERT(tight.supply() == supply);
                for (const auto& [name, state] : tight.accounts)
                    RC_ASSERT(tight.session.reserved(address(name)) <= state.balance);
            }
            RC_ASSERT(messages.empty() || tight.session.end());
            // Nobody can spend into a reservation here.
            GasLedger rich;
            GasLedger legacy;
            fresh(rich, Amount{150'000} * messages.size() + moved);
            fresh(legacy, Amount{150'000} * messages.size() + moved);
            RC_ASSERT(rich.run_reserved(messages));
            legacy.run(messages);
            RC_ASSERT(rich.receipts == legacy.receipts);
            for (const auto& [name, state] : rich.accounts) RC_ASSERT(state.balance == legacy.balance(name));
            RC_ASSERT(rich.burn == legacy.burn && rich.tip == legacy.tip);
            RC_ASSERT(rich.penalty == legacy.penalty);
        });
}

TEST_CASE("session: senders that touch nothing in common may come in any order", "[reservations]") {
    std::vector<GasMessage> messages;
    for (int i = 0; i < 6; ++i) {
        GasMessage one;
        one.from = std::string(1, static_cast<char>('a' + i));
        one.to = one.from + "'";
        one.value = 100;
        messages.push_back(one);
    }
    const auto after = [&] {
        GasLedger ledger;
        for (const GasMessage& one : messages) ledger.accounts[one.from].balance = 160'000;
        REQUIRE(ledger.run_reserved(messages));
        std::string text;
        for (const auto& [name, state] : ledger.accounts) text += name + dz::to_string(state.balance) + " ";
        return text;
    };
    const std::string first = after();
    std::ranges::reverse(messages);
    CHECK(after() == first);
    std::rotate(messages.begin(), messages.begin() + 2, messages.end());
    CHECK(after() == first);
}
