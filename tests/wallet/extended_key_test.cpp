#include "wallet/extended_key.hpp"

#include <catch2/catch.hpp>

#include "tests/wallet/wallets.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

struct Step {
    std::string_view seed, path, xpub, xprv;
};
struct Refused {
    std::string_view text, reason;
    Fault fault;
};

constexpr std::string_view kSeed1 = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kSeed2 =
    "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c6966"
    "63605d5a5754514e4b484542";
constexpr std::string_view kSeed3 =
    "4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e"
    "7d1457df2e5a3c51c73235be";
constexpr std::string_view kSeed4 = "3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678";

constexpr Step kSteps[] = {
    {kSeed1, "m",
     "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W"
     "1EGMcet8",
     "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yu"
     "GBxrMPHi"},
    {kSeed1, "m/0'",
     "xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2d"
     "ZXvgGDnw",
     "xprv9uHRZZhk6KAJC1avXpDAp4MDc3sQKNxDiPvvkX8Br5ngLNv1TxvUxt4cV1rGL5hj6KCesnDYUhd7oWgT11eZG7XnxHrnYeSvkzY"
     "7d2bhkJ7"},
    {kSeed1, "m/0'/1",
     "xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmA"
     "LppuCkwQ",
     "xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2EU4pWcQDnRnr"
     "VA1xe8fs"},
    {kSeed1, "m/0'/1/2'",
     "xpub6D4BDPcP2GT577Vvch3R8wDkScZWzQzMMUm3PWbmWvVJrZwQY4VUNgqFJPMM3No2dFDFGTsxxpG5uJh7n7epu4trkrX7x7DogT5"
     "Uv6fcLW5",
     "xprv9z4pot5VBttmtdRTWfWQmoH1taj2axGVzFqSb8C9xaxKymcFzXBDptWmT7FwuEzG3ryjH4ktypQSAewRiNMjANTtpgP4mLTj34b"
     "hnZX7UiM"},
    {kSeed1, "m/0'/1/2'/2",
     "xpub6FHa3pjLCk84BayeJxFW2SP4XRrFd1JYnxeLeU8EqN3vDfZmbqBqaGJAyiLjTAwm6ZLRQUMv1ZACTj37sR62cfN7fe5JnJ7dh8z"
     "L4fiyLHV",
     "xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34"
     "sJ7in334"},
    {kSeed1, "m/0'/1/2'/2/1000000000",
     "xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6c"
     "FJodrTHy",
     "xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNd"
     "E3BBDu76"},
    {kSeed2, "m",
     "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB"
     "7WEGuduB",
     ""},
    {kSeed2, "m/0",
     "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxH"
     "mwMkQTPH",
     ""},
    {kSeed2, "m/0/2147483647'",
     "xpub6ASAVgeehLbnwdqV6UKMHVzgqAG8Gr6riv3Fxxpj8ksbH9ebxaEyBLZ85ySDhKiLDBrQSARLq1uNRts8RuJiHjaDMBU4Zn9h8LZ"
     "NnBC5y4a",
     ""},
    {kSeed2, "m/0/2147483647'/1",
     "xpub6DF8uhdarytz3FWdA8TvFSvvAh8dP3283MY7p2V4SeE2wyWmG5mg5EwVvmdMVCQcoNJxGoWaU9DCWh89LojfZ537wTfunKau47E"
     "L2dhHKon",
     ""},
    {kSeed2, "m/0/2147483647'/1/2147483646'",
     "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJ"
     "uZZvRcEL",
     ""},
    {kSeed2, "m/0/2147483647'/1/2147483646'/2",
     "xpub6FnCn6nSzZAw5Tw7cgR9bi15UV96gLZhjDstkXXxvCLsUXBGXPdSnLFbdpq8p9HmGsApME5hQTZ3emM2rnY5agb9rXpVGyy3bdW"
     "6EEgAtqt",
     ""},
    {kSeed3, "m", "",
     "xprv9s21ZrQH143K25QhxbucbDDuQ4naNntJRi4KUfWT7xo4EKsHt2QJDu7KXp1A3u7Bi1j8ph3EGsZ9Xvz9dGuVrtHHs7pXeTzjuxB"
     "rCmmhgC6"},
    {kSeed3, "m/0'", "",
     "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9"
     "WACViL4L"},
    {kSeed4, "m", "",
     "xprv9s21ZrQH143K48vGoLGRPxgo2JNkJ3J3fqkirQC2zVdk5Dgd5w14S7fRDyHH4dWNHUgkvsvNDCkvAwcSHNAQwhwgNMgZhLtQC63"
     "zxwhQmRv"},
    {kSeed4, "m/0'", "",
     "xprv9vB7xEWwNp9kh1wQRfCCQMnZUEG21LpbR9NPCNN1dwhiZkjjeGRnaALmPXCX7SgjFTiCTT6bXes17boXtjq3xLpcDjzEuGLQBM5"
     "ohqkao9G"},
    {kSeed4, "m/0'/1'", "",
     "xprv9xJocDuwtYCMNAo3Zw76WENQeAS6WGXQ55RCy7tDJ8oALr4FWkuVoHJeHVAcAqiZLE7Je3vZJHxspZdFHfnBEjHqU5hG1Jaj32d"
     "VoS6XLT1"},
};

