#include "fetcher/last_good.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_network.hpp"

namespace dz::fetcher {
namespace {

using namespace test;

LastGood sample() {
    LastGood sample{.program = kProgram,
                    .client_ip = kClientIp,
                    .slot = {77},
                    .read_at = WallTime{1'700'000'000s},
                    .accounts = {}};
    for (std::uint8_t i = 0; i < 3; ++i) {
        ledger::KeyedAccount account;
        account.key = key(i);
        account.account.data = Bytes(i, i);
        sample.accounts.push_back(account);
    }
    return sample;
}

TEST_CASE("last good: what is written reads back", "[fetcher]") {
    CHECK(decode_last_good(encode(sample())) == sample());
}

TEST_CASE("last good: a damaged file is an error, whatever the damage", "[fetcher]") {
    const auto good = encode(sample());
    for (std::size_t length = 0; length < good.size(); ++length)
        CHECK_FALSE(decode_last_good(good.substr(0, length)));
    const auto replaced = [&](std::string_view what, std::string_view with) {
        auto text = good;
        text.replace(text.find(what), what.size(), with);
        return text;
    };
    CHECK_FALSE(decode_last_good(replaced("9.128.0.5", "9.128.0")));
    CHECK_FALSE(decode_last_good(replaced("77", "-1")));
    CHECK_FALSE(decode_last_good(replaced("\"data\":\"\"", "\"data\":7")));
    CHECK_FALSE(decode_last_good(replaced("1700000000", "18446744073709551615")));
    CHECK_FALSE(decode_last_good(std::string(kMaxLastGoodBytes + 1, ' ')));
}

}  // namespace
}  // namespace dz::fetcher
