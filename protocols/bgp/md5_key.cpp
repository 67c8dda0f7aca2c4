#include "protocols/bgp/md5_key.hpp"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "base/files.hpp"

namespace dz::bgp {
namespace {

constexpr std::size_t kMaxFile = 4096;

}  // namespace

Md5Key::Md5Key(std::string_view text) : size_(text.size()) {
    std::ranges::copy(text, text_.begin());
}

Md5Key::~Md5Key() {
    ::explicit_bzero(text_.data(), text_.size());
}

Result<std::shared_ptr<const Md5Key>> Md5Key::of(std::string_view text) {
    if (text.empty()) return fail(Errc::BadValue, "the key is empty");
    if (text.size() > kMaxSize) {
        return fail(Errc::BadValue, fmt::format("the key has {} bytes, at most {}", text.size(), kMaxSize));
    }
    return std::shared_ptr<const Md5Key>(new Md5Key(text));
}

Result<std::shared_ptr<const Md5Key>> Md5Key::read(const std::filesystem::path& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    const bool open = !error && (status.permissions() & std::filesystem::perms::others_read) !=
                                    std::filesystem::perms::none;
    if (open) {
        return fail(Errc::Permission,
                    fmt::format("{}: everybody may read it; run: chmod o= {}", path.string(), path.string()));
    }
    TRY(std::string text, files::read(path, kMaxFile));
    const std::string_view line = std::string_view(text).substr(0, text.find_first_of("\r\n"));
    auto key = of(line);
    ::explicit_bzero(text.data(), text.size());
    if (!key) return wrap(std::move(key).error(), path.string());
    return key;
}

}  // namespace dz::bgp
