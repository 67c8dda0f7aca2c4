#include "cli/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/failure.hpp"

namespace dz::cli {

namespace {

/// Levenshtein: how many letters must be put in, taken out or replaced.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

/// The command as far as it was understood.
struct Understood {
    const CLI::App* app;
    std::string path;
};

Understood understood(const CLI::App& root) {
    Understood at{&root, root.get_name()};
    for (auto next = root.get_subcommands(); !next.empty(); next = at.app->get_subcommands()) {
        at.app = next.front();
        at.path += " " + at.app->get_name();
    }
    return at;
}

std::vector<std::string> commands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* const child : app.get_subcommands({})) {
        if (!child->get_group().empty()) names.push_back(child->get_name());
    }
    return names;
}

std::vector<std::string> options_of(const CLI::App& root, const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* const owner : {&app, &root}) {
        for (const CLI::Option* const option : owner->get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
    }
    return names;
}

std::unexpected<Error> unknown(const CLI::App& root, const Understood& at, const std::string& word) {
    const bool option = word.starts_with("-");
    const auto commands = commands_of(*at.app);
    const std::string help = at.path + " --help";
    if (!option && commands.empty())
        return failure(fmt::format("unexpected argument: {}", word),
                       fmt::format("{} takes no more of them", at.path), help, Errc::BadValue);
    const std::string_view meant = nearest(word, option ? options_of(root, *at.app) : commands);
    const std::string hint = meant.empty() ? "" : fmt::format("; did you mean {}?", meant);
    return failure(fmt::format("unknown {}: {}{}", option ? "option" : "command", word, hint), "", help,
                   Errc::BadValue);
}

}  // namespace

std::string_view nearest(std::string_view typed, const std::vector<std::string>& known) {
    std::string_view best;
    // A third of the word may be wrong.
    std::size_t limit = std::max<std::size_t>(typed.size() / 3, 1) + 1;
    for (const std::string& word : known) {
        const std::size_t far = word.starts_with(typed) ? 1 : distance(typed, word);
        if (far >= limit) continue;
        limit = far;
        best = word;
    }
    return best;
}

std::string choices(std::string_view typed, const std::vector<std::string>& words) {
    const std::string_view meant = nearest(typed, words);
    return fmt::format("{}choose one of {}", meant.empty() ? "" : fmt::format("did you mean {}? ", meant),
                       fmt::join(words, ", "));
}

Error usage_error(const CLI::App& root, const CLI::ParseError& error) {
    const Understood at = understood(root);
    const auto strangers = root.remaining(true);
    if (!strangers.empty()) return unknown(root, at, strangers.front()).error();
    const auto commands = commands_of(*at.app);
    const bool incomplete = error.get_name() == "RequiredError" && !commands.empty();
    if (incomplete)
        return failure(fmt::format("{} needs a command: {}", at.path, fmt::join(commands, ", ")), "",
                       at.path + " --help", Errc::BadValue)
            .error();
    return failure(error.what(), "", at.path + " --help", Errc::BadValue).error();
}

CLI::Validator one_of(std::vector<std::string> words) {
    const auto check = [words = std::move(words)](const std::string& typed) {
        if (std::ranges::find(words, typed) != words.end()) return std::string{};
        return fmt::format("\"{}\": {}", typed, choices(typed, words));
    };
    return {check, ""};
}

}  // namespace dz::cli
