#include "wallet/address.hpp"

#include <catch2/catch.hpp>

#include "ledger/address.hpp"
#include "tests/wallet/wallets.hpp"
#include "wallet/base58check.hpp"
#include "wallet/bech32m.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

struct FixedHash {
    std::string_view hash, mainnet, testnet, mainnet_script, testnet_script;
};
constexpr FixedHash kFixed[] = {
    {"0000000000000000000000000000000000000000", "XagqqFetxiDb9wbartKDrXgnqLah6SqX2S",
     "yLKSrCjLQFsfVgX8RjdctZ797d54atPjnV", "7SQekjmcMtR25wEPPiL6m1Mb5586R5ut33",
     "8eRTi4fUVRoeYEeeTyL4DPAwxatvbjaxFV"},
    {"ffffffffffffffffffffffffffffffffffffffff", "Xz2SpMxBftgTyNjftJeYLexaTqqdgzkiPj",
     "yjf3qK2d7SLYK7fDT9xwNgNvk8L1Bs1x9T", "7qkFjr4u54stuNNUR8fRF8dNhaP35twQaY",
     "93m4hAxmCcGXMfnjVPfNhWSjb69sBgdWN2"},
    {"751e76e8199196d454941c45d1b3a323f1433bd6", "XmN7PQYWKn5MJFna5fRYgP6mxT2F7xpekE",
     "yWziQMcwmKjRdzi7eWjwiQX8EjWcd6dSg6", "7d5vJtfDixGnEFRNcVSRarmaCBZeScHACn",
     "8q6jGDZ5rVfQgYqdgkSP3Eaw5hLUXD8Nyi"},
};

struct RefusedText {
    std::string_view text, reason;
};
constexpr RefusedText kRefusedPlatform[] = {
    {"dash1krma5z3ttj75la4m93xcndna9ullamq9y5vercxj", "old bech32 checksum"},
    {"dash1k8ma5z3ttj75la4m93xcndna9ullamq9y5uxa374", "type byte 0xb1"},
    {"dash1qrma5z3ttj75la4m93xcndna9ullamq9y5zyrv94", "type byte 0x00"},
    {"dash17ldq526uh48ldwevfkymvlf08llwcpf9k09n88", "20-byte payload"},
    {"dash1krma5z3ttj75la4m93xcndna9ullamq9y5qqkkczu7", "22-byte payload"},
    {"bc1krma5z3ttj75la4m93xcndna9ullamq9y5xzrfsk", "wrong HRP"},
    {"dash1kRMA5Z3TTJ75LA4M93XCNDNA9ULLAMQ9Y5E9N5RS", "mixed case"},
    {"dash1krma5z3ttj75la4m93xcndna9ullamq9y5e9n5rp", "last character changed"},
};

HashAddress pay_to(std::string_view hash, HashAddress::Kind kind = HashAddress::Kind::P2pkh) {
    return {.kind = kind, .hash = array_of<Hash20>(hash)};
}

constexpr std::string_view kHash = "751e76e8199196d454941c45d1b3a323f1433bd6";
constexpr std::string_view kPlatform = "dash1krma5z3ttj75la4m93xcndna9ullamq9y5e9n5rs";

}  // namespace

TEST_CASE("address: hashes are written as Dash addresses of both networks, and read back", "[wallet]") {
    using Kind = HashAddress::Kind;
    for (const FixedHash& row : kFixed) {
        for (const Network network : {Network::Mainnet, Network::Testnet}) {
            const bool main = is_mainnet(network);
            CHECK(to_dash(pay_to(row.hash), network) == (main ? row.mainnet : row.testnet));
            CHECK(to_dash(pay_to(row.hash, Kind::P2sh), network) ==
                  (main ? row.mainnet_script : row.testnet_script));
            CHECK(parse_dash(main ? row.mainnet : row.testnet, network) == pay_to(row.hash));
            CHECK(parse_dash(main ? row.mainnet_script : row.testnet_script, network) ==
                  pay_to(row.hash, Kind::P2sh));
        }
    }
}

