// The node with fee reservations: what it builds, what it takes from others, and the slot at which they
// begin.
#include <catch2/catch.hpp>
#include <sstream>

#include "chain/devnet/blocks_command.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;
using reservations::Effect;
using reservations::Features;
using Word = BlocksOptions::Word;

namespace {

// A transfer with both budget requests uses 450 units of 10,000, at 100 lamports each.
constexpr std::uint64_t kMost = 1'005'000;
constexpr std::uint64_t kPaid = 50'000;
constexpr FeeRules kLater{.reserve_from = 1'000'000};

struct Desk {
    TemporaryDirectory directory{memory_directory()};
    ledger::Keypair alice = fixed_key(1), bob = fixed_key(2);

    LedgerOptions options(FeeRules rules, const std::string& name = "ledger") const {
        auto options = ledger_options(directory / name);
        options.fees = rules;
        return options;
    }
    std::string run(BlocksOptions options, const std::string& input = {}) {
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream told;
        if (options.ledger.empty()) options.ledger = directory / "ledger";
        const auto done = run_blocks(options, in, out, told);
        return done ? out.str() : "Error: " + done.error().text;
    }
    std::string exported() { return run({.word = Word::Export, .ledger = {}, .file = "-"}); }
    std::string import(const std::string& text, const std::string& into, Features features = {},
                       std::size_t threads = 1) {
        return run({.word = Word::Import,
                    .ledger = directory / into,
                    .file = "-",
                    .features = features,
                    .threads = threads},
                   text);
    }
    std::string state(const std::string& name) {
        return run({.word = Word::List, .ledger = directory / name, .file = {}, .json = true});
    }

