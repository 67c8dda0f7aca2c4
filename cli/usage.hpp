// cli/usage.hpp: command lines that make no sense, as their author reads it: what is wrong, and what may have
// been meant.
//
//     Error: unknown command: devise; did you mean device?
//     Try: doublezero --help
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace dz::cli {

/// What `error`, which came of parsing with `root`, tells the user. The code is BadValue.
Error usage_error(const CLI::App& root, const CLI::ParseError& error);

/// The word of `known` that was most likely meant by `typed`; empty when none is near.
std::string_view nearest(std::string_view typed, const std::vector<std::string>& known);

/// "did you mean edge? choose one of hybrid, transit, edge"
std::string choices(std::string_view typed, const std::vector<std::string>& words);

/// Accepts these words only.
CLI::Validator one_of(std::vector<std::string> words);

}  // namespace dz::cli
