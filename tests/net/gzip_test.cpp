#include "base/gzip.hpp"

#include <zlib.h>

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "base/bytes.hpp"

using namespace dz;

namespace {

std::string unpack(const std::string& packed, std::size_t size) {
    ::z_stream stream{};
    REQUIRE(::inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
    Bytes in(packed.begin(), packed.end());
    Bytes out(size + 1);
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    ::inflateEnd(&stream);
    return std::string(as_text(out));
}

}  // namespace

TEST_CASE("gzip: what is packed unpacks to the same", "[net]") {
    CHECK(unpack(gzip(""), 0).empty());
    const std::string large(3'000'000, 'x');
    CHECK(gzip(large).size() < 30'000);
    CHECK(unpack(gzip(large), large.size()) == large);
    rc::prop("any text", [](const std::string& text) { RC_ASSERT(unpack(gzip(text), text.size()) == text); });
}

TEST_CASE("gzip: a client says in Accept-Encoding whether it wants it", "[net]") {
    for (const char* yes : {"gzip", "deflate, gzip, br", "br;q=1.0,gzip;q=0.5", "*", " gzip ; q=0.001"}) {
        CAPTURE(yes);
        CHECK(accepts_gzip(yes));
    }
    for (const char* no : {"", "identity", "gzip;q=0", "gzip;q=0.000", "br", "gzippy", ",;,"}) {
        CAPTURE(no);
        CHECK_FALSE(accepts_gzip(no));
    }
}