    ledger::Transaction payment(Node<FakeClock>& node, std::uint64_t lamports) const {
        auto what = ledger::encode(ledger::ComputeBudget{10'000, 100'000'000, {}});
        what.push_back(ledger::system_transfer(alice.public_key(), bob.public_key(), Lamports{lamports}));
        return node.sign(alice, what);
    }
    /// All of them wait before the builder looks: as many as may be become one entry.
    std::vector<std::string> pay_at_once(Node<FakeClock>& node,
                                         const std::vector<std::uint64_t>& amounts) const {
        std::vector<ledger::Signature> sent;
        for (const std::uint64_t amount : amounts) {
            const auto transaction = payment(node, amount);
            sent.push_back(transaction.id());
            REQUIRE(node.ledger->submit(transaction));
        }
        std::vector<std::string> outcomes;
        for (const auto& signature : sent) outcomes.push_back(node.wait(signature));
        return outcomes;
    }
    void fund(Node<FakeClock>& node, std::uint64_t lamports) const {
        REQUIRE(node.fund(alice.public_key(), lamports) == "ok");
        REQUIRE(node.fund(bob.public_key(), 1'000'000'000) == "ok");
        node.clock.advance(400ms);
    }
    std::uint64_t balance(Node<FakeClock>& node) const {
        return node.balance(alice.public_key(), Commitment::Processed);
    }

    /// A ledger before its upgrade with a block of two payments that the payer could not cover at once.
    std::string over_committed() {
        Node<FakeClock> node(options(kLater));
        fund(node, 2 * kMost - 1);
        REQUIRE(pay_at_once(node, {1, 2}) == std::vector<std::string>{"ok", "ok"});
        return {};
    }
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("reserved ledger: who over-commits gets his transactions one entry after the other", "[devnet]") {
    for (const bool prepack : {false, true}) {
        Desk desk;
        {
            auto options = desk.options({.reserve_from = 0});
            options.prepack = prepack;
            Node<FakeClock> node(options);
            desk.fund(node, 2 * kMost + 200'000);
            // Two can be covered; each gives back most of it, so the others follow.
            CHECK(desk.pay_at_once(node, {1, 2, 3, 4, 5}) == std::vector<std::string>(5, "ok"));
            CHECK(desk.balance(node) == 2 * kMost + 200'000 - 5 * kPaid - 15);
        }
        const auto shown =
            json::parse(desk.run({.word = Word::Show, .ledger = {}, .file = {}, .slot = 2, .json = true}));
        REQUIRE(shown);
        const auto& entries = (*shown)["entries"];
        REQUIRE(entries.size() >= 2);
        CHECK(entries[0]["transactions"] == 2);
        CHECK(entries[0]["outcome"] == "reserved");
        CHECK(entries[0]["mode"] == "active");
        CHECK(entries[0]["payers"] == 1);
        CHECK(entries[0]["total"] == std::to_string(2 * kMost));
        // Every block it built is taken by others, whatever the number of threads.
        const std::string text = desk.exported();
        for (const std::size_t threads : {1U, 2U, 8U}) {
            const std::string copy = "copy" + std::to_string(threads);
            CHECK(desk.import(text, copy, {}, threads) == "");
            CHECK(desk.state(copy) == desk.state("ledger"));
            CHECK(desk.run({.word = Word::Export, .ledger = desk.directory / copy, .file = "-"}) == text);
        }
    }
}

TEST_CASE("reserved ledger: one that can never be paid is dropped, and delays nobody", "[devnet]") {
    Desk desk;
    Node<FakeClock> node(desk.options({.reserve_from = 0}));
    desk.fund(node, kMost - 1);
    const auto hopeless = desk.payment(node, 1);
    REQUIRE(node.ledger->submit(hopeless));
    CHECK(node.fund(fixed_key(7).public_key(), 1'000'000) == "ok");
    CHECK_FALSE(node.ledger->status(hopeless.id()));
    CHECK(desk.balance(node) == kMost - 1);
}

TEST_CASE("reserved ledger: who is funded in the same moment pays in the next entry", "[devnet]") {
    Desk desk;
    Node<FakeClock> node(desk.options({.reserve_from = 0}));
    REQUIRE(node.fund(desk.bob.public_key(), 1'000'000'000) == "ok");
    const auto grant = node.ledger->airdrop(desk.alice.public_key(), 10 * kMost);
    const auto payment = desk.payment(node, 1);
    REQUIRE(node.ledger->submit(payment));
    CHECK(node.wait(*grant) == "ok");
    CHECK(node.wait(payment.id()) == "ok");
}

TEST_CASE(
    "reserved ledger: an over-committed block is refused in strict mode and after activation, and "
    "taken else",
    "[devnet]") {
    Desk desk;
    desk.over_committed();
    const std::string text = desk.exported();
    CHECK_THAT(text, Catch::Contains(R"("fee_reservations":{"from":1000000,"effect":"shadow"})"));
    CHECK_THAT(text, Catch::Contains(R"("entries":[2])"));
    CHECK(desk.import(text, "legacy") == "");
    CHECK(desk.import(text, "lax", {true, false}) == "");
    const std::string refused = "slot 2: start of reservations: ErrReservationsInsufficientFunds";
    CHECK_THAT(desk.import(text, "strict", {true, true}), Catch::Contains(refused));
    const std::string active = replaced(text, R"("from":1000000)", R"("from":2)");
    CHECK_THAT(desk.import(active, "active"), Catch::Contains(refused));
    CHECK_THAT(desk.run({.word = Word::Show, .ledger = desk.directory / "lax", .file = {}, .slot = 2}),
               Catch::Contains("fallback: ErrReservationsInsufficientFunds"));
}

TEST_CASE("reserved ledger: a shadow changes nothing that others see", "[devnet]") {
    const auto life = [](Features features, std::size_t threads) {
        Desk desk;
        {
            auto options = desk.options(kLater);
            options.features = features;
            options.threads = threads;
            Node<FakeClock> node(options);
            // In a session the first would fail (R-4).
            desk.fund(node, 4'000'000);
            desk.pay_at_once(node, {1'990'001, 7});
            node.clock.advance(400ms);
            desk.pay_at_once(node, {2});
        }
        const auto heads = json::parse(desk.state("ledger")).value();
        return heads.back()["state"].get<std::string>();
    };
    const std::string alone = life({}, 1);
    CHECK(life({true, false}, 1) == alone);
    CHECK(life({true, false}, 2) == alone);
}

TEST_CASE("reserved ledger: at its slot the rules change, in the same process and for those who replay",
          "[devnet]") {
    for (const Effect effect : {Effect::Shadow, Effect::Apply}) {
        for (const Features& features : {Features{}, Features{true, false}, Features{true, true}}) {
            Desk desk;
            {
                auto options = desk.options({.reserve_from = 4, .effect = effect});
                options.features = features;
                options.threads = 2;
                Node<FakeClock> node(options);
                desk.fund(node, 50 * kMost);
                for (std::uint64_t slot = 2; slot < 6; ++slot) {
                    CHECK(desk.pay_at_once(node, {slot, slot + 100}) == std::vector<std::string>(2, "ok"));
                    node.clock.advance(400ms);
                }
                CHECK(node.ledger->options().fees->version_at(3) == 27);
                CHECK(node.ledger->options().fees->version_at(4) == 28);
            }
            const std::string text = desk.exported();
            CHECK(desk.import(text, "copy", features) == "");
            CHECK(desk.state("copy") == desk.state("ledger"));
            const std::string after = desk.run({.word = Word::Show, .ledger = {}, .file = {}, .slot = 4});
            CHECK_THAT(after, Catch::Contains("active") && Catch::Contains("reserved\n"));
            const std::string before = desk.run({.word = Word::Show, .ledger = {}, .file = {}, .slot = 3});
            CHECK_THAT(before, !Catch::Contains("active"));
            if (!features.reserve) CHECK_THAT(before, Catch::Contains("legacy\n"));
        }
    }
}

TEST_CASE("reserved ledger: what it was made with stays, and a ledger without knows nothing of it",
          "[devnet]") {
    Desk desk;
    {
        const Node<FakeClock> node(desk.options(kLater));
    }
    EventLoop loop;
    FakeClock clock(loop);
    const auto reopened = [&](std::optional<FeeRules> rules) {
        auto options = ledger_options(desk.directory / "ledger");
        options.fees = rules;
        const auto opened = Ledger::open(loop, clock, options);
        return opened ? to_text(*(*opened)->options().fees) : opened.error().text;
    };
    CHECK(reopened({}) == "from 1000000, shadow");
    CHECK(reopened(kLater) == "from 1000000, shadow");
    CHECK_THAT(reopened(FeeRules{.reserve_from = 7}), Catch::Contains("keeps them for life"));
    Desk plain;
    {
        Node<FakeClock> node(ledger_options(plain.directory / "ledger"));
        plain.fund(node, 10 * kMost);
        plain.pay_at_once(node, {1});
        CHECK(plain.balance(node) == 9 * kMost - 1);
    }
    CHECK_THAT(plain.exported(), !Catch::Contains("fee_reservations") && !Catch::Contains("entries"));
    CHECK_THAT(plain.import(plain.exported(), "copy"), Catch::Equals(""));
    // The same genesis in everything but its fees.
    CHECK_THAT(desk.import(plain.exported(), "ledger"),
               Catch::Contains("the ledger here reserves fees from 1000000, shadow, the file's never"));
}

TEST_CASE("reserved ledger: entries that do not sum up to their block are no block", "[devnet]") {
    Desk desk;
    desk.over_committed();
    const std::string text = desk.exported();
    for (const char* entries :
         {"[1]", "[3]", "[2,0]", "[0,2]", "[1,1,1]", "[]", "[-1]", "[18446744073709551615]", R"(["2"])"}) {
        const std::string other = replaced(text, R"("entries":[2])", std::string(R"("entries":)") + entries);
        CHECK_THAT(desk.import(other, "other"), Catch::Contains("entries: "));
    }
    // In two they are affordable one after the other, which is another block than the one that was built.
    CHECK(desk.import(replaced(text, R"("entries":[2])", R"("entries":[1,1])"), "parts", {true, true}) == "");
    for (const char* rules : {R"({"effect":"shadow"})", R"({"from":-1,"effect":"shadow"})", R"({"from":1})",
                              R"({"from":1,"effect":"both"})", "7"}) {
        CHECK_THAT(desk.import(replaced(text, R"({"from":1000000,"effect":"shadow"})", rules), "rules"),
                   Catch::StartsWith("Error: standard input: line 1: "));
    }
}
