// cli/command.hpp: how a command is declared: its options once, with the members they fill, and what it does.
//
//     void add_location(Group& root) {
//         Group location = root.group("location", "Data centres");
//         auto create = location.command<ix::CreateLocation>("create", "Add a location");
//         create.need("--code", create->code, "Short name, for example ewr", parse_code);
//         create.take("--loc-id", create->loc_id, "Number in an inventory of yours");
//         create.writes([](ix::CreateLocation args, Draft& draft) -> Task<Result<>> {
//             CO_TRY(const u128 index, draft.next_index());
//             draft.send(draft.build().make(args, index));
//             co_return Result<>{};
//         });
//     }
//
// The type of a member decides how its text is read (value.hpp): an optional stays unset when the option is
// not given, a vector takes several values, a plain bool is a flag. A bad text is a usage error (status 2).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/draft.hpp"
#include "cli/value.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): theirs.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace dz::cli {

struct Invocation;
enum class GateKind;

/// Which shapes a reading command prints.
enum class Output {
    One,      ///< details: --json
    List,     ///< a table: --json, --json-compact
    WideList  ///< a table too wide for most terminals: --narrow as well
};

namespace detail {

template <class T>
struct Element {
    using type = T;
    static constexpr bool kMany = false;
};
template <class T>
struct Element<std::optional<T>> : Element<T> {};
template <class T>
struct Element<std::vector<T>> {
    using type = T;
    static constexpr bool kMany = true;
};

template <class T>
std::vector<T>& values_of(std::vector<T>& values) {
    return values;
}
template <class T>
std::vector<T>& values_of(std::optional<std::vector<T>>& values) {
    return values ? *values : values.emplace();
}

/// What an option starts with, for help; empty where there is nothing to say.
std::string default_text(const auto& initial) {
    using T = std::remove_cvref_t<decltype(initial)>;
    if constexpr (std::is_same_v<T, std::string>)
        return initial;
    else if constexpr (ledger::LedgerEnum<T>)
        return kebab_case(ledger::to_name(initial));
    else if constexpr (std::is_unsigned_v<T>)
        return initial == 0 ? "" : std::to_string(initial);
    else if constexpr (std::is_same_v<T, Prefix> || std::is_same_v<T, Ipv4>)
        return initial == T{} ? "" : initial.to_string();
    else
        return {};
}

}  // namespace detail

/// The part of a command that does not depend on its options' type.
class CommandBase {
  public:
    CommandBase(CLI::App* app, Invocation* invocation);

    /// Without any of its options that are not needed the command is a usage error.
    void wants_some();
    /// Help does not list it: a command for few.
    void hide();
    /// This build does not have the command: whatever follows it, it fails and says what to use instead.
    void absent(std::string why, std::string instead);
    /// It works without a ledger and with a version that the ledger does not take any more.
    void ungated() { *gated_ = false; }
    /// Both together are a usage error.
    void excludes(const std::string& option, const std::string& other);

  protected:
    using Run = std::function<Task<Result<>>(Context&, std::ostream&)>;
    using Fill = std::function<Task<Result<>>(Draft&)>;
    struct OptionText {
        std::string names;  ///< "-c,--contributor", or "DEVICE" for a positional one
        std::string about;
        std::string_view value_name;
        std::string initial;
        std::vector<std::string> choices;
        bool needed = false;
        bool many = false;
    };
    void add_option(OptionText text, std::function<Result<>(const std::string&)> set);
    void add_flag(const std::string& names, bool& target, const std::string& about);
    void read(Output output, const std::function<Run(std::shared_ptr<OutputStyle>)>& make);
    void write(Fill fill, bool waits, Founded founded);

  private:
    void on(Run run, GateKind gate, std::function<bool()> wants_json);

    CLI::App* app_;
    Invocation* invocation_;
    std::shared_ptr<bool> gated_ = std::make_shared<bool>(true);
    std::vector<CLI::Option*> optional_;
};

/// A command whose options fill an `O`. Copies refer to the same command.
template <class O>
class Command : public CommandBase {
  public:
    /// Coroutines live in what they are called with, so a lambda that is one captures nothing.
    using Read = std::function<Task<Result<>>(O, OutputStyle, Context&, std::ostream&)>;
    using Write = std::function<Task<Result<>>(O, Draft&)>;
    template <class T>
    using Parse = Result<typename detail::Element<T>::type> (*)(std::string_view);

    using CommandBase::CommandBase;

    /// The options, to name members of.
    O& options() { return *options_; }
    O* operator->() { return options_.get(); }

    template <class T>
    void take(const std::string& names, T& target, const std::string& about,
              Parse<T> parse = Value<typename detail::Element<T>::type>::parse) {
        add(names, target, about, parse, false);
    }
    /// The same, and its absence is a usage error.
    template <class T>
    void need(const std::string& names, T& target, const std::string& about,
              Parse<T> parse = Value<typename detail::Element<T>::type>::parse) {
        add(names, target, about, parse, true);
    }
    void flag(const std::string& names, bool& target, const std::string& about) {
        add_flag(names, target, about);
    }

    void reads(Output output, Read run) {
        read(output, [options = options_, run = std::move(run)](std::shared_ptr<OutputStyle> style) {
            return [options, run, style = std::move(style)](Context& c, std::ostream& o) {
                return run(*options, *style, c, o);
            };
        });
    }
    /// A command whose effect is its own: with --json it tells the outcome.
    void acts(Read run) { reads(Output::One, std::move(run)); }
    /// `fill` works out what to send; sending and `--dry-run` are the same for all (draft.hpp).
    void writes(Write fill, Founded founded = Founded::Yes) {
        write(fill_with(std::move(fill)), false, founded);
    }
    /// The same with `--wait`, which shows what state the account has afterwards.
    void writes_and_waits(Write fill) { write(fill_with(std::move(fill)), true, Founded::Yes); }

  private:
    Fill fill_with(Write fill) {
        return [options = options_, fill = std::move(fill)](Draft& draft) { return fill(*options, draft); };
    }
    template <class T>
    void add(const std::string& names, T& target, const std::string& about, Parse<T> parse, bool needed) {
        using Element = typename detail::Element<T>::type;
        OptionText text{.names = names,
                        .about = about,
                        .value_name = Value<Element>::kName,
                        .initial = needed ? "" : detail::default_text(target),
                        .choices = {},
                        .needed = needed,
                        .many = detail::Element<T>::kMany};
        if constexpr (requires { Value<Element>::choices(); }) text.choices = Value<Element>::choices();
        // `target` lives in the options.
        add_option(std::move(text), [options = options_, &target, parse](const std::string& value) {
            auto parsed = parse(value);
            if (!parsed) return Result<>(std::unexpected(std::move(parsed).error()));
            if constexpr (detail::Element<T>::kMany) {
                detail::values_of(target).push_back(*std::move(parsed));
            } else {
                target = *std::move(parsed);
            }
            return Result<>{};
        });
    }

    std::shared_ptr<O> options_ = std::make_shared<O>();
};

/// No options.
struct None {};

/// A command that has commands: "location".
class Group {
  public:
    Group(CLI::App* app, Invocation* invocation);

    Group group(const std::string& name, const std::string& about);
    template <class O>
    Command<O> command(const std::string& name, const std::string& about) {
        return Command<O>(child(name, about), invocation_);
    }
    /// What is added from here on stands under this heading in help.
    void heading(std::string heading);

  private:
    CLI::App* child(const std::string& name, const std::string& about);

    CLI::App* app_;
    Invocation* invocation_;
    std::string heading_;
};

inline constexpr const char* kForAdministrators = "For administrators";

}  // namespace dz::cli
