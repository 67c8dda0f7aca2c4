#include "ledger/subscriptions.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;

namespace {

const PublicKey kA = test::sample_key(1), kB = test::sample_key(2), kProgram = test::sample_key(3);
const AccountTopic kAccountA{kA}, kAccountB{kB};

/// The methods of requests, in order.
std::vector<std::string> methods(const std::vector<std::string>& requests) {
    std::vector<std::string> out;
    for (const auto& request : requests) out.push_back(json::parse(request).value()["method"]);
    return out;
}

std::string confirmation(int request, int id) {
    return fmt::format(R"({{"jsonrpc":"2.0","result":{},"id":{}}})", id, request);
}

constexpr std::string_view kAccountText =
    R"({"lamports":5,"data":["AQI=","base64"],"owner":"11111111111111111111111111111111","executable":false,"rentEpoch":0})";

std::string account_notification(int id, int slot, std::string_view account = kAccountText) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"accountNotification","params":{{"result":{{"context":{{"slot":{}}},"value":{}}},"subscription":{}}}}})",
        slot, account, id);
}

std::string program_notification(int id, int slot, const PublicKey& key) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"programNotification","params":{{"result":{{"context":{{"slot":{}}},"value":{{"pubkey":"{}","account":{}}}}},"subscription":{}}}}})",
        slot, key.to_string(), kAccountText, id);
}

/// Both accounts subscribed, as 71 and 72.
Subscriptions both() {
    Subscriptions subscriptions(Commitment::Confirmed);
    subscriptions.want({kAccountA, kAccountB});
    CHECK(subscriptions.take_requests().size() == 2);
    CHECK(subscriptions.on(confirmation(1, 71)));
    CHECK(subscriptions.on(confirmation(2, 72)));
    return subscriptions;
}

TEST_CASE("subscriptions: requests have the shape of Solana's PubSub", "[ledger]") {
    Subscriptions subscriptions(Commitment::Confirmed);
    subscriptions.want({kAccountA, ProgramTopic{kProgram, {.memcmp = {{4, {1, 2}}}, .data_size = {}}}});
    CHECK(
        subscriptions.take_requests() ==
        std::vector<std::string>{
            fmt::format(
                R"({{"jsonrpc":"2.0","id":1,"method":"accountSubscribe","params":["{}",{{"encoding":"base64","commitment":"confirmed"}}]}})",
                kA.to_string()),
            fmt::format(
                R"({{"jsonrpc":"2.0","id":2,"method":"programSubscribe","params":["{}",{{"encoding":"base64","commitment":"confirmed","filters":[{{"memcmp":{{"offset":4,"bytes":"5T"}}}}]}}]}})",
                kProgram.to_string())});
    CHECK(subscriptions.take_requests().empty());
}

TEST_CASE("subscriptions: complete when the server has confirmed all that is wanted", "[ledger]") {
    Subscriptions subscriptions(Commitment::Confirmed);
    subscriptions.want({kAccountA, kAccountB});
    CHECK_FALSE(subscriptions.complete());
    CHECK(subscriptions.on(confirmation(2, 72)));
    CHECK_FALSE(subscriptions.complete());
    CHECK(subscriptions.on(confirmation(1, 71)));
    CHECK(subscriptions.complete());
}

TEST_CASE("subscriptions: a notification is a change of the account that was subscribed to", "[ledger]") {
    auto subscriptions = both();
    const auto change = subscriptions.on(account_notification(72, 9));
    REQUIRE(change);
    REQUIRE(*change);
    CHECK((*change)->key == kB);
    CHECK((*change)->slot == Slot{9});
    CHECK((*change)->account.data == Bytes{1, 2});
    CHECK_FALSE(is_closed((*change)->account));
}

TEST_CASE("subscriptions: a program's notification names the account", "[ledger]") {
    Subscriptions subscriptions(Commitment::Confirmed);
    subscriptions.want({ProgramTopic{kProgram, {}}});
    CHECK(subscriptions.on(confirmation(1, 5)));
    const auto change = subscriptions.on(program_notification(5, 12, kA));
    REQUIRE(change);
    REQUIRE(*change);
    CHECK((*change)->key == kA);
    CHECK((*change)->slot == Slot{12});
}

