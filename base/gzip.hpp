// base/gzip.hpp: gzip (RFC 1952) for answers that many clients ask for compressed.
#pragma once

#include <string>
#include <string_view>

namespace dz {

/// Compressed for speed rather than for the last byte. Takes milliseconds for each megabyte: large texts
/// belong on a `Worker`.
std::string gzip(std::string_view text);

/// Whether an Accept-Encoding header allows gzip (RFC 9110, section 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace dz
