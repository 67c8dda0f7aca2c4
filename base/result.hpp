// base/result.hpp: errors as values. `Result<T>`, `Error`, and the macros that pass errors upwards.
//
//     Result<UserStatus> decode_user_status(bytes::Reader& in) {
//         TRY(const auto raw, in.u8());
//         if (raw > kLast) return fail(Errc::BadValue, fmt::format("user status {}", raw));
//         return static_cast<UserStatus>(raw);
//     }
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace dz {

/// What a caller may want to branch on. The text of an `Error` is for people.
enum class Errc {
    Truncated,      ///< input ended before the value did
    BadValue,       ///< input is well formed but not acceptable
    NotFound,       ///< the thing asked for does not exist
    Exists,         ///< the thing to be created exists already
    Permission,     ///< the operating system or the ledger refused
    Unavailable,    ///< the other side cannot be reached or is not ready; trying again may help
    Timeout,        ///< a deadline passed
    Cancelled,      ///< we stopped it ourselves
    Unsupported,    ///< this machine, build or peer cannot do it
    LimitExceeded,  ///< more than a stated limit
    Io,             ///< a system call failed in another way
    Rejected,       ///< the ledger or a server refused the request for a stated reason
    Internal,       ///< a defect of ours that did not warrant an abort
};

/// "NotFound", ...: for logs and tests.
std::string_view to_string(Errc code);

/// A code to branch on and a text that grows from the inside out: "what the caller was doing: what went
/// wrong".
struct Error {
    Errc code{Errc::Internal};
    std::string text;
    /// Custom program error of the ledger, system `errno`, HTTP status: whatever `code` refers to; 0 = none.
    long detail = 0;

    bool operator==(const Error&) const = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(Errc::NotFound, "user 7");`
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string text, long detail = 0) {
    return std::unexpected(Error{code, std::move(text), detail});
}

/// From `errno`-style numbers: picks the code, appends the system's text and keeps the number as `detail`.
[[nodiscard]] std::unexpected<Error> fail_errno(int number, std::string_view doing);

/// Adds what this layer was doing: "doing: text".
[[nodiscard]] std::unexpected<Error> wrap(Error error, std::string_view doing);

/// Aborts with file, line and text: for broken invariants only, never for input.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace dz

// NOLINTBEGIN(bugprone-macro-parentheses): declarations and keywords cannot stand in parentheses
#define DZ_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::dz::assertion_failed(#condition, __FILE__, __LINE__))

#define DZ_CONCAT_2(a, b) a##b
#define DZ_CONCAT(a, b) DZ_CONCAT_2(a, b)
#define DZ_TRY_AS(result, declaration, expression, leave)          \
    auto result = (expression);                                    \
    if (!result) leave std::unexpected(std::move(result).error()); \
    declaration = *std::move(result)

/// `TRY(const auto value, expression);` declares `value` or returns the error. A statement, not an
/// expression.
#define TRY(declaration, ...) DZ_TRY_AS(DZ_CONCAT(dz_try_, __LINE__), declaration, (__VA_ARGS__), return)
/// `TRY_OK(expression);` for a `Result<>` or a value that is not needed.
#define TRY_OK(...)                                                                                     \
    do {                                                                                                \
        if (auto dz_try_ = (__VA_ARGS__); !dz_try_) return std::unexpected(std::move(dz_try_).error()); \
    } while (false)
/// The same inside a coroutine.
#define CO_TRY(declaration, ...) \
    DZ_TRY_AS(DZ_CONCAT(dz_try_, __LINE__), declaration, (__VA_ARGS__), co_return)
#define CO_TRY_OK(...)                                                                                     \
    do {                                                                                                   \
        if (auto dz_try_ = (__VA_ARGS__); !dz_try_) co_return std::unexpected(std::move(dz_try_).error()); \
    } while (false)
// NOLINTEND(bugprone-macro-parentheses)
