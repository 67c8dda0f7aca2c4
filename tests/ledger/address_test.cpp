#include "ledger/address.hpp"

#include <catch2/catch.hpp>

#include "ledger/environment.hpp"

using namespace dz;
using namespace dz::ledger;

namespace {

constexpr PublicKey kA = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi"_key;  // 32 times 0x01
constexpr PublicKey kB = "8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR"_key;  // 32 times 0x02
const Ipv4 kIp{0x01020304};

Address at(std::string_view key, std::uint8_t bump) {
    return {PublicKey::parse(key).value(), bump};
}

}  // namespace

TEST_CASE("addresses: the singletons of mainnet-beta are where the network has them", "[ledger]") {
    const Addresses a((*find_environment("mainnet-beta"))->serviceability);
    CHECK(a.global_state() == at("9krR83okkMCRqtmtJ2uLVmgfXyGfD1h7tEo2Q2wsqXjs", 255));
    CHECK(a.global_config() == at("7jiLhZvcERnAPKnobALqAKGZwe7BR23cUYvrkZCgp5Sy", 254));
    CHECK(a.program_config() == at("AygqqJuwTuG8RQ3x1mT8jXcug3dbQKCLyXCKjC1yrxWD", 255));
    CHECK(a.device_tunnel_block() == at("6hFvRVBHEYMmgT53Noi62bvaMVdbsEE8uvRoM99o2tkT", 254));
    CHECK(a.user_tunnel_block() == at("861RqnTa5Uf5Z9VzMASnM3DKDVmxzhQXeXwM4MEXJWN9", 253));
    CHECK(a.multicast_group_block() == at("72yxnEZP2kjsH21EzmUuzjvUY3kDbuzQczATNfSkC3th", 255));
    CHECK(a.multicast_publisher_block() == at("cToKxcDh7Pvh1evysxbEAzMdNFBSvs1co2ykiQ8FdZc", 255));
    CHECK(a.link_ids() == at("9b95NFe89xXGZ8BLBbhftAnFu9TqeHspeb9m3nqPxeZv", 253));
    CHECK(a.segment_routing_ids() == at("39PdDxCtReTaYqwFjyiuTHc2dMkvGtCFSx7r3Ddyni1R", 253));
    CHECK(a.vrf_ids() == at("2YaWqKCz6bWtGJzrqbFiX8pAcqNm5WvoXg3aRTHKwhEo", 254));
    CHECK(a.admin_group_bits() == at("LVNbBYcTFXWXFxdrrST8nnz9y9TSTjwoKfNx3SCVT5d", 254));
}

TEST_CASE("addresses: the singletons of testnet are where the network has them", "[ledger]") {
    const Addresses a((*find_environment("testnet"))->serviceability);
    CHECK(a.global_state() == at("5cNB1387r3wt3aBAT1uoTge7y1LAadWkC9DFQ3F89Dt6", 255));
    CHECK(a.global_config() == at("8uA3su1WQPXvnhN5DhNueXrmizA8CY7dE5sj1vXkAWnf", 254));
    CHECK(a.program_config() == at("64GnM7vWSr7PJkqaeiVV7HMxs8o3WjsBcRvm1j75BcAE", 255));
    CHECK(a.device_tunnel_block() == at("2gm2FafQ11ajLmmZJeB6vteaEKVjdou2AUVE7yjm9BhR", 253));
    CHECK(a.user_tunnel_block() == at("3gKUKHLAryXfTawHH2snex7bFwaNymwkWWru5tJoeGzy", 250));
    CHECK(a.multicast_group_block() == at("DYnA7cVJkQPPMxwH9jeJA9U3paLfG7QnjGwZnS2BpyG5", 255));
    CHECK(a.multicast_publisher_block() == at("BAcwQs5EgVCv96tfQakni6q9j4HcWmJDAq4jYnZKMUw3", 255));
    CHECK(a.link_ids() == at("HQwLPoFXjsAkUNeaWhpjtpVuzQ1eUG5GnHbHHM3ZkoCV", 255));
    CHECK(a.segment_routing_ids() == at("FSfrw4C9s8N89i3wagCatKzCq1UQmmRhrnGa2ESiy5YF", 252));
    CHECK(a.vrf_ids() == at("9QjMRueiGuesmsKocj4NYFyS346UKS73w3spAJWZZYtU", 253));
    CHECK(a.admin_group_bits() == at("Aikvsw326t1CYjHZDSQz7ANJE4hB4AVsyhEFQACwLPFz", 252));
}

