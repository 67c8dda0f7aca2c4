#include "wallet/mnemonic.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "tests/wallet/wallets.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

TEST_CASE("mnemonic: the seed of the best known words is the published one", "[wallet]") {
    const Mnemonic words = Mnemonic::parse(kAbandon).value();
    CHECK(to_hex(words.seed()->view()) ==
          "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c4"
          "3daea6690f20ad3d8d48b2d2ce9e38e4");
    CHECK(to_hex(words.seed("TREZOR")->view()) ==
          "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141"
          "630c7a3c4ab7c81b2f001698e7463b04");
    CHECK(to_hex(
              Mnemonic::parse("birth kingdom trash renew flavor utility donkey gasp regular alert pave layer")
                  ->seed()
                  ->view()) ==
          "b16d3782e714da7c55a397d5f19104cfed7ffa8036ac514509bbb50807f8ac598eeb26f0797bd8cc221a6cbff2168d90"
          "a5e9ee025a5bd977977b9eccd97894bb");
    CHECK(ExtendedPrivateKey::master(words.seed()->view())->to_text(Network::Mainnet).text() ==
          "xprv9s21ZrQH143K3GJpoapnV8SFfukcVBSfeCficPSGfubmSFDxo1kuHnLisriDvSnRRuL2Qrg5ggqHKNVpxR86QEC8w35uxm"
          "Gogg"
          "xtQTPvfUu");
}

TEST_CASE("mnemonic: entropy of each length becomes words with their checksum", "[wallet]") {
    CHECK(Mnemonic::from_entropy(Bytes(16))->text() == kAbandon);
    CHECK(Mnemonic::from_entropy(Bytes(16, 0xff))->text() ==
          "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong");
    CHECK(
        Mnemonic::from_entropy(Bytes(32, 0x7f))->text() ==
        "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful "
        "legal winner thank year wave sausage worth title");
    for (const std::size_t words : {12U, 15U, 18U, 21U, 24U}) {
        CHECK(Mnemonic::from_entropy(Bytes(words / 3 * 4))->word_count() == words);
        CHECK(Mnemonic::generate(words)->word_count() == words);
    }
    CHECK(fault_of(Mnemonic::from_entropy(Bytes(17)).error()) == Fault::InvalidMnemonic);
    CHECK(fault_of(Mnemonic::from_entropy(Bytes(36)).error()) == Fault::InvalidMnemonic);
    CHECK(fault_of(Mnemonic::generate(13).error()) == Fault::InvalidMnemonic);
}

TEST_CASE("mnemonic: any entropy's words read back", "[wallet]") {
    rc::prop("parse(words(entropy)) is the same words", [] {
        const auto size = *rc::gen::element<std::size_t>(16, 20, 24, 28, 32);
        const auto entropy = *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
        const auto words = Mnemonic::from_entropy(entropy);
        RC_ASSERT(words.has_value());
        const auto again = Mnemonic::parse(words->text());
        RC_ASSERT(again.has_value());
        RC_ASSERT(again->text() == words->text());
    });
}

TEST_CASE("mnemonic: capitals and any white space are as good", "[wallet]") {
    const std::string loose =
        "  Abandon abandon\tABANDON abandon abandon abandon\n abandon abandon abandon abandon "
        "abandon  about\r\n";
    CHECK(Mnemonic::parse(loose)->text() == kAbandon);
}

TEST_CASE("mnemonic: a wrong word is named by its place, never shown", "[wallet]") {
    const auto parsed = Mnemonic::parse("abandon abandon sesame abandon");
    REQUIRE_FALSE(parsed);
    CHECK(fault_of(parsed.error()) == Fault::InvalidMnemonic);
    CHECK(parsed.error().text == "word 3 is not in the list; check its spelling");
}

TEST_CASE("mnemonic: a wrong checksum, too few and too many words are refused", "[wallet]") {
    std::string twelve;
    for (int i = 0; i < 12; ++i) twelve += "abandon ";
    CHECK(Mnemonic::parse(twelve).error().text ==
          "the checksum does not fit; a word is wrong or out of its place");
    CHECK(Mnemonic::parse("abandon about").error().text == "2 words, not 12, 15, 18, 21 or 24");
    CHECK(Mnemonic::parse(twelve + twelve + "about").error().text == "more than 24 words");
    CHECK_FALSE(Mnemonic::parse(""));
    CHECK_FALSE(Mnemonic::parse(std::string(100'000, 'a')));
}

TEST_CASE("mnemonic: a passphrase beyond ASCII is refused rather than misread", "[wallet]") {
    const auto seed = Mnemonic::parse(kAbandon)->seed("\xc3\xa9t\xc3\xa9");
    REQUIRE_FALSE(seed);
    CHECK(fault_of(seed.error()) == Fault::InvalidParameter);
}

TEST_CASE("mnemonic: two new ones differ, and print as hidden", "[wallet]") {
    const Mnemonic one = Mnemonic::generate(24).value();
    CHECK(one.text() != Mnemonic::generate(24)->text());
    CHECK(fmt::format("{}", one) == "(hidden)");
}