TEST_CASE("address: the key of the secret 01..01 has its known addresses", "[wallet]") {
    std::array<std::uint8_t, 32> secret{};
    secret.fill(1);
    const auto key = ExtendedPrivateKey::from(secret, {}).value();
    const KeyBytes bytes{.type = KeyType::Ecdsa,
                         .bytes = Bytes(key.to_public().key().begin(), key.to_public().key().end())};
    CHECK(encode_address(AddressType::P2pkh, Network::Mainnet, bytes)->text ==
          "XmnGSJav3CWVmzDv5U68k7XT9rRPqyavtE");
    CHECK(encode_address(AddressType::P2pkh, Network::Devnet, bytes)->text ==
          "yXQsTFfMUkAa7j9TeKQXn8woS8umNDzGPn");
}

TEST_CASE("address: a Dash address of the other network, or with a wrong character, is refused", "[wallet]") {
    const std::string good = to_dash(pay_to(kHash), Network::Mainnet);
    CHECK(fault_of(parse_dash(good, Network::Testnet).error()) == Fault::InvalidNetwork);
    std::string wrong = good;
    wrong.back() = wrong.back() == 'E' ? 'F' : 'E';
    CHECK(fault_of(parse_dash(wrong, Network::Mainnet).error()) == Fault::Base58);
    CHECK(fault_of(parse_dash("0OIl", Network::Mainnet).error()) == Fault::Base58);
    CHECK(fault_of(parse_dash("", Network::Mainnet).error()) == Fault::Base58);
    // Right checksum, wrong length, then a version of no network.
    CHECK(fault_of(parse_dash(to_base58check(Bytes(20, 76)), Network::Mainnet).error()) ==
          Fault::InvalidAddress);
    CHECK(fault_of(parse_dash(to_base58check(Bytes(21, 1)), Network::Mainnet).error()) ==
          Fault::InvalidNetwork);
}

TEST_CASE("address: hashes are written as platform addresses, and read back", "[wallet]") {
    CHECK(to_platform(pay_to(kHash), Network::Mainnet) == "dash1kp63uahgrxged4z5jswyt5dn5v3lzsem6c76s7cx");
    CHECK(to_platform(pay_to(kHash), Network::Regtest) == "tdash1kp63uahgrxged4z5jswyt5dn5v3lzsem6cwarqfg");
    const HashAddress script = pay_to("43fa183cf3fb6e9e7dc62b692aeb4fc8d8045636", HashAddress::Kind::P2sh);
    CHECK(to_platform(script, Network::Mainnet) == "dash1sppl5xpu70aka8nacc4kj2htflydspzkxch4cad6");
    CHECK(to_platform(script, Network::Testnet) == "tdash1sppl5xpu70aka8nacc4kj2htflydspzkxc8jtru5");
    CHECK(parse_platform("tdash1sppl5xpu70aka8nacc4kj2htflydspzkxc8jtru5", Network::Devnet) == script);
    CHECK(to_platform(parse_platform(kPlatform, Network::Mainnet).value(), Network::Mainnet) == kPlatform);
}

TEST_CASE("address: a platform address in capitals is read", "[wallet]") {
    std::string upper(kPlatform);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    CHECK(parse_platform(upper, Network::Mainnet) == parse_platform(kPlatform, Network::Mainnet));
}

TEST_CASE("address: each wrong platform address is refused", "[wallet]") {
    for (const RefusedText& row : kRefusedPlatform) {
        CAPTURE(row.text, row.reason);
        CHECK_FALSE(parse_platform(row.text, Network::Mainnet));
    }
    CHECK(fault_of(
              parse_platform("tdash1krma5z3ttj75la4m93xcndna9ullamq9y5fzq2j7", Network::Mainnet).error()) ==
          Fault::InvalidNetwork);
    const auto older = parse_platform("dash1krma5z3ttj75la4m93xcndna9ullamq9y5vercxj", Network::Mainnet);
    CHECK(older.error().text == "the checksum is that of bech32, not of bech32m");
}

