#include "cli/completion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace dz::cli {

namespace {

/// Options of `app` as typed, " --env -e", without those that are among `known` already.
std::string options_of(const CLI::App& app, std::string_view known) {
    std::string out;
    const auto add = [&](const std::string& word) {
        if (fmt::format("{} ", known).find(word + " ") == std::string::npos) out += word;
    };
    for (const CLI::Option* const option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) add(" --" + name);
        for (const std::string& name : option->get_snames()) add(" -" + name);
    }
    return out;
}

/// A command and the words that may follow it. Options of its parents may, too.
struct Branch {
    std::string path;
    std::string words;
};

void add_branches(const CLI::App& app, const std::string& path, const std::string& inherited,
                  std::vector<Branch>& out) {
    const std::string options = inherited + options_of(app, inherited);
    std::string words = options;
    for (const CLI::App* const child : app.get_subcommands({})) words += " " + child->get_name();
    out.push_back({path, words.substr(1)});
    for (const CLI::App* const child : app.get_subcommands({}))
        add_branches(*child, path + " " + child->get_name(), options, out);
}

constexpr std::string_view kBash = R"(_doublezero() {{
    local path='doublezero' current="${{COMP_WORDS[COMP_CWORD]}}" words='' word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$path $word" in
            {known})
                path="$path $word" ;;
        esac
    done
    case "$path" in
{branches}    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _doublezero doublezero
)";

constexpr std::string_view kFish = R"(function __doublezero_words
    set -l path doublezero
    for word in (commandline -opc)[2..-1]
        switch "$path $word"
            case {known}
                set path "$path $word"
        end
    end
    switch $path
{branches}    end
end
complete -c doublezero -a '(__doublezero_words)'
)";

/// Zsh runs the bash script after this.
constexpr std::string_view kZshHead =
    "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n";

std::string bash_branch(const Branch& branch) {
    return fmt::format("        '{}') words='{}' ;;\n", branch.path, branch.words);
}

std::string fish_branch(const Branch& branch) {
    return fmt::format("        case '{}'\n            string split ' ' -- '{}'\n", branch.path,
                       branch.words);
}

}  // namespace

std::string completion_script(const CLI::App& root, Shell shell) {
    std::vector<Branch> all;
    add_branches(root, root.get_name(), "", all);
    const bool fish = shell == Shell::Fish;
    std::vector<std::string> known;
    std::string branches;
    for (const Branch& branch : all) {
        if (branch.path != root.get_name()) known.push_back(fmt::format("'{}'", branch.path));
        branches += fish ? fish_branch(branch) : bash_branch(branch);
    }
    const std::string names = fmt::format("{}", fmt::join(known, fish ? " " : " | "));
    const std::string script =
        fish ? fmt::format(kFish, fmt::arg("known", names), fmt::arg("branches", branches))
             : fmt::format(kBash, fmt::arg("known", names), fmt::arg("branches", branches));
    return shell == Shell::Zsh ? std::string(kZshHead) + script : script;
}

}  // namespace dz::cli
