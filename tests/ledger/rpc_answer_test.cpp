#include "ledger/rpc_answer.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"
#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

json::Value value(std::string_view text) {
    return json::parse(text).value();
}

constexpr std::string_view kAccount =
    R"({"data":["AQID","base64"],"executable":false,"lamports":5,"owner":"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi","rentEpoch":18446744073709551615,"space":3})";

std::string program_answer(std::string_view result) {
    return R"({"jsonrpc":"2.0","result":)" + std::string(result) + R"(,"id":1})";
}

}  // namespace

TEST_CASE("rpc answer: a body is a result, an error, cut off or nonsense", "[ledger]") {
    CHECK(rpc_answer::result(R"({"jsonrpc":"2.0","id":1,"result":7})") == value("7"));
    CHECK(rpc_answer::result(R"({"jsonrpc":"2.0","id":1,"result":null})") == value("null"));
    CHECK(rpc_answer::result(R"({"jsonrpc":"2.0","id":1,"resu)").error().code == Errc::Truncated);
    CHECK(rpc_answer::result("").error().code == Errc::Truncated);
    CHECK(rpc_answer::result(R"({"id":1,,}  )").error().code == Errc::BadValue);
    CHECK(rpc_answer::result(R"({"id":1})").error().code == Errc::BadValue);
    CHECK(rpc_answer::result(R"({"error":{"code":-32602,"message":"bad param"}})").error() ==
          Error{Errc::Rejected, "bad param", -32602});
}

TEST_CASE("rpc answer: errors that pass are told from those that do not", "[ledger]") {
    const auto code = [](int number, const char* message) {
        return rpc_answer::server_error(json::Value{{"code", number}, {"message", message}}).code;
    };
    for (const int number : {-32005, -32004, -32429, 429, 503}) CHECK(code(number, "x") == Errc::Unavailable);
    for (const int number : {-32602, -32003, -32601, 0}) CHECK(code(number, "x") == Errc::Rejected);
    CHECK(code(-32000, "Too many requests from your IP") == Errc::Unavailable);
}

TEST_CASE("rpc answer: a failed trial run names the program's error", "[ledger]") {
    const Error error = rpc_answer::server_error(value(
        R"({"code":-32002,"message":"Transaction simulation failed","data":{"err":{"InstructionError":[2,{"Custom":20}]},"logs":[]}})"));
    CHECK(error.code == Errc::Rejected);
    CHECK(error.detail == 20);
    CHECK(error.text == "MaxUsersExceeded (20): the device has no free seat");
}

TEST_CASE("rpc answer: an HTTP status is an error of its own kind", "[ledger]") {
    CHECK(rpc_answer::http_error(503, "<html>").code == Errc::Unavailable);
    CHECK(rpc_answer::http_error(403, "forbidden\nhere").text == "HTTP status 403: forbidden here");
    CHECK(rpc_answer::http_error(403, "").code == Errc::Rejected);
    CHECK(rpc_answer::http_error(400, R"({"error":{"code":-32005,"message":"behind"}})").code ==
          Errc::Unavailable);
}

TEST_CASE("rpc answer: program accounts come with and without a context", "[ledger]") {
    const std::string entry = R"([{"pubkey":"8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR","account":)" +
                              std::string(kAccount) + "}]";
    const auto with =
        rpc_answer::program_accounts(program_answer(R"({"context":{"slot":9},"value":)" + entry + "}"));
    REQUIRE(with);
    CHECK(with->slot == Slot{9});
    REQUIRE(with->value.size() == 1);
    CHECK(with->value[0].key == sample_key(2));
    CHECK(with->value[0].account.data == Bytes{1, 2, 3});
    CHECK(with->value[0].account.owner == sample_key(1));
    CHECK(with->value[0].account.lamports == Lamports{5});
    CHECK(with->value[0].account.rent_epoch == 18446744073709551615U);

    const auto bare = rpc_answer::program_accounts(program_answer(entry));
    REQUIRE(bare);
    CHECK(bare->slot == Slot{0});
    CHECK(bare->value == with->value);
}

TEST_CASE("rpc answer: program accounts that are not what was promised are errors", "[ledger]") {
    const auto code = [](std::string_view body) { return rpc_answer::program_accounts(body).error().code; };
    CHECK(code("") == Errc::Truncated);
    CHECK(code(R"({"jsonrpc":"2.0","result":[{"pubk)") == Errc::Truncated);
    CHECK(code(R"({"error":{"code":-32005,"message":"behind"}})") == Errc::Unavailable);
    CHECK(code(program_answer("7")) == Errc::BadValue);
    CHECK(code(program_answer("[7]")) == Errc::BadValue);
    CHECK(code(program_answer(R"([{"pubkey":"1"}])")) == Errc::BadValue);
    CHECK(code(program_answer(R"({"context":{},"value":[]})")) == Errc::BadValue);
    CHECK(
        code(program_answer(
            R"([{"pubkey":"8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR","account":{"data":["!","base64"]}}])")) ==
        Errc::BadValue);
}

TEST_CASE("rpc answer: an account may be missing", "[ledger]") {
    const auto present =
        rpc_answer::account(value(R"({"context":{"slot":3},"value":)" + std::string(kAccount) + "}"));
    REQUIRE(present);
    CHECK(present->slot == Slot{3});
    CHECK(present->value->data == Bytes{1, 2, 3});
    const auto absent = rpc_answer::account(value(R"({"context":{"slot":3},"value":null})"));
    REQUIRE(absent);
    CHECK_FALSE(absent->value);
    CHECK_FALSE(rpc_answer::account(value(R"({"value":null})")));
}

TEST_CASE("rpc answer: a rent epoch written as a fraction is no reason to refuse an account", "[ledger]") {
    const auto account = rpc_answer::account(value(
        R"({"context":{"slot":3},"value":{"data":["","base64"],"lamports":1,"owner":"11111111111111111111111111111111","rentEpoch":1.8446744073709552e19}})"));
    REQUIRE(account);
    CHECK(account->value->rent_epoch == 0);
}

TEST_CASE("rpc answer: several accounts must be as many as were asked for", "[ledger]") {
    const auto json = value(R"({"context":{"slot":3},"value":[null,)" + std::string(kAccount) + "]}");
    const auto both = rpc_answer::multiple_accounts(json, 2);
    REQUIRE(both);
    CHECK_FALSE(both->value[0]);
    CHECK(both->value[1]->lamports == Lamports{5});
    CHECK(rpc_answer::multiple_accounts(json, 3).error().code == Errc::BadValue);
}

TEST_CASE("rpc answer: a status tells slot, commitment and error", "[ledger]") {
    const auto statuses = rpc_answer::signature_statuses(
        value(
            R"({"context":{"slot":9},"value":[null,{"slot":5,"confirmations":3,"err":null,"confirmationStatus":"confirmed"},{"slot":6,"confirmations":null,"err":{"InstructionError":[0,{"Custom":8}]}}]})"),
        3);
    REQUIRE(statuses);
    CHECK_FALSE(statuses->value[0]);
    CHECK(statuses->value[1] == SignatureStatus{Slot{5}, std::nullopt, Commitment::Confirmed});
    CHECK(statuses->value[2] ==
          SignatureStatus{Slot{6}, TransactionError::of(0, ProgramError::NotAllowed), Commitment::Finalized});
}

TEST_CASE("rpc answer: a transaction record has its log and error", "[ledger]") {
    const auto record = rpc_answer::transaction(value(
        R"({"slot":5,"blockTime":1700000000,"meta":{"err":{"InstructionError":[2,{"Custom":20}]},"fee":5000,"logMessages":["Program log: full"]}})"));
    REQUIRE(record);
    REQUIRE(*record);
    CHECK((*record)->slot == Slot{5});
    CHECK((*record)->block_time == 1700000000);
    CHECK((*record)->error == TransactionError::of(2, ProgramError::MaxUsersExceeded));
    CHECK((*record)->log_messages == std::vector<std::string>{"Program log: full"});
    CHECK_FALSE(*rpc_answer::transaction(value("null")));
}

TEST_CASE("rpc answer: the small answers", "[ledger]") {
    CHECK(rpc_answer::balance(value(R"({"context":{"slot":1},"value":42})"))->value == Lamports{42});
    CHECK(rpc_answer::number(value("42")) == 42U);
    CHECK_FALSE(rpc_answer::number(value("-1")));
    CHECK(rpc_answer::version(value(R"({"solana-core":"1.18.0","feature-set":1})")) == "1.18.0");
    CHECK(
        rpc_answer::epoch_info(value(
            R"({"epoch":7,"slotIndex":1,"slotsInEpoch":432000,"absoluteSlot":3024001,"blockHeight":99})")) ==
        EpochInfo{7, 1, 432000, Slot{3024001}, 99});
    CHECK(rpc_answer::optional_time(value("null")).value() == std::nullopt);
    CHECK(
        rpc_answer::latest_blockhash(
            value(
                R"({"context":{"slot":1},"value":{"blockhash":"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi","lastValidBlockHeight":150}})"))
            ->value == LatestBlockhash{Blockhash{sample_key(1).bytes}, 150});
}
