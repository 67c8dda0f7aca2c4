#include "cli/completion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

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
    for (const CLI::App* const child : app.get_subcommands({})) {
        if (!child->get_group().empty()) words += " " + child->get_name();
    }
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

constexpr std::string_view kElvish = R"(use str
var doublezero-words = [
{branches}]
set edit:completion:arg-completer[doublezero] = {{|@typed|
    var path = doublezero
    for word $typed[1..-1] {{
        if (has-key $doublezero-words $path' '$word) {{
            set path = $path' '$word
        }}
    }}
    str:split ' ' $doublezero-words[$path]
}}
)";

constexpr std::string_view kPowerShell =
    R"(Register-ArgumentCompleter -Native -CommandName doublezero -ScriptBlock {{
    param($current, $typed, $cursor)
    $words = @{{
{branches}    }}
    $path = 'doublezero'
    foreach ($element in ($typed.CommandElements | Select-Object -Skip 1)) {{
        if ($element.Extent.EndOffset -ge $cursor) {{ break }}
        if ($words.ContainsKey("$path $element")) {{ $path = "$path $element" }}
    }}
    $words[$path] -split ' ' | Where-Object {{ $_ -like "$current*" }} | ForEach-Object {{
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }}
}}
)";

/// Zsh runs the bash script after this.
constexpr std::string_view kZshHead =
    "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n";

/// How one shell says it. In all of them a path grows word by word for as long as it names a command, and the
/// words that may follow it are offered.
struct Dialect {
    Shell shell;
    std::string_view name;
    std::string_view head;
    std::string_view script;     ///< with {known}, the paths of all commands, and {branches}
    std::string_view separator;  ///< between two paths
    std::string_view branch;     ///< what to offer after one {path}: {words}
};

constexpr std::string_view kBashBranch = "        '{path}') words='{words}' ;;\n";

constexpr std::array kDialects{
    Dialect{Shell::Bash, "bash", "", kBash, " | ", kBashBranch},
    Dialect{Shell::Elvish, "elvish", "", kElvish, "", "    &'{path}'='{words}'\n"},
    Dialect{Shell::Fish, "fish", "", kFish, " ",
            "        case '{path}'\n            string split ' ' -- '{words}'\n"},
    Dialect{Shell::PowerShell, "powershell", "", kPowerShell, "", "        '{path}' = '{words}'\n"},
    Dialect{Shell::Zsh, "zsh", kZshHead, kBash, " | ", kBashBranch}};

}  // namespace

std::vector<std::string> shell_names() {
    std::vector<std::string> names;
    names.reserve(kDialects.size());
    for (const Dialect& dialect : kDialects) names.emplace_back(dialect.name);
    return names;
}

std::optional<Shell> parse_shell(std::string_view name) {
    const auto* const found = std::ranges::find(kDialects, name, &Dialect::name);
    return found == kDialects.end() ? std::nullopt : std::optional(found->shell);
}

std::string completion_script(const CLI::App& root, Shell shell) {
    const Dialect& dialect = *std::ranges::find(kDialects, shell, &Dialect::shell);
    std::vector<Branch> all;
    add_branches(root, root.get_name(), "", all);
    std::vector<std::string> known;
    std::string branches;
    for (const Branch& branch : all) {
        if (branch.path != root.get_name()) known.push_back(fmt::format("'{}'", branch.path));
        branches += fmt::format(fmt::runtime(dialect.branch), fmt::arg("path", branch.path),
                                fmt::arg("words", branch.words));
    }
    const std::string names = fmt::format("{}", fmt::join(known, dialect.separator));
    return std::string(dialect.head) + fmt::format(fmt::runtime(dialect.script), fmt::arg("known", names),
                                                   fmt::arg("branches", branches));
}

}  // namespace dz::cli
