#include "base/version.hpp"

#include <string>

#include "dz_commit.inc"

namespace dz {

std::string_view version_with_commit() {
    static const std::string text = std::string(kVersion) + "+" + DZ_COMMIT;
    return text;
}

std::string_view commit() {
    return DZ_COMMIT;
}

std::string_view commit_date() {
    return DZ_COMMIT_DATE;
}

}  // namespace dz
