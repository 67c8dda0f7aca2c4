#include "wallet/accounts.hpp"

#include <catch2/catch.hpp>

#include "tests/wallet/wallets.hpp"
#include "wallet/address_pool.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

struct Leaf {
    std::string_view path, key, hash, address;
};
constexpr Leaf kDash[] = {
    {"m/44'/5'/0'/0/0", "026fa9a6f213b6ba86447965f6b4821264aaadd7521f049f00db9c43a770ea7405",
     "8a4f58c222cd5544c527bc66925652baa70b5e80", "XoJA8qE3N2Y3jMLEtZ3vcN42qseZ8LvFf5"},
    {"m/44'/5'/0'/0/1", "038f34569f115a9b6d5f4dc7d1150b396e2413b904c68a64d918ba54f37da38f22",
     "0a38ec3f3cc4c169c295ddb037c31c63bf2fa391", "XbctnEsgWTn5j1co3emZynemxSFPqkLRKZ"},
    {"m/44'/5'/0'/0/2", "038a14f25d33e9cc0a1da881db36b20b284e2370e9d81b6397e23358bd194393dc",
     "1ba5b7c9540c28ae5a8df14f13869a492f9023f9", "XdD2biTJ3saZtcR6ravwJ9bvmkvmDq49Xg"},
    {"m/44'/5'/0'/1/0", "02bd7b0ae9a8a0e67f82891d92545433e1b37074ab0bf5867b977f8c70b00f2867",
     "265a7d4ef63d643548a599c8fa53a0d9ef3fdca4", "XeBdurzVrhrFtgqf9SxzQqvhHodb53njW4"},
    {"m/44'/5'/0'/1/1", "025221e1a88cb01062c5c5861422f387465dfe5768d28adf8cb7591b6414688b5f",
     "86d444b51b372a48f149b7b87e94cc78d6e0e9e4", "XnykfdCWrHENs8aH8X59RLZAn15VAP1cPB"},
    {"m/44'/1'/0'/0/0", "02a7451395735369f2ecdfc829c0f774e88ef1303dfe5b2f04dbaab30a535dfdd6",
     "3a2d4145a4f098523b3e8127f1da87cfc55b8e79", "yRd4FhXfVGHXpsuZXPNkMrfD9GVj46pnjt"},
    {"m/44'/1'/0'/0/1", "03589ae7c835ce76e23cf8feb32f1adf4a7f2ba0ed2ad70801802b0bcd70e99c1c",
     "d3c0870e8e13a9ec320f1280889127aa15a4c0a1", "yfd64jEpzzTLrHnR1wq3iiYXh68AiU8mcw"},
    {"m/44'/1'/0'/0/2", "03be3878cb32ea37037b6d906ca8dfadc8bf511305194e24093379e19ea8fce04e",
     "4c2e2bf28069045a8eb627c839ff2306b73bba30", "yTGFWr27HBYsb8tkLbGdxLxuKbspamdbnG"},
    {"m/44'/1'/0'/0/9", "", "", "yTMS4GQpdy28ta4SZysp1C7fnZy1oqyBzc"},
    {"m/44'/1'/0'/0/99", "", "", "yNN2WM9LoiMkaLHwYo5fayWsrrAUSSb9YK"},
    {"m/44'/1'/0'/0/999", "", "", "yixSvnzKNiU7maoJuAFzb1pf94BaQXKJJJ"},
    {"m/44'/1'/0'/0/9999", "", "", "yhggZApNjnfB3YsnFQV9nfQhSqkDonJDMQ"},
    {"m/44'/1'/0'/1/0", "0320282ac6b3782721b1742c294530a9f250413361abbff659acc8352bc4c1f3f1",
     "1cb73920b5ac38f460e38deb684b9c4a408ff3c0", "yNwHG9D2rnrJRQ8j7TG6xnWfbr8D634HeM"},
};