constexpr Refused kRefused[] = {
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6LBpB85b3D2yc8sfvZU521AAwdZafEz7mnzBBsz4wKY"
     "5fTtTQBm",
     "public version, private key", Fault::Secp256k1},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGTQQD3dC4H2D5GBj7vWvSQaaBv5cxi9gafk7NF3pnB"
     "ju6dwKvH",
     "private version, public key", Fault::Secp256k1},
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6Txnt3siSujt9RCVYsx4qHZGc62TG4McvMGcAUjeuwZ"
     "dduYEvFn",
     "public key prefix 04", Fault::Secp256k1},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGpWnsj83BHtEy5Zt8CcDr1UiRXuWCmTQLxEK9vbz5g"
     "PstX92JQ",
     "private key prefix 04", Fault::Secp256k1},
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6N8ZMMXctdiCjxTNq964yKkwrkBJJwpzZS4HS2fxvyY"
     "UA4q2Xe4",
     "public key prefix 01", Fault::Secp256k1},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD9y5gkZ6Eq3Rjuahrv17f"
     "EQ3Qen6J",
     "private key prefix 01", Fault::Secp256k1},
    {"xprv9s2SPatNQ9Vc6GTbVMFPFo7jsaZySyzk7L8n2uqKXJen3KUmvQNTuLh3fhZMBoG3G4ZW1N2kZuHEPY53qmbZzCHshoQnNf4GvEL"
     "ZfqTUrcv",
     "depth 0, fingerprint not 0", Fault::InvalidParameter},
    {"xpub661no6RGEX3uJkY4bNnPcw4URcQTrSibUZ4NqJEw5eBkv7ovTwgiT91XX27VbEXGENhYRCf7hyEbWrR3FewATdCEebj6znwMfQk"
     "hRYHRLpJ",
     "depth 0, fingerprint not 0", Fault::InvalidParameter},
    {"xprv9s21ZrQH4r4TsiLvyLXqM9P7k1K3EYhA1kkD6xuquB5i39AU8KF42acDyL3qsDbU9NmZn6MsGSUYZEsuoePmjzsB3eFKSUEh3Gu"
     "1N3cqVUN",
     "depth 0, index not 0", Fault::InvalidParameter},
    {"xpub661MyMwAuDcm6CRQ5N4qiHKrJ39Xe1R1NyfouMKTTWcguwVcfrZJaNvhpebzGerh7gucBvzEQWRugZDuDXjNDRmXzSZe4c7mnTK"
     "97pTvGS8",
     "depth 0, index not 0", Fault::InvalidParameter},
    {"DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHGMQzT7ayAmfo4z3gY5KfbrZWZ6St24UVf2Qgo6oujF"
     "ktLHdHY4",
     "unknown version", Fault::UnknownVersion},
    {"DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHPmHJiEDXkTiJTVV9rHEBUem2mwVbbNfvT2MTcAqj3n"
     "esx8uBf9",
     "unknown version", Fault::UnknownVersion},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzF93Y5wvzdUayhgkkFoicQZcP3y52uPPxFnfoLZB21Te"
     "qt1VvEHx",
     "private key 0", Fault::Secp256k1},
    {"xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD5SDKr24z3aiUvKr9bJpd"
     "rcLg1y3G",
     "private key n", Fault::Secp256k1},
    {"xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6Q5JXayek4PRsn35jii4veMimro1xefsM58PgBMrvdY"
     "re8QyULY",
     "x = 7 is not on the curve", Fault::Secp256k1},
    {"xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yu"
     "GBxrMPHL",
     "checksum", Fault::Base58},
};

