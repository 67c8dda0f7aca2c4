#include "base/result.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace dz {

namespace {

Errc code_of(int number) {
    switch (number) {
        case ENOENT:
        case ENODEV:
        case ENXIO:
        case ESRCH:
        case EADDRNOTAVAIL:
            return Errc::NotFound;
        case EEXIST:
        case EADDRINUSE:
        case EISCONN:
            return Errc::Exists;
        case EACCES:
        case EPERM:
        case EROFS:
            return Errc::Permission;
        case EAGAIN:
        case EBUSY:
        case ECONNABORTED:
        case ECONNREFUSED:
        case ECONNRESET:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENETDOWN:
        case ENETUNREACH:
        case ENOTCONN:
        case EPIPE:
            return Errc::Unavailable;
        case ETIMEDOUT:
            return Errc::Timeout;
        case ECANCELED:
            return Errc::Cancelled;
        case EAFNOSUPPORT:
        case ENOSYS:
        case EOPNOTSUPP:
        case EPROTONOSUPPORT:
            return Errc::Unsupported;
        case E2BIG:
        case EDQUOT:
        case EFBIG:
        case EMFILE:
        case EMSGSIZE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case ENOSPC:
            return Errc::LimitExceeded;
        case EDOM:
        case EINVAL:
        case ENAMETOOLONG:
        case ERANGE:
            return Errc::BadValue;
        default:
            return Errc::Io;
    }
}

// "No such file" reads better in the middle of a sentence as "no such file"; "RPC ..." stays.
std::string lower_first(std::string text) {
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (text.size() > 1 && upper(text[0]) && !upper(text[1]))
        text[0] = static_cast<char>(text[0] + ('a' - 'A'));
    return text;
}

}  // namespace

std::string_view to_string(Errc code) {
    switch (code) {
        case Errc::Truncated:
            return "Truncated";
        case Errc::BadValue:
            return "BadValue";
        case Errc::NotFound:
            return "NotFound";
        case Errc::Exists:
            return "Exists";
        case Errc::Permission:
            return "Permission";
        case Errc::Unavailable:
            return "Unavailable";
        case Errc::Timeout:
            return "Timeout";
        case Errc::Cancelled:
            return "Cancelled";
        case Errc::Unsupported:
            return "Unsupported";
        case Errc::LimitExceeded:
            return "LimitExceeded";
        case Errc::Io:
            return "Io";
        case Errc::Rejected:
            return "Rejected";
        case Errc::Internal:
            return "Internal";
    }
    return "Unknown";
}

std::unexpected<Error> fail_errno(int number, std::string_view doing) {
    std::string text(doing);
    text += ": ";
    text += lower_first(std::generic_category().message(number));
    return fail(code_of(number), std::move(text), number);
}

std::unexpected<Error> wrap(Error error, std::string_view doing) {
    error.text.insert(0, ": ").insert(0, doing);
    return std::unexpected(std::move(error));
}

void assertion_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
    std::abort();
}

}  // namespace dz
