// base/files.hpp: files that matter survive a power cut.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dz::files {

/// The whole file. Errors: NotFound, Permission, LimitExceeded (more than `max_bytes`), Io.
Result<std::string> read(const std::filesystem::path& path, std::size_t max_bytes);

/// Makes `directory` and its missing parents (0755) and syncs what they were made in, so that the names are
/// there after a power cut too.
Result<> make_directories(const std::filesystem::path& directory);

/// Writes a temporary file next to `path`, syncs it, renames it over `path` and syncs the directory.
/// Missing parent directories are made (0755). `mode` is exact, whatever the umask.
Result<> write_atomic(const std::filesystem::path& path, std::string_view content, ::mode_t mode = 0644);

/// As `write_atomic`, but `path` must not exist: Exists otherwise, and the old file is untouched.
Result<> create_exclusive(const std::filesystem::path& path, std::string_view content, ::mode_t mode);

/// Moves a damaged file to "<path>.damaged" (replacing an older one) and returns the new name.
Result<std::filesystem::path> set_aside(const std::filesystem::path& path);

}  // namespace dz::files