ExtendedPrivateKey key_at(std::string_view seed_hex, std::string_view path) {
    const auto master = ExtendedPrivateKey::master(from_hex(seed_hex).value());
    return master.value().derive(parse_path(path).value()).value();
}

WideChildNumber wide(std::string_view hex, bool hardened) {
    return {.index = array_of<std::array<std::uint8_t, 32>>(hex), .hardened = hardened};
}

constexpr std::string_view kA1 = "775d3854c910b7dee436869c4724bed2fe0784e198b8a39f02bbb49d8ebcfc3b";
constexpr std::string_view kA2 = "f537439f36d04a15474ff7423e4b904a14373fafb37a41db74c84f1dbb5c89a6";
constexpr std::string_view kA3 = "4c4592ca670c983fc43397dfd21a6f427fac9b4ac53cb4dcdc6522ec51e81e79";
constexpr std::string_view kB1 = "555d3854c910b7dee436869c4724bed2fe0784e198b8a39f02bbb49d8ebcfc3a";
constexpr std::string_view kB2 = "a137439f36d04a15474ff7423e4b904a14373fafb37a41db74c84f1dbb5c89b5";

ExtendedPrivateKey dip14_master() {
    return wallet_of("birth kingdom trash renew flavor utility donkey gasp regular alert pave layer")
        .secp256k1({})
        .value();
}

std::string secret_of(const ExtendedPrivateKey& key) {
    return to_hex(key.secret().view());
}

}  // namespace

TEST_CASE("extended key: the published keys of BIP 32 come out of their seeds", "[wallet]") {
    for (const Step& step : kSteps) {
        const ExtendedPrivateKey key = key_at(step.seed, step.path);
        CAPTURE(step.path);
        if (!step.xpub.empty()) CHECK(key.to_public().to_text(Network::Mainnet) == step.xpub);
        if (!step.xprv.empty()) CHECK(key.to_text(Network::Mainnet).text() == step.xprv);
    }
}

TEST_CASE("extended key: texts read back as what they were written from", "[wallet]") {
    for (const Step& step : kSteps) {
        for (const std::string_view text : {step.xpub, step.xprv}) {
            if (text.empty()) continue;
            const auto parsed = parse_extended_key(text);
            REQUIRE(parsed);
            CHECK(parsed->mainnet);
            if (const auto* const key = std::get_if<ExtendedPublicKey>(&parsed->key))
                CHECK(key->to_text(Network::Mainnet) == text);
            else
                CHECK(std::get<ExtendedPrivateKey>(parsed->key).to_text(Network::Mainnet).text() == text);
        }
    }
}

TEST_CASE("extended key: each of BIP 32's wrong keys is refused for its reason", "[wallet]") {
    for (const Refused& row : kRefused) {
        CAPTURE(row.reason, row.text);
        const auto parsed = parse_extended_key(row.text);
        REQUIRE_FALSE(parsed);
        CHECK(to_string(fault_of(parsed.error())) == to_string(row.fault));
    }
}

TEST_CASE("extended key: a public key derives what its private key derives", "[wallet]") {
    const ExtendedPrivateKey parent = key_at(kSeed2, "m/0/7'");
    for (const std::uint32_t index : {0U, 1U, 1000U, kLastIndex}) {
        const auto by_public = parent.to_public().child(normal(index));
        REQUIRE(by_public);
        CHECK(*by_public == parent.child(normal(index))->to_public());
    }
}