TEST_CASE("address: a Dash address is no platform address, nor the reverse", "[wallet]") {
    CHECK_FALSE(parse_platform(to_dash(pay_to(kHash), Network::Mainnet), Network::Mainnet));
    CHECK_FALSE(parse_dash(kPlatform, Network::Mainnet));
}

TEST_CASE("bech32m: the valid texts of BIP 350 are read, the others are not", "[wallet]") {
    for (const std::string_view text :
         {"A1LQFN3A", "a1lqfn3a", "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
          "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa"}) {
        CAPTURE(text);
        const auto parts = parse_bech32m(text);
        REQUIRE(parts);
        CHECK(parse_bech32m(encode(*parts)) == parts);
    }
    for (const std::string_view text :
         {"qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0", "in1muywd", "mm1crxm3i", "au1s5cgom",
          "M1VUXWEZ", "16plkw9", "1p2gdwpf"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_bech32m(text));
    }
}

TEST_CASE("bech32m: padding must be zero and shorter than a word", "[wallet]") {
    CHECK(from_words(to_words(Bytes{1, 2, 3})) == Bytes{1, 2, 3});
    Bytes words = to_words(Bytes{1, 2, 3});
    words.back() |= 1U;
    CHECK_FALSE(from_words(words));
    words = to_words(Bytes{1, 2, 3, 4, 5});
    words.push_back(0);
    CHECK_FALSE(from_words(words));
}

TEST_CASE("address: only a P2PKH script of 25 bytes has an address", "[wallet]") {
    const Bytes script = script_of(pay_to(kHash));
    CHECK(to_hex(script) == "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac");
    CHECK(address_in_script(script) == pay_to(kHash));
    Bytes longer = script;
    longer.push_back(0);
    CHECK(fault_of(address_in_script(longer).error()) == Fault::InvalidAddress);
    CHECK(fault_of(address_in_script(script_of(pay_to(kHash, HashAddress::Kind::P2sh))).error()) ==
          Fault::InvalidAddress);
    CHECK_FALSE(address_in_script({}));
}

TEST_CASE("address: the Solana address of 32 zero bytes is 32 ones", "[wallet]") {
    const auto zero =
        encode_address(AddressType::Ed25519, Network::Mainnet, {.type = KeyType::EdDsa, .bytes = Bytes(32)});
    CHECK(zero->text == std::string(32, '1'));
}

TEST_CASE("address: a Solana address that nobody can hold a key for is refused", "[wallet]") {
    CHECK(parse_solana("GjJyeC1r2RgkuoCWMyPYkCWSGSGLcz266EaAkLA27AhL"));
    // What a program derives is off the curve by construction.
    const std::array seeds = {as_bytes("seed")};
    const auto owned = ledger::find_program_address(seeds, ledger::PublicKey{});
    CHECK(fault_of(parse_solana(owned->key.to_string()).error()) == Fault::InvalidAddress);
    CHECK_FALSE(parse_solana("too short"));
}

TEST_CASE("address: a deposit address has a check value of eight characters", "[wallet]") {
    CHECK(check_value({}) == to_hex(sha256(Bytes(32))).substr(0, 8));
}

TEST_CASE("address: a key of the wrong curve has no such address", "[wallet]") {
    const KeyBytes ed{.type = KeyType::EdDsa, .bytes = Bytes(32)};
    const KeyBytes ec{.type = KeyType::Ecdsa, .bytes = Bytes(33)};
    CHECK(fault_of(encode_address(AddressType::Ed25519, Network::Mainnet, ec).error()) ==
          Fault::InvalidParameter);
    CHECK(fault_of(encode_address(AddressType::PlatformP2pkh, Network::Mainnet, ed).error()) ==
          Fault::InvalidParameter);
    CHECK(fault_of(encode_address(AddressType::P2pkh, Network::Mainnet,
                                  {.type = KeyType::Ecdsa, .bytes = Bytes(32)})
                       .error()) == Fault::InvalidParameter);
}