struct PlatformKey {
    std::string_view path, secret, key, hash, mainnet, testnet;
};
constexpr PlatformKey kMainnetKeys[] = {
    {"m/9'/5'/17'/0'/0'/0", "6bca392f43453b7bc33a9532b69221ce74906a8815281637e0c9d0bee35361fe",
     "03de102ed1fc43cbdb16af02e294945ffaed8e0595d3072f4c592ae80816e6859e",
     "f7da0a2b5cbd4ff6bb2c4d89b67d2f3ffeec0525", "dash1krma5z3ttj75la4m93xcndna9ullamq9y5e9n5rs",
     "tdash1krma5z3ttj75la4m93xcndna9ullamq9y5fzq2j7"},
    {"m/9'/5'/17'/0'/0'/1", "eef58ce73383f63d5062f281ed0c1e192693c170fbc0049662a73e48a1981523",
     "02269ff766fcd04184bc314f5385a04498df215ce1e7193cec9a607f69bc8954da",
     "a5ff0046217fd1c7d238e3e146cc5bfd90832a7e", "dash1kzjl7qzxy9lar37j8r37z3kvt07epqe20ckxfezw",
     "tdash1kzjl7qzxy9lar37j8r37z3kvt07epqe20cxp68nq"},
    {"m/9'/5'/17'/0'/1'/0", "cc05b4389712a2e724566914c256217685d781503d7cc05af6642e60260830db",
     "0317a3ed70c141cffafe00fa8bf458cec119f6fc039a7ba9a6b7303dc65b27bed3",
     "6d92674fd64472a3dfcfc3ebcfed7382bf699d7b", "dash1kpkeye606ez89g7lelp7hnldwwpt76va0v3j6x28",
     "tdash1kpkeye606ez89g7lelp7hnldwwpt76va0vp4fcmf"},
};

constexpr PlatformKey kTestnetKeys[] = {
    {"m/9'/1'/17'/0'/0'/0", "", "02d420ae8d15ece8f1d8cd7d33d5ba91262606774c2e9436bc9bee009c7d930714",
     "932d258308bba7f35b2f153b8acbbe49a3b3d802", "", "tdash1kzfj6fvrpza60u6m9u2nhzkthey68v7cqg2u9ymk"},
    {"m/9'/1'/17'/0'/0'/1", "", "03343c1ed85da18ef453c3220b75cca6f1e441734bff8c4fb8488363ccdcc6fc1f",
     "df9d5c993ab48db5227f976ca32ad93856c08b27", "", "tdash1kr0e6hye826gmdfz07tkege2myu9dsytyu0ws8c7"},
    {"m/9'/1'/17'/0'/0'/2", "", "025c6cf29128f91bc7ad054bd8415e3d538910b13a4363caa421fdb39bb880a589",
     "154ed00e96be04e740d38c335740fedb526d1329", "", "tdash1kq25a5qwj6lqfe6q6wxrx46qlmd4ymgn9yyxpyau"},
    {"m/9'/1'/17'/0'/0'/9999", "", "", "", "", "tdash1kpx9u67g9qg3gc58ghht8wnan25j8jl2zvwngxqu"},
    {"m/9'/1'/17'/0'/1'/0", "", "020cf5fca207d5e0086b81facbcc5601e37e043b5852ed540b0f89fca2f3be5fce",
     "15c774d6075c0f3f463370321b6edfad61cea991", "", "tdash1kq2uwaxkqawq706xxdcryxmwm7kkrn4fjy2mnf4x"},
};

struct AccountKey {
    std::string_view path, open, closed;
};
constexpr AccountKey kAccountKeys[] = {
    {"m/9'/5'/17'/0'/0'",
     "xpub6FevKUTsHuMwZmumCETpZSSiK2bfW8gyb7kUAPs9Gep7SeskR2DPuaYoKo7vhLC99TMyfnUuyDjsWawjMvfbHvLLG6g9JLf1mjo"
     "zFk9PUYz",
     "xprvA2fZuxvyTXoeMHqJ6CvpCJVykzmB6fy8DtpsN1TXiKH8ZrYbsUu9MnEKUWPRoanoLgghWXsdQWToL5kH2f48LFanR3StFeWvWhB"
     "RHok7Mov"},
    {"m/9'/1'/17'/0'/0'",
     "tpubDG6jayPw9wTbuddgGK7nU9Nb3YbpDNst2PKSRsEbwpoJLW8pavG6JjgSgwwBVUj2G9CvL3F3QKDYk6BinC4YwaYQ48dmGCdkrz5"
     "K17BviFA",
     "tprv8jQhSZMh1Zmw2AbtNfTC4jiUUX5t43gyT5if9MCJXYzuW1t3xXSW8F4aWqhGrCHqLt82irRqw3vGJRE74UeLddsa5S29ejiRGUh"
     "t9xV4oYM"},
    {"m/44'/5'/0'",
     "xpub6CYEjsU6zPM3sADS2ubu2aZeGxCm3C5KabkCpo4rkNbXGAH9M7rRUJ4E5CKiyUddmRzrSCopPzisTBrXkfCD4o577XKM9mzyZtP"
     "1Xdbizyk",
     "xprv9yYtLMwDA1nkeg8xvt4tfScuivNGdjMUDNpc2QfFC34YPMwzoaYAvVjkDvJ1APVeGMJnbJ6gPZMq4G7UfExoP5PpAS3UCF9utje"
     "Wa5eXq23"},
    {"m/44'/1'/0'",
     "tpubDC5FSnBiZDMmhiuCmWAYsLwgLYrrT9rAqvTySfuCCrgsWz8wxMXUS9Tb9iVMvcRbvFcAHGkMD5Kx8koh4GquNGNTfohfk7pgjha"
     "PCdXpoba",
     "tprv8fPDJN9UQqg6pFsQsrVxTwHZmXLvHpfGGcsCA9rtnatUgVtBKxhtFeqiyaYKSWydunKpjhvgJf6PwTwgirwuCbFq8YKgpQiaVJf"
     "3JCrNmkR"},
};

