#include "base/gzip.hpp"

#include <zlib.h>

#include <algorithm>

#include "base/bytes.hpp"

namespace dz {

namespace {

constexpr int kGzipFormat = 16;  // zlib: added to the window's bits

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes what stands before the next `separator` off `text`.
std::string_view next(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(part);
}

bool is_refused(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view one = next(parameters, ';');
        if (one.starts_with("q=") && one.find_first_not_of("0.", 2) == std::string_view::npos) return true;
    }
    return false;
}

}  // namespace

std::string gzip(std::string_view text) {
    ::z_stream stream{};
    DZ_ASSERT(::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzipFormat, MAX_MEM_LEVEL,
                             Z_DEFAULT_STRATEGY) == Z_OK);
    Bytes out(::deflateBound(&stream, text.size()));
    Bytes in(text.begin(), text.end());
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    // With room for the worst case one call does it all.
    DZ_ASSERT(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    ::deflateEnd(&stream);
    return std::string(as_text(out));
}

bool accepts_gzip(std::string_view accept_encoding) {
    while (!accept_encoding.empty()) {
        std::string_view offer = next(accept_encoding, ',');
        const std::string_view name = next(offer, ';');
        if (name == "gzip" || name == "x-gzip" || name == "*") return !is_refused(offer);
    }
    return false;
}

}  // namespace dz
