// protocols/bgp/md5_key.hpp: the secret that the ends of a session share to sign their TCP segments (RFC
// 2385).
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.hpp"

namespace dz::bgp {

/// Wiped when destroyed. Shared, never copied; never printed.
class Md5Key {
  public:
    static constexpr std::size_t kMaxSize = 80;  ///< what the kernel takes

    /// Errors: BadValue, empty or too long.
    static Result<std::shared_ptr<const Md5Key>> of(std::string_view text);
    /// The first line of a file. Errors: those of reading it; Permission when everybody may read it; those of
    /// `of`. None shows the key.
    static Result<std::shared_ptr<const Md5Key>> read(const std::filesystem::path& path);

    ~Md5Key();
    Md5Key(const Md5Key&) = delete;
    Md5Key& operator=(const Md5Key&) = delete;

    std::string_view text() const { return {text_.data(), size_}; }

  private:
    explicit Md5Key(std::string_view text);

    std::array<char, kMaxSize> text_{};
    std::size_t size_ = 0;
};

}  // namespace dz::bgp
