#include "base/result.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace dz;

namespace {

Result<int> half(int value) {
    if (value % 2 != 0) return fail(Errc::BadValue, "odd");
    return value / 2;
}

Result<int> quarter(int value) {
    TRY(const int once, half(value));
    TRY(const int twice, half(once));
    return twice;
}

Result<> check(int value) {
    TRY_OK(quarter(value));
    return {};
}

}  // namespace

TEST_CASE("result: TRY passes the value on, or the error up", "[base]") {
    CHECK(quarter(12) == 3);
    CHECK(quarter(6).error() == Error{Errc::BadValue, "odd"});
    CHECK(check(4));
    CHECK(check(3).error().text == "odd");
}

TEST_CASE("result: each layer adds what it was doing in front", "[base]") {
    const Result<> inner = fail(Errc::NotFound, "no such file", ENOENT);
    const Result<> outer = wrap(inner.error(), "read state");
    CHECK(outer.error() == Error{Errc::NotFound, "read state: no such file", ENOENT});
}

TEST_CASE("result: a system error becomes a code, a text and its number", "[base]") {
    const Result<> gone = fail_errno(ENOENT, "open /x");
    CHECK(gone.error() == Error{Errc::NotFound, "open /x: no such file or directory", ENOENT});
    CHECK(Result<>(fail_errno(EEXIST, "x")).error().code == Errc::Exists);
    CHECK(Result<>(fail_errno(EPERM, "x")).error().code == Errc::Permission);
    CHECK(Result<>(fail_errno(ECONNREFUSED, "x")).error().code == Errc::Unavailable);
    CHECK(Result<>(fail_errno(ETIMEDOUT, "x")).error().code == Errc::Timeout);
    CHECK(Result<>(fail_errno(EOPNOTSUPP, "x")).error().code == Errc::Unsupported);
    CHECK(Result<>(fail_errno(EIO, "x")).error().code == Errc::Io);
}