struct NodeKey {
    std::string_view path, secret, key, id, address;
};
constexpr NodeKey kNodes[] = {
    {"m/9'/5'/3'/4'/0'", "5fa238b12be77347abf9b5957bd902d16c6aaca28d25c4267ffacbd7458dceb1",
     "3130c14339391cf26a68d86879e180ee9a16b660f5aa91f560f67c0abe8cf789",
     "302f2615e6955cce8ed3cff81e8011bfd3a2991f", "Xf5ckR3gu7oPfMVANJdU2REwPxzJk7FpNN"},
    {"m/9'/5'/3'/4'/1'", "96c59d46a51b7aa5d97efc56b71ce2a32173d8757bdd92ee3fa6a64f6d61d65d",
     "84405cad5143f3bfca2675f5ebb578c512fdb842b76f5d08386931d234db1630",
     "f6b1e5db843a3a2ccbaa483ece852ec1754c9538", "XyBFB1FjqgBmtU4gnvwPKihXvGU3o4ziM3"},
};

struct SolanaKey {
    std::uint32_t index;
    std::string_view secret, address;
};
constexpr SolanaKey kSolana[] = {
    {0, "ec252c5d95bcf80a4b22df119cedd4ae1aed07364578e8d43bdfa0435625dbd1",
     "GjJyeC1r2RgkuoCWMyPYkCWSGSGLcz266EaAkLA27AhL"},
    {1, "06085267446457382f2049036d0df78f6b3024d688bee1f4c9f65111a5780591",
     "ANf3TEKFL6jPWjzkndo4CbnNdUNkBk4KHPggJs2nu8Xi"},
    {2, "0001a1fcf0fb931a995b744cf101dada048f37650074836b6d9e2a549757c8db",
     "Ag74i82rUZBTgMGLacCA1ZLnotvAca8CLscXcrG6Nwem"},
    {3, "0ec787ea8e9a7ac2cff1c07ac0c44842dcb31a6acc66556cdd9b20fad4f9c289",
     "weCFpgyyyrzum6nA8XdmJXjDGDTXmG5P2DdgHv59hgQ"},
    {4, "16498955d59cfdd074b05b46d230d7dcc6be2c351039fa4102487ba0db9c84c5",
     "4w6V162fV7HJQNma7vZvxjunqmkie8hM2x1DqaFQqxqL"},
    {9, "", "Fxgi18gHSS64k3MaHwpeGrYckEpS78zGxRQtU8GeSA1V"},
    {99, "", "CqbBjsX4SdMo3Keivdhsy8dw7gud73Sne4xGZBeNyeq6"},
    {999, "", "GZAe5ETitTkoGSWhPdb2kkorHYczwrBvMWGdpgVt4Vh2"},
    {9999, "", "5J5Ye9aSdsQ6PKfN63GnuZX29b8xvH69YhbSFJLnMhf4"},
};

constexpr std::string_view kCookbook =
    "neither lonely flavor argue grass remind eye tag avocado spot unusual intact";
struct WalletForm {
    std::string_view words;
    std::uint32_t index;
    std::string_view address;
};
constexpr WalletForm kWalletForm[] = {
    {kAbandon, 0, "HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk"},
    {kAbandon, 1, "Hh8QwFUA6MtVu1qAoq12ucvFHNwCcVTV7hpWjeY1Hztb"},
    {kAbandon, 2, "7WktogJEd2wQ9eH2oWusmcoFTgeYi6rS632UviTBJ2jm"},
    {kCookbook, 0, "5vftMkHL72JaJG6ExQfGAsT2uGVHpRR7oTNUPMs68Y2N"},
    {kCookbook, 1, "GcXbfQ5yY3uxCyBNDPBbR5FjumHf89E7YHXuULfGDBBv"},
    {kCookbook, 2, "7QPgyQwNLqnoSwHEuK8wKy2Y3Ani6EHoZRihTuWkwxbc"},
};

