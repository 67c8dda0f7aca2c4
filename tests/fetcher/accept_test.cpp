#include "fetcher/accept.hpp"

#include <catch2/catch.hpp>

#include "fetcher/read.hpp"
#include "tests/support/fake_network.hpp"

namespace dz::fetcher {
namespace {

using namespace test;
using ledger::KeyedAccount;
using ledger::Scope;

const ledger::PublicKey kConfig = key(100);
const TimePoint kNow{1000s};

template <class T>
KeyedAccount account(const ledger::PublicKey& key, const T& value) {
    KeyedAccount account{.key = key, .account = {}};
    account.account.data = ledger::encode(value);
    return account;
}

/// An answer with the global configuration and `users`.
Answer answer(std::uint64_t slot, std::vector<ledger::PublicKey> users = {kUser}, Scope scope = Scope::Mine) {
    std::vector<KeyedAccount> accounts = {account(kConfig, global_config())};
    for (const auto& key : users) accounts.push_back(account(key, user()));
    return make_answer(accounts, Slot{slot}, scope);
}

Judgement judge(const Answer& known, const Answer& next, const Doubt& doubt = {},
                const TrustRules& rules = {}, TimePoint now = kNow) {
    return accept({known.snapshot.get(), known.snapshot->slot()}, next, kClientIp, doubt, rules, now);
}

TEST_CASE("accept: the first answer counts, with users or without", "[fetcher]") {
    CHECK(accept({}, answer(5), kClientIp, {}, {}, kNow).verdict == Verdict::Accept);
    CHECK(accept({}, answer(5, {}), kClientIp, {}, {}, kNow).verdict == Verdict::Accept);
}

TEST_CASE("accept: an answer without the global configuration is refused, even as the first", "[fetcher]") {
    const auto empty = make_answer({}, Slot{9}, Scope::Catalogue);
    CHECK(accept({}, empty, kClientIp, {}, {}, kNow).verdict == Verdict::Refuse);
    CHECK(judge(answer(5), empty).verdict == Verdict::Refuse);
}

TEST_CASE("accept: a newer answer with our user replaces the old one", "[fetcher]") {
    CHECK(judge(answer(5), answer(6)).verdict == Verdict::Accept);
    CHECK(judge(answer(5), answer(5)).verdict == Verdict::Accept);
    CHECK(judge(answer(5), answer(0)).verdict == Verdict::Accept);  // the server did not say
}

TEST_CASE("accept: one answer that lacks our user does not count", "[fetcher]") {
    const auto judgement = judge(answer(5), answer(6, {}));
    CHECK(judgement.verdict == Verdict::Wonder);
    CHECK(judgement.reason == "user " + kUser.to_string() + " is missing from the answer");
    CHECK(judgement.doubt == Doubt{.times = 1, .first = Slot{6}, .older_since = {}});
}

TEST_CASE("accept: a user is gone when a second answer says so", "[fetcher]") {
    const auto first = judge(answer(5), answer(6, {}));
    CHECK(judge(answer(5), answer(6, {}), first.doubt).verdict == Verdict::Accept);
    CHECK(judge(answer(5), answer(7, {}), first.doubt).verdict == Verdict::Accept);
}

TEST_CASE("accept: with more confirmations wanted a newer slot is enough, the same one is not", "[fetcher]") {
    const TrustRules rules{.confirmations = 4};
    const auto first = judge(answer(5), answer(6, {}), {}, rules);
    const auto second = judge(answer(5), answer(6, {}), first.doubt, rules);
    CHECK(second.verdict == Verdict::Wonder);
    CHECK(judge(answer(5), answer(7, {}), second.doubt, rules).verdict == Verdict::Accept);
}

TEST_CASE("accept: an absence is forgotten when the user is back", "[fetcher]") {
    const auto first = judge(answer(5), answer(6, {}));
    const auto back = judge(answer(5), answer(7), first.doubt);
    CHECK(back.verdict == Verdict::Accept);
    CHECK(back.doubt == Doubt{});
}

TEST_CASE("accept: a user of another client is no concern of ours", "[fetcher]") {
    auto stranger = user();
    stranger.client_ip = ip("9.128.0.77");
    const auto known = make_answer({account(kConfig, global_config()), account(kOtherUser, stranger)},
                                   Slot{5}, Scope::Catalogue);
    CHECK(judge(known, answer(6, {}, Scope::Catalogue)).verdict == Verdict::Accept);
}

TEST_CASE("accept: a user of ours that cannot be decoded is not gone", "[fetcher]") {
    auto next = answer(6, {});
    next.undecodable = {kUser};
    CHECK(judge(answer(5), next).verdict == Verdict::Refuse);
    CHECK(judge(answer(5), next, {.times = 7, .first = Slot{1}, .older_since = {}}).verdict ==
          Verdict::Refuse);
}

TEST_CASE("accept: an older slot never overwrites a newer one", "[fetcher]") {
    const auto judgement = judge(answer(50), answer(49));
    CHECK(judgement.verdict == Verdict::Wonder);
    CHECK(judgement.reason == "the answer is of slot 49, older than 50");
}

TEST_CASE("accept: a ledger that stays older for minutes has been restarted", "[fetcher]") {
    const auto first = judge(answer(50), answer(7));
    CHECK(judge(answer(50), answer(8), first.doubt, {}, kNow + 299s).verdict == Verdict::Wonder);
    CHECK(judge(answer(50), answer(9), first.doubt, {}, kNow + 300s).verdict == Verdict::Accept);
    const auto between = judge(answer(50), answer(51), first.doubt, {}, kNow + 10s);
    CHECK(between.doubt == Doubt{});
}

TEST_CASE("accept: a catalogue that shrinks to less than half must be confirmed", "[fetcher]") {
    std::vector<ledger::PublicKey> many;
    for (std::uint8_t i = 0; i < 60; ++i) many.push_back(key(static_cast<std::uint8_t>(120 + i)));
    const std::vector few(many.begin(), many.begin() + 10);
    const auto known = answer(5, many, Scope::Catalogue);
    const auto next = answer(6, few, Scope::Catalogue);
    const auto first = accept({known.snapshot.get(), Slot{5}}, next, {}, {}, {}, kNow);
    CHECK(first.verdict == Verdict::Wonder);
    CHECK(accept({known.snapshot.get(), Slot{5}}, next, {}, first.doubt, {}, kNow).verdict ==
          Verdict::Accept);
}

TEST_CASE("accept: accounts are the same when only the slot differs", "[fetcher]") {
    CHECK(same_accounts(*answer(5).snapshot, *answer(6).snapshot));
    CHECK_FALSE(same_accounts(*answer(5).snapshot, *answer(5, {}).snapshot));
}

}  // namespace
}  // namespace dz::fetcher
