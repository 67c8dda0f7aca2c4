// base/flags.hpp: command-line flags by the rules of Go's `flag` package, which existing unit files
// rely on.
//
//     -name value    -name=value    --name value    --name=value
//
// A boolean takes no separate value: `-name` or `-name=false`. A lone `--` ends the flags. Unlike Go, words
// that follow the flags are an error and not ignored: `-latency-probing false` would silently mean `true`.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace dz {

/// "300ms", "1m0s", "1.5h", "-2s", "0". Errors: BadValue, also beyond about 292 years.
Result<Duration> parse_duration(std::string_view text);
/// "300ms", "1m0s", "1h0m0s", "0s": as Go prints it.
std::string to_string(Duration duration);

/// Declares flags, each bound to a variable that holds its default, and parses a command line into them.
class FlagSet {
  public:
    using Target = std::variant<bool*, std::string*, std::int64_t*, std::uint64_t*, Duration*>;

    /// `value` must outlive the set. `help` is one line.
    void add(std::string_view name, Target value, std::string_view help);
    /// A flag of a feature that this build does not have: taken, checked, and reported by `unavailable`.
    void add_unavailable(std::string_view name, Target value, std::string_view help);

    enum class Outcome { Run, Help };
    /// `arguments` without the program's name. Errors: BadValue, in words for the user.
    Result<Outcome> parse(std::span<const std::string_view> arguments);

    /// Gives a flag its value as if it had been on the command line. Errors: NotFound when there is no such
    /// flag; BadValue.
    Result<> set(std::string_view name, std::string_view value);

    bool knows(std::string_view name) const { return flags_.contains(name); }
    bool is_given(std::string_view name) const;
    /// The given flags whose feature is missing, in alphabetical order; but not a boolean that was set to
    /// false, since that asks for nothing.
    std::vector<std::string> unavailable() const;
    /// Every flag's value as text, by name.
    std::map<std::string, std::string> values() const;

    /// Every flag with its help and default.
    std::string usage(std::string_view program) const;

  private:
    struct Flag {
        Target target;
        std::string_view help;
        std::string fallback;
        bool available = true;
        bool given = false;
    };
    std::map<std::string_view, Flag> flags_;
};

}  // namespace dz