Network network_of(std::string_view path) {
    return path.find("/1'/") < 6 ? Network::Testnet : Network::Mainnet;
}

KeyBytes bytes_of(const CompressedKey& key) {
    return {.type = KeyType::Ecdsa, .bytes = Bytes(key.begin(), key.end())};
}

}  // namespace

TEST_CASE("accounts: Dash addresses at their paths are the known ones", "[wallet]") {
    const WalletSecret wallet = abandon();
    for (const Leaf& leaf : kDash) {
        CAPTURE(leaf.path);
        const Path path = parse_path(leaf.path).value();
        const auto key = wallet.secp256k1(path).value().to_public().key();
        if (!leaf.key.empty()) CHECK(to_hex(key) == leaf.key);
        if (!leaf.hash.empty()) CHECK(to_hex(hash160(key)) == leaf.hash);
        CHECK(encode_address(AddressType::P2pkh, network_of(leaf.path), bytes_of(key))->text == leaf.address);
    }
}

TEST_CASE("accounts: a standard account's chains are pools of those addresses", "[wallet]") {
    for (const Leaf& leaf : kDash) {
        CAPTURE(leaf.path);
        const Path path = parse_path(leaf.path).value();
        const bool change = path[3].index == 1;
        const Account account =
            dash_standard(network_of(leaf.path), 0, change ? PoolType::Internal : PoolType::External);
        AddressPool pool = AddressPool::make_empty(account.pool).value();
        const auto info = pool.generate_address(path[4].index, source_of(account), false);
        REQUIRE(info);
        CHECK(info->address == leaf.address);
        CHECK(to_string(info->path) == leaf.path);
    }
}

TEST_CASE("accounts: platform keys and addresses at their paths are the known ones", "[wallet]") {
    const WalletSecret wallet = abandon();
    const auto check = [&wallet](const PlatformKey& row, Network network) {
        CAPTURE(row.path);
        const auto key = wallet.secp256k1(parse_path(row.path).value()).value();
        if (!row.secret.empty()) CHECK(to_hex(key.secret().view()) == row.secret);
        if (row.key.empty()) return;
        CHECK(to_hex(key.to_public().key()) == row.key);
        CHECK(to_hex(hash160(key.to_public().key())) == row.hash);
        const auto text =
            encode_address(AddressType::PlatformP2pkh, network, bytes_of(key.to_public().key()));
        CHECK(text->text == (is_mainnet(network) ? row.mainnet : row.testnet));
    };
    for (const PlatformKey& row : kMainnetKeys) {
        check(row, Network::Mainnet);
        check(row, Network::Testnet);
    }
    for (const PlatformKey& row : kTestnetKeys) check(row, Network::Testnet);
}

TEST_CASE("accounts: an index far out in a platform account has its known address", "[wallet]") {
    const Account account = dash_platform(Network::Testnet, 0);
    AddressPool pool = AddressPool::make_empty(account.pool).value();
    CHECK(pool.generate_address(9999, source_of(account), false)->address ==
          "tdash1kpx9u67g9qg3gc58ghht8wnan25j8jl2zvwngxqu");
    CHECK(pool.highest_generated() == std::nullopt);
}

TEST_CASE("accounts: account keys as text, and pools on them alike for private and public", "[wallet]") {
    const WalletSecret wallet = abandon();
    for (const AccountKey& row : kAccountKeys) {
        CAPTURE(row.path);
        const Network network = row.open.starts_with("xpub") ? Network::Mainnet : Network::Testnet;
        const auto key = wallet.secp256k1(parse_path(row.path).value()).value();
        CHECK(key.to_public().to_text(network) == row.open);
        CHECK(key.to_text(network).text() == row.closed);
        const KeySource open(std::get<ExtendedPublicKey>(parse_extended_key(row.open)->key));
        const KeySource closed(
            std::get<ExtendedPrivateKey>(parse_extended_key(row.closed).value().key).derive({}).value());
        CHECK(open.watch_only());
        CHECK_FALSE(closed.watch_only());
        CHECK(open.fingerprint() == closed.fingerprint());
        PoolConfig config = dash_standard(network, 0).pool;
        config.gap_limit = 3;
        const auto by_public = AddressPool::make(config, {}, open).value();
        const auto by_private = AddressPool::make(config, {}, closed).value();
        CHECK(by_public.serialize() == by_private.serialize());
    }
}

