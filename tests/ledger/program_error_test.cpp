#include "ledger/program_error.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace dz;
using namespace dz::ledger;

namespace {

TransactionError parsed(std::string_view text) {
    return parse_transaction_error(json::parse(text).value()).value();
}

}  // namespace

TEST_CASE("program error: all 104 codes have a name and a sentence of their own", "[ledger]") {
    std::set<std::string_view> names;
    std::set<std::string_view> sentences;
    for (std::uint32_t code = 1; code <= 104; ++code) {
        names.insert(name_of(static_cast<ProgramError>(code)));
        sentences.insert(sentence_of(static_cast<ProgramError>(code)));
    }
    CHECK(names.size() == 104);
    CHECK(sentences.size() == 104);
    CHECK_FALSE(names.contains(""));
    CHECK(name_of(static_cast<ProgramError>(0)).empty());
    CHECK(name_of(static_cast<ProgramError>(105)).empty());
}

TEST_CASE("program error: codes stand for what the network means by them", "[ledger]") {
    CHECK(name_of(ProgramError::MaxUsersExceeded) == "MaxUsersExceeded");
    CHECK(static_cast<int>(ProgramError::NotAllowed) == 8);
    CHECK(static_cast<int>(ProgramError::MaxUsersExceeded) == 20);
    CHECK(static_cast<int>(ProgramError::Deprecated) == 67);
    CHECK(static_cast<int>(ProgramError::EdgeSeatIsMulticastOnly) == 104);
}

TEST_CASE("transaction error: every shape that a server sends is understood", "[ledger]") {
    CHECK(parsed(R"({"InstructionError":[2,{"Custom":20}]})") ==
          TransactionError::of(2, ProgramError::MaxUsersExceeded));
    CHECK(parsed(R"({"InstructionError":[0,"InvalidAccountData"]})") ==
          TransactionError::of(0, BuiltinError::InvalidAccountData));
    CHECK(parsed(R"({"InstructionError":[0,{"BorshIoError":"x"}]})") ==
          TransactionError{0, {}, "BorshIoError"});
    CHECK(parsed(R"("BlockhashNotFound")") == TransactionError{{}, {}, "BlockhashNotFound"});
    CHECK(parsed(R"({"InsufficientFundsForRent":{"account_index":3}})") ==
          TransactionError::whole("InsufficientFundsForRent", 3));
    CHECK(parsed(R"({"DuplicateInstruction":2})") == TransactionError::whole("DuplicateInstruction", 2));
    CHECK(parsed(R"({"NewInALaterRelease":{"x":1}})") == TransactionError::whole("NewInALaterRelease"));
}

TEST_CASE("transaction error: other shapes are errors", "[ledger]") {
    for (const char* text : {"null", "7", "[]", "{}", R"({"a":1,"b":2})", R"({"InstructionError":[0]})",
                             R"({"InstructionError":["a","b"]})", R"({"InstructionError":[-1,"b"]})",
                             R"({"InstructionError":[0,7]})", R"({"InstructionError":[0,{}]})"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_transaction_error(json::parse(text).value()));
    }
}

TEST_CASE("transaction error: it is written as it is read", "[ledger]") {
    for (const char* text :
         {R"({"InstructionError":[2,{"Custom":20}]})", R"({"InstructionError":[0,"InvalidArgument"]})",
          R"("BlockhashNotFound")", R"({"InsufficientFundsForRent":{"account_index":3}})",
          R"({"DuplicateInstruction":2})"}) {
        CHECK(json::dump(to_json(parsed(text))) == text);
    }
}

TEST_CASE("transaction error: people read a name, a number and a sentence", "[ledger]") {
    CHECK(describe(TransactionError::of(2, ProgramError::MaxUsersExceeded)) ==
          "MaxUsersExceeded (20): the device has no free seat");
    CHECK(describe({2, 4711, {}}) == "program error 4711");
    CHECK(describe(TransactionError::of(0, BuiltinError::ProgramFailedToComplete)) ==
          "ProgramFailedToComplete");
}

TEST_CASE("builtin error: names lead back to errors", "[ledger]") {
    CHECK(builtin_error("AccountAlreadyInitialized") == BuiltinError::AccountAlreadyInitialized);
    CHECK_FALSE(builtin_error("Nonsense"));
}

TEST_CASE("program log: only what programs said themselves is shown", "[ledger]") {
    CHECK(program_log({"Program X invoke [1]", "Program log: pass expired",
                       "Program X failed: custom program error: 0x14"}) ==
          std::vector<std::string>{"pass expired"});
}
