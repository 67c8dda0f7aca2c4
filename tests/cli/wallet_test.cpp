// Tests for `wallet`: what is typed, what is printed, what lies on disk.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "base/files.hpp"
#include "tests/cli/terminal.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;

namespace {

constexpr std::string_view kWords =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

/// A machine with a password file and a file of well known words.
struct Machine {
    Machine() {
        REQUIRE(files::write_atomic(directory / "password", "correct horse\n", 0600));
        REQUIRE(files::write_atomic(directory / "other", "correct house\n", 0600));
        REQUIRE(files::write_atomic(directory / "words", std::string(kWords) + "\r\n", 0600));
    }

    /// `line` with the folder of the wallets and what makes the password cheap.
    Printed wallet(const std::string& line, const std::string& password = "password") {
        return type("wallet " + line + " --wallet-dir " + (directory / "wallets").string() +
                    (password.empty() ? "" : " --password-file " + (directory / password).string()));
    }
    Printed restored() {
        return wallet("restore --password-memory 1 --words-file " + (directory / "words").string());
    }
    /// Everything in the folder of the wallets.
    std::string on_disk() const {
        std::string out;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory / "wallets"))
            if (entry.is_regular_file()) out += files::read(entry.path(), 1 << 20).value_or("");
        return out;
    }

    TemporaryDirectory directory;
    Network network;
    Terminal type{network, "foundation"};
};

}  // namespace

TEST_CASE("wallet new: shows its words once, and keeps them under the password", "[cli]") {
    Machine on;
    const Printed made = on.wallet("new --password-memory 1 --words 12");
    INFO(made.err);
    REQUIRE(made.status == 0);
    const std::size_t blank = made.out.find("\n\n");
    REQUIRE(blank != std::string::npos);
    const std::string words = made.out.substr(blank + 2, made.out.size() - blank - 3);
    CHECK(std::ranges::count(words, ' ') == 11);
    CHECK_THAT(made.err, Contains("shown now and never again"));
    CHECK(on.on_disk().find(words) == std::string::npos);
    struct stat status{};
    REQUIRE(::stat((on.directory / "wallets/default/wallet.json").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    for (const std::string line : {"address next", "address list", "stats", "list"}) {
        const Printed later = on.wallet(line, line == "address next" ? "password" : "");
        CAPTURE(line, later.err);
        CHECK(later.status == 0);
        CHECK(later.out.find(words) == std::string::npos);
        CHECK(later.err.find(words) == std::string::npos);
    }
}

TEST_CASE("wallet new: never writes over a wallet", "[cli]") {
    Machine on;
    REQUIRE(on.restored().status == 0);
    const std::string before = on.on_disk();
    const Printed again = on.wallet("new --password-memory 1");
    CHECK(again.status == 1);
    CHECK(again.out.empty());
    CHECK_THAT(again.err, Contains("no wallet was made") && Contains("choose another name with --wallet"));
    CHECK(on.on_disk() == before);
    CHECK(on.wallet("new --password-memory 1 --wallet second").status == 0);
    CHECK(on.wallet("list --json", "").json().size() == 2);
}

TEST_CASE("wallet new: a short password, a wrong count of words and a bad name are refused", "[cli]") {
    Machine on;
    REQUIRE(files::write_atomic(on.directory / "short", "1234567\n"));
    const Printed weak = on.wallet("new --password-memory 1", "short");
    CHECK(weak.status == 1);
    CHECK_THAT(weak.err, Contains("take 8 or more"));
    CHECK_THAT(on.wallet("new --password-memory 1 --words 13").err, Contains("13 words, not 12, 15"));
    CHECK_THAT(on.wallet("new --password-memory 1 --wallet ../x").err, Contains("is no name of a wallet"));
    CHECK(on.wallet("new --password-memory 0").status == 2);
}

TEST_CASE("wallet restore: words give the addresses they give everywhere", "[cli]") {
    Machine on;
    const Printed restored = on.restored();
    REQUIRE(restored.status == 0);
    CHECK(restored.out.find("abandon") == std::string::npos);
    CHECK(restored.err.find("abandon") == std::string::npos);
    CHECK(on.wallet("address next --json").json().at("address") ==
          "HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk");
    CHECK(on.wallet("address next --json --chain dash").json().at("address") ==
          "XoJA8qE3N2Y3jMLEtZ3vcN42qseZ8LvFf5");
    CHECK(on.wallet("address next --json --chain platform").json().at("address") ==
          "dash1krma5z3ttj75la4m93xcndna9ullamq9y5e9n5rs");
}

TEST_CASE("wallet restore: wrong words are refused without being shown", "[cli]") {
    Machine on;
    REQUIRE(files::write_atomic(on.directory / "words", "abandon abandon sesame\n"));
    const Printed restored = on.restored();
    CHECK(restored.status == 1);
    CHECK_THAT(restored.err, Contains("word 3 is not in the list"));
    CHECK(restored.err.find("sesame") == std::string::npos);
}

TEST_CASE(
    "wallet address next: each call hands out another address, without the password while some are stored",
    "[cli]") {
    Machine on;
    REQUIRE(on.restored().status == 0);
    const auto first = on.wallet("address next --json --label alice").json();
    CHECK(first.at("index") == 0);
    CHECK(first.at("path") == "m/44'/501'/0'/0'");
    CHECK(first.at("state") == "reserved");
    CHECK(first.at("check").get<std::string>().size() == 8);
    const auto second = on.wallet("address next --json", "").json();
    CHECK(second.at("index") == 1);
    CHECK(second.at("address") == "Hh8QwFUA6MtVu1qAoq12ucvFHNwCcVTV7hpWjeY1Hztb");
    CHECK(on.wallet("address next --peek --json", "").json().at("index") == 2);
    CHECK(on.wallet("address next --peek --json", "").json().at("index") == 2);
    const auto listed = on.wallet("address list --json", "").json();
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].at("label") == "alice");
}