TEST_CASE("accounts: masternodes have ed25519 keys and node ids", "[wallet]") {
    const Account account = dash_platform_nodes(Network::Mainnet);
    const auto pool = AddressPool::make(account.pool, {}, source_of(account)).value();
    for (std::uint32_t i = 0; i < std::size(kNodes); ++i) {
        const NodeKey& row = kNodes[i];
        const auto key = abandon().ed25519(parse_path(row.path).value()).value();
        CHECK(to_hex(key.secret().view()) == row.secret);
        CHECK(to_hex(key.public_key().bytes) == row.key);
        const AddressInfo& info = *pool.info_at_index(i);
        CHECK(info.address == row.address);
        CHECK(to_hex(info.script_pubkey) == fmt::format("76a914{}88ac", row.id));
        CHECK(to_string(info.path) == row.path);
    }
}

TEST_CASE("accounts: Solana deposit addresses are the known ones; a leading zero of a secret stays",
          "[wallet]") {
    const Account account = solana_deposits();
    const KeySource source = source_of(account);
    AddressPool pool = AddressPool::make_empty(account.pool).value();
    for (const SolanaKey& row : kSolana) {
        CAPTURE(row.index);
        CHECK(pool.generate_address(row.index, source, false)->address == row.address);
        CHECK(source.signer(pool.leaf_path(row.index))->public_key().to_string() == row.address);
        if (row.secret.empty()) continue;
        const auto key = abandon().ed25519({hardened(44), hardened(501), hardened(row.index)}).value();
        CHECK(to_hex(key.secret().view()) == row.secret);
    }
    CHECK(abandon().ed25519(account.path)->public_key().to_string() ==
          "D2PPQSYFe83nDzk96FqGumVU8JA7J8vj2Rhjc2oXzEi5");
}

TEST_CASE("accounts: Solana wallets of people have their own addresses", "[wallet]") {
    for (const WalletForm& row : kWalletForm) {
        const Account account = solana_wallet();
        AddressPool pool = AddressPool::make_empty(account.pool).value();
        const auto info = pool.generate_address(row.index, source_of(account, row.words), false);
        CHECK(info->address == row.address);
        CHECK(to_string(info->path) == fmt::format("m/44'/501'/{}'/0'", row.index));
    }
}

TEST_CASE("accounts: each stands at its path, with its gap limit", "[wallet]") {
    const auto at = [](const Account& account) {
        return fmt::format("{} {} {}", to_string(account.path), to_string(account.pool.type),
                           account.pool.gap_limit);
    };
    using enum SpecialAccount;
    CHECK(at(dash_standard(Network::Mainnet, 7)) == "m/44'/5'/7' external 30");
    CHECK(at(dash_standard(Network::Regtest, 7, PoolType::Internal)) == "m/44'/1'/7' internal 30");
    CHECK(at(dash_bip32(Network::Mainnet, 2)) == "m/2' external 30");
    CHECK(at(dash_coin_join(Network::Mainnet, 1)) == "m/9'/5'/4'/1' external 100");
    CHECK(at(dash_platform(Network::Testnet, 3, 1)) == "m/9'/1'/17'/3'/1' absent 20");
    CHECK(at(dash_platform_nodes(Network::Mainnet)) == "m/9'/5'/3'/4' absent_hardened 5");
    CHECK(at(dash_special(Network::Mainnet, IdentityRegistration)) == "m/9'/5'/5'/1' absent 5");
    CHECK(at(dash_special(Network::Mainnet, IdentityTopUp)) == "m/9'/5'/5'/2' absent 5");
    CHECK(at(dash_identity_top_up(Network::Mainnet, 4)) == "m/9'/5'/5'/2'/4' absent 5");
    CHECK(at(dash_special(Network::Mainnet, IdentityInvitation)) == "m/9'/5'/5'/3' absent 5");
    CHECK(at(dash_special(Network::Mainnet, AddressTopUp)) == "m/9'/5'/5'/4' absent 5");
    CHECK(at(dash_special(Network::Mainnet, ShieldedTopUp)) == "m/9'/5'/5'/5' absent 5");
    CHECK(at(dash_special(Network::Testnet, MasternodeVoting)) == "m/9'/1'/3'/1' absent 5");
    CHECK(at(dash_special(Network::Testnet, MasternodeOwner)) == "m/9'/1'/3'/2' absent 5");
    CHECK(at(solana_deposits()) == "m/44'/501' absent_hardened 20");
}