TEST_CASE("addresses: the singletons of devnet are where the network has them", "[ledger]") {
    const Addresses a((*find_environment("devnet"))->serviceability);
    CHECK(a.global_state() == at("Fh2p5sDLwsmAWpmmjM14FqRKYkDgRWCBbpa7Mgrv6iGM", 255));
    CHECK(a.global_config() == at("8TXwVgWNcg49cbKdFWtPvuQxYTZDuQU9Ei38zswGPnJh", 255));
    CHECK(a.program_config() == at("14MFRMJ2smurwWKXCdDVTmZ3cB5wguP94PprpwhUfZjW", 254));
    CHECK(a.device_tunnel_block() == at("8VKWMQw5hPFVxrJR5YVWM18HkUtEei61p5f1YdmGdzRr", 255));
    CHECK(a.user_tunnel_block() == at("AG6Xp2X22Mz3fbQ98HtTMdxgNh7UKwotUBpTWbomDFtN", 251));
    CHECK(a.multicast_group_block() == at("Cb3RgQj8upBG26uTS2NTC1CqnHuKv88aZ8zq3sre8Jdi", 252));
    CHECK(a.multicast_publisher_block() == at("7gDsdpKyhwnQpYtybQerja6yT721Pjnu5DB8uTRwnJNV", 254));
    CHECK(a.link_ids() == at("DifTSPVoe4GF3AXBHF4NCdjWRpUAkJQVpqJSZL37Zc2v", 253));
    CHECK(a.segment_routing_ids() == at("4pi7ZLVEEBrp9XtCUzyVcUHPuy7G4zRGptgihqzRv3dy", 255));
    CHECK(a.vrf_ids() == at("ERJanKwoUG4adDXDCxdMmLvYMA3Jh251T4Jo3isbsf3h", 255));
    CHECK(a.admin_group_bits() == at("Dx15hqXnPBTPmFkLAmCi11XUqFU6yENSng4nrmRMYEVW", 255));
}

