// Blocks as text, and a second ledger made from them.
#include <catch2/catch.hpp>
#include <sstream>

#include "chain/devnet/blocks_command.hpp"
#include "chain/devnet/replay.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;
using Word = BlocksOptions::Word;

namespace {

/// A ledger with one transfer in each of three slots, the second of which fails.
struct Source {
    Source() {
        Node<FakeClock> node(ledger_options(directory / "ledger"));
        const ledger::Keypair alice = fixed_key(1);
        const auto pay = [&](std::uint64_t lamports) {
            node.clock.advance(400ms);
            return node.send(alice, {ledger::system_transfer(alice.public_key(), fixed_key(2).public_key(),
                                                             Lamports{lamports})});
        };
        REQUIRE(node.fund(alice.public_key(), 1'000'000'000) == "ok");
        REQUIRE(pay(900'000'000'000) != "ok");
        REQUIRE(pay(2'000'000) == "ok");
        dump = node.ledger->dump();
    }

    std::string run(BlocksOptions options, const std::string& input = {}) {
        std::istringstream in(input);
        std::ostringstream out;
        if (options.ledger.empty()) options.ledger = directory / "ledger";
        told.str({});
        const auto done = run_blocks(options, in, out, told);
        return done ? out.str() : "Error: " + done.error().text;
    }
    std::string exported(std::uint64_t from = 1) {
        return run({.word = Word::Export, .ledger = {}, .file = "-", .from = from});
    }
    std::string import(const std::string& text, const std::string& into = "copy") {
        return run({.word = Word::Import, .ledger = directory / into, .file = "-"}, text);
    }

    TemporaryDirectory directory{memory_directory()};
    std::string dump;
    std::ostringstream told;
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.rfind(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

/// The text up to the end of its `count`th line.
std::string first_lines(const std::string& text, int count) {
    std::size_t end = 0;
    for (; count > 0; --count) end = text.find('\n', end) + 1;
    return text.substr(0, end);
}

}  // namespace

TEST_CASE("blocks: a second ledger made from an export is the same, and goes on", "[devnet]") {
    Source source;
    const std::string text = source.exported();
    CHECK(source.import(text) == "");
    CHECK(source.told.str().starts_with("imported 3 blocks, 0 were there already; state "));
    CHECK(source.run({.word = Word::Export, .ledger = source.directory / "copy", .file = "-"}) == text);
    Node<FakeClock> node(ledger_options(source.directory / "copy"));
    CHECK(node.ledger->dump() == source.dump);
    CHECK(node.fund(fixed_key(7).public_key(), 1'000'000) == "ok");
}

TEST_CASE("blocks: an import can be repeated, and taken up where it was broken off", "[devnet]") {
    Source source;
    const std::string text = source.exported();
    CHECK_THAT(source.import(first_lines(text, 4)), Catch::Contains("it ends after line 4, in the middle"));
    CHECK(source.told.str().starts_with("imported 1 blocks, 0 were"));
    CHECK(source.import(text) == "");
    CHECK(source.told.str().starts_with("imported 2 blocks, 1 were"));
    CHECK(source.import(text) == "");
    CHECK(source.told.str().starts_with("imported 0 blocks, 3 were"));
}

TEST_CASE("blocks: what its transactions do not come to is refused with slot and reason", "[devnet]") {
    Source source;
    const std::string text = source.exported();
    const auto refusal = [&](const std::string& what, const std::string& with) {
        const std::string answer = source.import(replaced(text, what, with));
        CHECK_THAT(answer, Catch::StartsWith("Error: standard input: slot 3: "));
        return answer;
    };
    CHECK_THAT(refusal(R"("fee":5000)", R"("fee":4999)"),
               Catch::Contains("its fee is 5000 lamports, the file says 4999"));
    CHECK_THAT(refusal(R"("error":null)", R"("error":"AccountInUse")"),
               Catch::Contains("it ends with success, the file says"));
    const auto listed =
        json::parse(source.run({.word = Word::List, .ledger = {}, .file = {}, .json = true})).value();
    const auto of = [&](std::size_t block, const char* what) {
        return listed[block][what].get<std::string>();
    };
    CHECK_THAT(refusal(of(2, "state"), of(1, "state")),
               Catch::Contains("the state of all accounts would be"));
    CHECK_THAT(refusal(of(2, "hash"), of(1, "hash")), Catch::Contains("its hash is " + of(2, "hash")));
}

TEST_CASE("blocks: blocks of another ledger, and blocks after a gap, are refused", "[devnet]") {
    Source source;
    const std::string text = source.exported();
    CHECK_THAT(source.import(source.exported(3)),
               Catch::Contains("slot 3: it follows slot 2") && Catch::Contains("this ledger ends at slot 0"));
    {
        auto options = ledger_options(source.directory / "other");
        options.program = fixed_key(5).public_key();
        const Node<FakeClock> other(options);
    }
    CHECK_THAT(source.import(text, "other"), Catch::Contains("the ledger here began with"));
}

TEST_CASE("blocks: the length of epochs goes along, and epochs are what it makes them", "[devnet]") {
    Source source;
    const std::string text = source.exported();
    const std::string length = R"(,"slots_per_epoch":432000)";
    CHECK_THAT(text, Catch::Contains(length));
    REQUIRE(source.import(text) == "");
    CHECK(Store::open(source.directory / "copy").value()->value("slots_per_epoch").value() == "432000");
    CHECK_THAT(source.import(replaced(text, length, R"(,"slots_per_epoch":2)"), "short"),
               Catch::Contains("slot 2: it is of epoch 1, the file says 0"));
    CHECK_THAT(source.import(replaced(text, length, R"(,"slots_per_epoch":0)"), "none"),
               Catch::Contains("line 1: slots_per_epoch: not positive"));
    // A file need not tell it: whoever opens the ledger first decides.
    REQUIRE(source.import(replaced(text, length, ""), "old") == "");
    auto options = ledger_options(source.directory / "old");
    options.slots_per_epoch = 100;
    const Node<FakeClock> node(options);
    CHECK(node.ledger->epoch_of(200) == 2);
}

TEST_CASE("blocks: list and show, for people and for programs", "[devnet]") {
    Source source;
    CHECK_THAT(source.run({.word = Word::List, .ledger = {}, .file = {}}),
               Catch::Contains("transactions  hash"));
    const auto listed =
        json::parse(source.run({.word = Word::List, .ledger = {}, .file = {}, .json = true})).value();
    REQUIRE(listed.size() == 3);
    CHECK(listed[2]["slot"] == 3);
    CHECK(listed[2]["transactions"] == 1);
    BlocksOptions show{.word = Word::Show, .ledger = {}, .file = {}, .slot = 2};
    CHECK_THAT(source.run(show), Catch::StartsWith("slot    2\n") && Catch::Contains("5000"));
    show.json = true;
    const auto shown = json::parse(source.run(show)).value();
    CHECK(shown["transactions"][0]["fee"] == 5000);
    CHECK_FALSE(shown["transactions"][0]["error"].is_null());
    show.slot = 9;
    CHECK_THAT(source.run(show), Catch::StartsWith("Error: slot 9 has no transactions"));
    show.ledger = source.directory / "nowhere";
    CHECK_THAT(source.run(show), Catch::StartsWith("Error: there is no ledger in"));
    CHECK_FALSE(std::filesystem::exists(source.directory / "nowhere"));
}

TEST_CASE("block file: a later version, an endless line and what follows the end are refused", "[devnet]") {
    Source source;
    const std::string text = source.exported();
    CHECK_THAT(source.import(replaced(text, R"("block":{"version":1)", R"("block":{"version":3)")),
               Catch::Contains("a block of version 3; this program reads version 2"));
    CHECK_THAT(source.import(replaced(text, R"(blocks","version":1)", R"(blocks","version":3)"), "copy2"),
               Catch::Contains("line 1: a file of version 3"));
    CHECK_THAT(source.import(text + "{}\n"), Catch::Contains("something follows the end"));
    CHECK_THAT(source.import(std::string(kMaxBlockFileLine + 1, 'x'), "copy3"),
               Catch::Contains("line 1: more than 16384 bytes"));
    CHECK_THAT(source.import("", "copy4"), Catch::Contains("it ends after line 0"));
    CHECK_THAT(source.import("{}\n", "copy5"), Catch::Contains("this is no file of blocks"));
}
