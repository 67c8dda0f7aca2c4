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

/// One branch for each command: the words that may follow it. Options of its parents may, too.
void add_branches(const CLI::App& app, const std::string& path, const std::string& inherited,
                  std::string& out) {
    const std::string options = inherited + options_of(app, inherited);
    std::string words = options;
    for (const CLI::App* const child : app.get_subcommands({})) words += " " + child->get_name();
    out += fmt::format("        '{}') words='{}' ;;\n", path, words.substr(1));
    for (const CLI::App* const child : app.get_subcommands({}))
        add_branches(*child, path + " " + child->get_name(), options, out);
}

constexpr std::string_view kScript = R"(_doublezero() {{
    local path='doublezero' current="${{COMP_WORDS[COMP_CWORD]}}" words='' word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$path $word" in
{known}            path="$path $word" ;;
        esac
    done
    case "$path" in
{branches}    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _doublezero doublezero
)";

void add_paths(const CLI::App& app, const std::string& path, std::vector<std::string>& out) {
    for (const CLI::App* const child : app.get_subcommands({})) {
        out.push_back(fmt::format("'{} {}'", path, child->get_name()));
        add_paths(*child, path + " " + child->get_name(), out);
    }
}

}  // namespace

std::string completion_script(const CLI::App& root, Shell shell) {
    const std::string name = root.get_name();
    std::vector<std::string> paths;
    add_paths(root, name, paths);
    std::string branches;
    add_branches(root, name, "", branches);
    const std::string known = fmt::format("            {})\n    ", fmt::join(paths, " | "));
    const std::string head =
        shell == Shell::Zsh
            ? "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"
            : "";
    return head + fmt::format(kScript, fmt::arg("known", known), fmt::arg("branches", branches));
}

}  // namespace dz::cli