TEST_CASE("wallet address next: a wrong password hands out nothing", "[cli]") {
    Machine on;
    REQUIRE(on.restored().status == 0);
    const Printed refused = on.wallet("address next", "other");
    CHECK(refused.status == 1);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, Contains("no address was handed out") && Contains("the password is wrong"));
    CHECK(on.wallet("address list --json", "").json().empty());
}

TEST_CASE("wallet address next: without a wallet it says how to make one", "[cli]") {
    Machine on;
    const Printed refused = on.wallet("address next");
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, Contains("there is no wallet \"default\"") && Contains("doublezero wallet new"));
}

TEST_CASE("wallet address next: says when addresses run far ahead of payments", "[cli]") {
    Machine on;
    REQUIRE(on.restored().status == 0);
    for (int i = 0; i < 20; ++i) CHECK(on.wallet("address next").err.empty());
    const Printed ahead = on.wallet("address next");
    CHECK(ahead.status == 0);
    CHECK_THAT(ahead.err, Contains("More than 20 addresses in a row are unpaid"));
}

TEST_CASE("wallet address release and used: an address comes back, or never does", "[cli]") {
    Machine on;
    REQUIRE(on.restored().status == 0);
    const std::string first = on.wallet("address next --json").json().at("address");
    const std::string second = on.wallet("address next --json", "").json().at("address");
    CHECK(on.wallet("address release " + first, "").status == 0);
    CHECK(on.wallet("address next --json", "").json().at("address") == first);
    CHECK(on.wallet("address used " + first, "").status == 0);
    const Printed again = on.wallet("address release " + first, "");
    CHECK(again.status == 1);
    CHECK_THAT(again.err, Contains("it is not reserved"));
    CHECK_THAT(on.wallet("address used " + first, "").err, Contains("marked as used already"));
    CHECK_THAT(on.wallet("address used Nobody", "").err, Contains("is not an address of this chain"));
    const auto counted = on.wallet("stats --json", "").json();
    REQUIRE(counted.size() == 1);
    CHECK(counted[0].at("used") == 1);
    CHECK(counted[0].at("reserved") == 1);
    CHECK(counted[0].at("highest_used") == 0);
}

TEST_CASE("wallet: a chain that is none is a usage error that names them", "[cli]") {
    Machine on;
    const Printed wrong = on.wallet("address next --chain gold");
    CHECK(wrong.status == 2);
    CHECK_THAT(wrong.err, Contains("solana, solana-deposits, dash"));
}