TEST_CASE("addresses: the singletons of local are where the network has them", "[ledger]") {
    const Addresses a((*find_environment("local"))->serviceability);
    CHECK(a.global_state() == at("BDyMLcbs3S9MaaSKhcshb5HHfV9j8kwhgmfFR4ULb8Be", 255));
    CHECK(a.global_config() == at("Bwyq7Q25F8DF2HS6UKrd8xEWq6LZu1y7s9m6FtViuvHX", 253));
    CHECK(a.program_config() == at("FHN1ipPzVqhQY67VzNRdZCwZfsF5QAG5de8zXwFuaMeK", 255));
    CHECK(a.device_tunnel_block() == at("E8vVtNPprWuoL5s7FXyvqFt6tQWLJzz3aPbgSA8ZgXv1", 254));
    CHECK(a.user_tunnel_block() == at("ANtBebiTFod3yvfk1ZPp56p7ev67cgRmjBdSRH1TvkmA", 254));
    CHECK(a.multicast_group_block() == at("Fa1rRhC1o78tDxs1avqoqFCK61458SqBbEv1LAU97bbc", 255));
    CHECK(a.multicast_publisher_block() == at("FVwn9KUhhB6dmmJH562YsjMYnG1K5Js51Pc5Qf7yavux", 254));
    CHECK(a.link_ids() == at("9nZ9fs64ivDkKrno8X1mfuSZvHBsM1nQBpQPm7srFRjB", 254));
    CHECK(a.segment_routing_ids() == at("HDjj5YL6g5jQXcCgFhS97iRsFrJJ8WJ3sdChgMFMyrWa", 255));
    CHECK(a.vrf_ids() == at("GprFSdr8H1hcoyCAUbtzM86gGk67zLLtRZAUwZDQ5MCk", 251));
    CHECK(a.admin_group_bits() == at("BaFHhk1hgE7TZJTBdLpPxQoH13DE7bQ3PDgFEXdyUw8b", 255));
}
TEST_CASE("addresses: every kind of account is derived from its own seeds", "[ledger]") {
    const Addresses a((*find_environment("local"))->serviceability);
    CHECK(a.location(7) == at("ETxAPdPrpfprntzBhZwKRyUXCtczhn5yMofVEbyxNJRC", 253));
    CHECK(a.exchange(7) == at("DWydMDaCqXZqaacGGhKbrFCda97w9GVkqFkSAKvDNatQ", 250));
    CHECK(a.contributor(7) == at("8fqgrUzj5ZtCoPtMtPXNCsCj8zHTGJydA9WHzaj4cVYr", 253));
    CHECK(a.device(7) == at("BfZ6T3AfXU8Ype3VTW6DMgiDEHZTUgcG62f5Xhh2GMZq", 255));
    CHECK(a.link(7) == at("7g1PqTYswVETEuKGCcwWWZ6nQyLv1VcNowwJjAfrTS7B", 255));
    CHECK(a.multicast_group(7) == at("6VqqEFvfrQuQ9qvwafcCp8FRhqF2HwLRXNdXBDwJFxb6", 254));
    CHECK(a.user_by_index(7) == at("H1KCarR9bhogqk7v3yVtd8UFrwesfMgizzLi4TL8qkxx", 255));
    CHECK(a.user(kIp, UserType::Ibrl) == at("GYmCsiH9bJ21S5C5iiDKAU8dq5E9ZEZvES36rouqJBaT", 255));
    CHECK(a.user(kIp, UserType::Multicast) == at("2GE6QS8gYPm4R9NpfJi3pdwWMLoH6Ljb9Q4cnvJ2ALLW", 255));
    CHECK(a.access_pass(kIp, kA) == at("5cosFCbiqv8Y3hSkYawa59hXa5gooN5goN4vMgWsLvCZ", 254));
    CHECK(a.access_pass({}, kA) == at("38meC9tBLEzn8YPzpPmyznbw61hEGaoTgxR9eBGRiPfT", 251));
    CHECK(a.tenant("acme") == at("8sAfHX9uA5ZpxJ5s2nNuDLw41oS2sjLLJAwHTUivg7Zm", 255));
    CHECK(a.permission(kA) == at("32KyYc7QCWfEN8EHu2Mj3YeKvERnwhG6bbQ9zMgbkXL4", 254));
    CHECK(a.feed("nyc1", kB) == at("FhTVFAyEvtNxngraQHQq8UBxR8EJRncx7FrkCkKxvFgt", 255));
    CHECK(a.topology("unicast-default") == at("Hdm9c2Lihqpv8vUZfY6SW34kSsAtkSJjzRtDWWs8QHFv", 254));
    CHECK(a.tunnel_ids(kA) == at("G8N8CcK623QHJSwNKNj4JVAEagqGwMfeVTD3t5oyjyjD", 255));
    CHECK(a.dz_prefix_block(kA, 0) == at("6t3U2pygujMQ8wHHPKuZUt9D5XJPHv7rjojDA6dcqacx", 255));
    CHECK(a.dz_prefix_block(kA, 1) == at("EW5rpArPoJj1HurERZkTbzdGrhcmdLjmbw7SD81KdYkG", 254));
    CHECK(a.seat_reservation(kA, kIp) == at("G1d1pPvQvYK7Btcop4zKY8sdgrSw377CzwDrsoYZJ4My", 254));
    CHECK(a.block_reservation(kA, kB) == at("7VRfnTPs81xfwYYNz99JCLKXG2Zipu9uHZj1Fgp7yT2h", 255));
    CHECK(a.index("device", "X1") == at("J5t8XMUjyni1mnrhhRT8UFXt8cdQSoqS8DMGQJaGhah4", 254));
}

TEST_CASE("addresses: topology names and index keys are found in any case", "[ledger]") {
    const Addresses a((*find_environment("local"))->serviceability);
    CHECK(a.topology("UNICAST-Default") == a.topology("unicast-default"));
    CHECK(a.index("device", "x1") == a.index("device", "X1"));
}

TEST_CASE("addresses: a code longer than a seed may be is an error", "[ledger]") {
    const Addresses a(kA);
    CHECK(a.tenant(std::string(32, 'x')));
    CHECK(a.tenant(std::string(33, 'x')).error().code == Errc::LimitExceeded);
    CHECK(a.index("device", std::string(33, 'x')).error().code == Errc::LimitExceeded);
}

TEST_CASE("addresses: more seeds than the ledger takes are an error", "[ledger]") {
    const std::vector<ByteView> seeds(16);
    CHECK(find_program_address(seeds, kA).error().code == Errc::LimitExceeded);
}
