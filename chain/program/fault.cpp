#include "chain/program/fault.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace dz::program {

using ledger::BuiltinError;

namespace {

// The ledger's own sentences: clients match on some of them.
constexpr std::array kRuntimeTexts = {
    std::pair<std::string_view, std::string_view>{"InvalidInstructionData", "invalid instruction data"},
    std::pair<std::string_view, std::string_view>{"InvalidAccountData",
                                                  "invalid account data for instruction"},
    std::pair<std::string_view, std::string_view>{"InvalidArgument", "invalid program argument"},
    std::pair<std::string_view, std::string_view>{"AccountAlreadyInitialized",
                                                  "instruction requires an uninitialized account"},
    std::pair<std::string_view, std::string_view>{"IncorrectProgramId",
                                                  "incorrect program id for instruction"},
    std::pair<std::string_view, std::string_view>{"NotEnoughAccountKeys",
                                                  "insufficient account keys for instruction"},
    std::pair<std::string_view, std::string_view>{"MissingRequiredSignature",
                                                  "missing required signature for instruction"},
    std::pair<std::string_view, std::string_view>{"InsufficientFunds", "insufficient funds for instruction"},
    std::pair<std::string_view, std::string_view>{"ProgramFailedToComplete", "Program failed to complete"},
    std::pair<std::string_view, std::string_view>{"InvalidRealloc", "Failed to reallocate account data"},
    std::pair<std::string_view, std::string_view>{"UnsupportedProgramId", "Unsupported program id"},
    std::pair<std::string_view, std::string_view>{"ComputationalBudgetExceeded",
                                                  "Computational budget exceeded"},
};

}  // namespace

ledger::TransactionError Fault::at(std::uint32_t index) const {
    return {index, custom, std::string(custom ? std::string_view{} : name)};
}

std::string Fault::runtime_text() const {
    if (custom) return fmt::format("custom program error: {:#x}", *custom);
    for (const auto& [known, sentence] : kRuntimeTexts) {
        if (known == name) return std::string(sentence);
    }
    return std::string(name);
}

std::unexpected<Fault> reject(ledger::ProgramError code, std::string text) {
    if (text.empty()) text = std::string(ledger::name_of(code));
    return std::unexpected(Fault{static_cast<std::uint32_t>(code), {}, std::move(text)});
}

std::unexpected<Fault> reject(BuiltinError error, std::string text) {
    return std::unexpected(Fault{std::nullopt, ledger::name_of(error), std::move(text)});
}

std::unexpected<Fault> reject_custom(std::uint32_t code, std::string text) {
    return std::unexpected(Fault{code, {}, std::move(text)});
}

std::unexpected<Fault> reject_runtime(std::string_view name, std::string text) {
    return std::unexpected(Fault{std::nullopt, name, std::move(text)});
}

std::unexpected<Fault> panic(std::string text) {
    return reject(BuiltinError::ProgramFailedToComplete, std::move(text));
}

}  // namespace dz::program
