// That no instruction lacks the table of its checks.
#include <concepts>
#include <utility>

#include "tests/program/order.hpp"

using namespace dz;
using namespace dz::test;

namespace {

struct Noting {
    explicit Noting(std::set<std::size_t>& tables) { noted_tables = &tables; }
    Noting(const Noting&) = delete;
    Noting& operator=(const Noting&) = delete;
    ~Noting() { noted_tables = nullptr; }
};

template <class Args>
void expect_table(const std::set<std::size_t>& tables) {
    const ledger::Instruction instruction = Args{};
    // Nothing is checked of a number that does nothing, nor of those that answer 67 whatever they hold.
    if (std::same_as<Args, ix::Retired111> || ledger::is_deprecated(instruction)) return;
    INFO("give it an expect_order: " << ledger::print(instruction));
    CHECK(tables.contains(instruction.index()));
}

}  // namespace

TEST_CASE("every live instruction has a table of the order of its checks", "[program]") {
    std::set<std::size_t> tables;
    const Noting noting(tables);
    for (const auto& test : Catch::getRegistryHub().getTestCaseRegistry().getAllTests()) {
        if (test.name.starts_with("order: ")) test.invoke();
    }
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (expect_table<std::variant_alternative_t<I, ledger::Instruction>>(tables), ...);
    }(std::make_index_sequence<std::variant_size_v<ledger::Instruction>>());
}