TEST_CASE("extended key: a public key has no hardened children", "[wallet]") {
    const auto child = key_at(kSeed1, "m").to_public().child(hardened(0));
    REQUIRE_FALSE(child);
    CHECK(fault_of(child.error()) == Fault::CannotDeriveFromHardenedKey);
    CHECK(fault_of(key_at(kSeed1, "m").to_public().child(wide(kA1, true)).error()) ==
          Fault::CannotDeriveFromHardenedKey);
}

TEST_CASE("extended key: a child number above the largest is refused", "[wallet]") {
    const ExtendedPrivateKey key = key_at(kSeed1, "m");
    CHECK(fault_of(key.child(normal(kLastIndex + 1)).error()) == Fault::InvalidChildNumber);
    CHECK(fault_of(key.to_public().child(normal(kLastIndex + 1)).error()) == Fault::InvalidChildNumber);
}

TEST_CASE("extended key: a seed has 16 to 64 bytes", "[wallet]") {
    CHECK(fault_of(ExtendedPrivateKey::master(Bytes(15)).error()) == Fault::InvalidSeedLength);
    CHECK(ExtendedPrivateKey::master(Bytes(16)));
    CHECK(ExtendedPrivateKey::master(Bytes(64)));
    CHECK(fault_of(ExtendedPrivateKey::master(Bytes(65)).error()) == Fault::InvalidSeedLength);
}

TEST_CASE("extended key: children with 256-bit numbers are those of DIP-14", "[wallet]") {
    const ExtendedPrivateKey master = dip14_master();
    const auto first = master.child(wide(kA1, false)).value();
    CHECK(secret_of(first) == "f6a95ae75ea8362d9478932f71b262b3d981918fe030316686a475dea4889938");
    const auto second = first.child(wide(kA2, true)).value();
    CHECK(secret_of(second) == "b898ad92d3a0698bc3117d3777d82676673816ce52f4fc2f1263a2f676825f90");
    const auto last = second.child(wide(kA3, false)).value().child(normal(0)).value();
    CHECK(secret_of(last) == "e8781fdef72862968cd9a4d2df34edaf9dcc5b17629ec505f0d2d1a8ed6f9f09");
    const auto contact = master.derive(parse_path("m/9'/5'/15'/0'").value()).value();
    const auto leaf =
        contact.child(wide(kB1, true)).value().child(wide(kB2, true)).value().child(normal(0)).value();
    CHECK(secret_of(leaf) == "fac40790776d171ee1db90899b5eb2df2f7d2aaf35ad56f07ffb8ed2c57f8e60");
}

TEST_CASE("extended key: a 256-bit number below 2^32 is the child of BIP 32", "[wallet]") {
    const ExtendedPrivateKey key = key_at(kSeed1, "m");
    WideChildNumber seven;
    seven.index[31] = 7;
    CHECK(key.child(seven)->to_public() == key.child(normal(7))->to_public());
    seven.hardened = true;
    CHECK(key.child(seven)->to_public() == key.child(hardened(7))->to_public());
    WideChildNumber top;
    top.index[28] = 0x80;
    CHECK(key.child(top)->to_public() == key.child(hardened(0))->to_public());
}

TEST_CASE("extended key: the text of a 256-bit child reads back, private and public", "[wallet]") {
    const auto child = dip14_master().child(wide(kA1, false)).value();
    for (const Network network : {Network::Mainnet, Network::Testnet}) {
        const std::string_view start = is_mainnet(network) ? "dpm" : "dpt";
        const std::string open = child.to_public().to_text(network);
        CHECK(open.starts_with(std::string(start) + "p"));
        CHECK(std::get<ExtendedPublicKey>(parse_extended_key(open)->key) == child.to_public());
        const SecretBytes closed = child.to_text(network);
        CHECK(closed.text().starts_with(std::string(start) + "s"));
        const auto again = parse_extended_key(closed.text());
        CHECK(std::get<ExtendedPrivateKey>(again->key).to_public() == child.to_public());
    }
}

TEST_CASE("extended key: a private key prints as hidden", "[wallet]") {
    CHECK(fmt::format("{}", key_at(kSeed1, "m").secret()) == "(hidden)");
    CHECK(fmt::format("{}", key_at(kSeed1, "m").to_text(Network::Mainnet)) == "(hidden)");
}
