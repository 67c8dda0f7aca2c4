// Our own record of the layouts: tests/golden/ledger/*.txt holds each kind of account and instruction as text
// and as bytes, so that a change of either shows as a difference. DZ_UPDATE_GOLDEN=1 writes the files anew.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "base/files.hpp"
#include "ledger/accounts.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/instructions.hpp"
#include "tests/ledger/instruction_samples.hpp"
#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

/// 32 bytes a line.
std::string hex_lines(const Bytes& data) {
    const std::string hex = to_hex(data);
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 64) out += "    " + hex.substr(i, 64) + '\n';
    return out;
}

void compare(const std::string& name, const std::string& text) {
    const auto path = std::filesystem::path(DZ_GOLDEN) / "ledger" / name;
    if (std::getenv("DZ_UPDATE_GOLDEN")) REQUIRE(files::write_atomic(path, text));
    const auto stored = files::read(path, 1U << 20);
    REQUIRE(stored);
    CHECK(*stored == text);
}

template <class... Args>
std::vector<Instruction> one_of_each(std::type_identity<std::variant<Args...>>) {
    return {Instruction(std::in_place_type<Args>)...};
}

std::string describe_instruction(const Instruction& instruction) {
    return std::to_string(number_of(instruction)) + ' ' + print(instruction) + '\n' +
           hex_lines(encode_instruction(instruction));
}

}  // namespace

TEST_CASE("golden: accounts have the bytes they always had", "[ledger]") {
    std::string text;
    for (const Account& account : sample_accounts()) {
        text += std::string(to_text(account_type(account))) + ' ' + print(account) + '\n' +
                hex_lines(encode(account));
    }
    compare("accounts.txt", text);
}

TEST_CASE("golden: instructions have the bytes they always had", "[ledger]") {
    std::string text;
    for (const Instruction& instruction : one_of_each(std::type_identity<Instruction>{})) {
        text += describe_instruction(instruction);
    }
    for (const Instruction& instruction : sample_instructions()) text += describe_instruction(instruction);
    compare("instructions.txt", text);
}