TEST_CASE("subscriptions: an account without lamports and data is closed, and so is a null", "[ledger]") {
    auto subscriptions = both();
    const std::string_view empty =
        R"({"lamports":0,"data":["","base64"],"owner":"11111111111111111111111111111111"})";
    for (const std::string_view account : {empty, std::string_view("null")}) {
        const auto change = subscriptions.on(account_notification(71, 9, account));
        REQUIRE(change);
        REQUIRE(*change);
        CHECK(is_closed((*change)->account));
    }
}

TEST_CASE("subscriptions: only the difference is requested", "[ledger]") {
    auto subscriptions = both();
    const AccountTopic third{test::sample_key(9)};
    subscriptions.want({kAccountB, third});
    const auto requests = subscriptions.take_requests();
    CHECK(methods(requests) == std::vector<std::string>{"accountUnsubscribe", "accountSubscribe"});
    CHECK(json::parse(requests[0]).value()["params"] == json::Value::array({71}));
    CHECK_FALSE(subscriptions.complete());
    CHECK_FALSE(subscriptions.on(account_notification(71, 9)).value());
    CHECK(subscriptions.on(account_notification(72, 9)).value());
}

TEST_CASE("subscriptions: one that is no longer wanted when it is confirmed is ended then", "[ledger]") {
    Subscriptions subscriptions(Commitment::Confirmed);
    subscriptions.want({kAccountA});
    CHECK(subscriptions.take_requests().size() == 1);
    subscriptions.want({});
    CHECK(subscriptions.take_requests().empty());
    CHECK(subscriptions.complete());
    CHECK(subscriptions.on(confirmation(1, 71)));
    CHECK(methods(subscriptions.take_requests()) == std::vector<std::string>{"accountUnsubscribe"});
    CHECK(subscriptions.size() == 0);
}

TEST_CASE("subscriptions: one that is wanted again before it is confirmed is kept", "[ledger]") {
    Subscriptions subscriptions(Commitment::Confirmed);
    subscriptions.want({kAccountA});
    subscriptions.want({});
    subscriptions.want({kAccountA});
    CHECK(subscriptions.take_requests().size() == 1);
    CHECK(subscriptions.on(confirmation(1, 71)));
    CHECK(subscriptions.complete());
    CHECK(subscriptions.on(account_notification(71, 9)).value());
}

TEST_CASE("subscriptions: a new connection is asked for everything, and old numbers mean nothing",
          "[ledger]") {
    auto subscriptions = both();
    subscriptions.restart();
    CHECK_FALSE(subscriptions.complete());
    CHECK(subscriptions.take_requests().size() == 2);
    CHECK_FALSE(subscriptions.on(account_notification(71, 9)).value());
    CHECK(subscriptions.on(confirmation(1, 1)));  // of the old connection
    CHECK_FALSE(subscriptions.complete());
}

TEST_CASE("subscriptions: a refusal is an error in the server's words", "[ledger]") {
    Subscriptions subscriptions(Commitment::Confirmed);
    subscriptions.want({kAccountA});
    const auto refused =
        subscriptions.on(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}})");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::Rejected);
    CHECK(refused.error().text == "subscription refused: Method not found");
}

TEST_CASE("subscriptions: what is no PubSub message is an error", "[ledger]") {
    auto subscriptions = both();
    for (const std::string_view text :
         {"", "<html>", "[]", "17", R"({"method":"accountNotification"})", R"({"result":3})",
          R"({"method":"accountNotification","params":{"subscription":71}})",
          R"({"method":"accountNotification","params":{"subscription":71,"result":{"value":null}}})"})
        CHECK_FALSE(subscriptions.on(text));
}

TEST_CASE("subscriptions: notifications nobody asked for are passed over", "[ledger]") {
    auto subscriptions = both();
    const auto other =
        subscriptions.on(R"({"method":"slotNotification","params":{"result":{"slot":7},"subscription":3}})");
    REQUIRE(other);
    CHECK_FALSE(*other);
}

}  // namespace
