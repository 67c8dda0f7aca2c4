#include "wallet/wallet_file.hpp"

#include <catch2/catch.hpp>

#include "tests/wallet/wallets.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

/// As little as the algorithm allows.
constexpr PasswordCost kCheap{.passes = 1, .memory_bytes = 8192};

SecretBytes password(std::string_view text = "correct horse") {
    return SecretBytes(text);
}

}  // namespace

TEST_CASE("wallet file: a wallet opens with its password", "[wallet]") {
    const SealedWallet sealed = seal(wallet_of(kAbandon, "TREZOR"), password(), kCheap).value();
    const auto parsed = parse_wallet(to_text(sealed));
    REQUIRE(parsed);
    CHECK(*parsed == sealed);
    const auto opened = unseal(*parsed, password());
    REQUIRE(opened);
    CHECK(opened->mnemonic().text() == kAbandon);
    CHECK(opened->passphrase().text() == "TREZOR");
}

TEST_CASE("wallet file: a wrong password opens nothing", "[wallet]") {
    const SealedWallet sealed = seal(abandon(), password(), kCheap).value();
    const auto opened = unseal(sealed, password("correct house"));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::Permission);
    CHECK(opened.error().text == "the password is wrong, or the wallet file is damaged");
}

TEST_CASE("wallet file: a changed byte anywhere in the content is noticed", "[wallet]") {
    const SealedWallet sealed = seal(abandon(), password(), kCheap).value();
    for (std::size_t i = 0; i < sealed.content.size(); ++i) {
        SealedWallet changed = sealed;
        changed.content[i] ^= 1U;
        CHECK_FALSE(unseal(changed, password()));
    }
}

TEST_CASE("wallet file: the text shows no word, and no two are alike", "[wallet]") {
    const std::string text = to_text(seal(abandon(), password(), kCheap).value());
    CHECK(text.find("abandon") == std::string::npos);
    CHECK(text.find("correct") == std::string::npos);
    CHECK(to_text(seal(abandon(), password(), kCheap).value()) != text);
    CHECK(text.size() < kWalletFileBytes);
}

TEST_CASE("wallet file: a short password and a long passphrase are refused", "[wallet]") {
    CHECK(fault_of(seal(abandon(), password("1234567"), kCheap).error()) == Fault::InvalidParameter);
    CHECK(fault_of(WalletSecret::from(Mnemonic::parse(kAbandon).value(), SecretBytes(std::string(257, 'x')))
                       .error()) == Fault::InvalidParameter);
    const auto longest = wallet_of(kAbandon, std::string(256, 'x'));
    CHECK(to_text(seal(longest, password(), kCheap).value()).size() < kWalletFileBytes);
}

TEST_CASE("wallet file: a file that would cost too much to open is refused", "[wallet]") {
    const SealedWallet sealed = seal(abandon(), password(), kCheap).value();
    for (const PasswordCost cost :
         {PasswordCost{.passes = 17, .memory_bytes = 8192}, PasswordCost{.passes = 0, .memory_bytes = 8192},
          PasswordCost{.passes = 1, .memory_bytes = std::size_t{2} << 30U},
          PasswordCost{.passes = 1, .memory_bytes = 1}}) {
        SealedWallet greedy = sealed;
        greedy.cost = cost;
        CHECK(fault_of(parse_wallet(to_text(greedy)).error()) == Fault::Serialization);
    }
}

TEST_CASE("wallet file: what is no wallet file is refused", "[wallet]") {
    const SealedWallet sealed = seal(abandon(), password(), kCheap).value();
    SealedWallet empty = sealed;
    empty.content.clear();
    for (const std::string& text : {std::string(), std::string("{}"), std::string("[1]"), to_text(empty),
                                    to_text(sealed) + std::string(kWalletFileBytes, ' ')})
        CHECK(fault_of(parse_wallet(text).error()) == Fault::Serialization);
}

TEST_CASE("wallet file: secrets of ordinary classes print as hidden", "[wallet]") {
    CHECK(fmt::format("{}", password()) == "(hidden)");
    CHECK(fmt::format("{}", Secret<32>()) == "(hidden)");
}

TEST_CASE("secret: moving out wipes what it was moved from", "[wallet]") {
    const std::array<std::uint8_t, 4> bytes = {1, 2, 3, 4};
    Secret<4> from(bytes);
    const Secret<4> to(std::move(from));
    CHECK(std::ranges::equal(to.view(), bytes));
    CHECK(std::ranges::equal(from.view(), std::array<std::uint8_t, 4>{}));  // NOLINT(bugprone-use-after-move)
    std::string text = "a secret text that is not short";
    const SecretBytes taken = SecretBytes::taken_from(text);
    CHECK(text.empty());
    CHECK(taken.size() == 31);
}
