#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/descriptor.hpp"

namespace dz::files {

namespace {

namespace fs = std::filesystem;

std::unexpected<Error> failed(std::string_view doing, const fs::path& path) {
    return fail_errno(errno, fmt::format("{} {}", doing, path.native()));
}

fs::path directory_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Result<> write_all(int descriptor, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ::ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed("write", path);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> sync_directory(const fs::path& directory) {
    const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.valid()) return failed("open", directory);
    // Some file systems cannot sync a directory and say EINVAL; there is nothing better to do there.
    if (::fsync(opened.get()) != 0 && errno != EINVAL) return failed("sync", directory);
    return {};
}

/// A synced file of its own with the wanted content and mode, not yet under its name.
Result<> write_synced(const fs::path& path, std::string_view content, ::mode_t mode) {
    // What a crash left behind is removed, never opened: it may be a link, or open in another program.
    ::unlink(path.c_str());
    const Descriptor opened(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!opened.valid()) return failed("create", path);
    if (::fchmod(opened.get(), mode) != 0) return failed("set mode of", path);
    TRY_OK(write_all(opened.get(), content, path));
    if (::fsync(opened.get()) != 0) return failed("sync", path);
    return {};
}

/// Both writers: `flags` are those of renameat2(2).
Result<> replace(const fs::path& path, std::string_view content, ::mode_t mode, unsigned flags) {
    const fs::path directory = directory_of(path);
    TRY_OK(make_directories(directory));

    fs::path temporary = path;
    temporary += ".tmp";
    Result<> written = write_synced(temporary, content, mode);
    if (written && ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), flags) != 0)
        written = failed("create", path);
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return sync_directory(directory);
}

}  // namespace

Result<std::string> read(const fs::path& path, std::size_t max_bytes) {
    const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.valid()) return failed("open", path);
    std::string content;
    // The size that stat reports is no guide: files in /proc have none and others grow meanwhile.
    for (char block[16 << 10];;) {
        const ::ssize_t count = ::read(opened.get(), block, sizeof block);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("read", path);
        if (count == 0) return content;
        content.append(block, static_cast<std::size_t>(count));
        if (content.size() > max_bytes)
            return fail(Errc::LimitExceeded,
                        fmt::format("read {}: more than {} bytes", path.native(), max_bytes));
    }
}

Result<> make_directories(const fs::path& directory) {
    std::error_code error;
    fs::path made = directory.lexically_normal();
    if (!made.has_filename()) made = made.parent_path();
    std::vector<fs::path> missing;
    for (; !made.empty() && !fs::exists(made, error); made = made.parent_path()) missing.push_back(made);
    fs::create_directories(directory, error);
    if (error) return fail_errno(error.value(), "create directory " + directory.native());
    for (const fs::path& one : missing) TRY_OK(sync_directory(directory_of(one)));
    return {};
}

Result<> write_atomic(const fs::path& path, std::string_view content, ::mode_t mode) {
    return replace(path, content, mode, 0);
}

Result<> create_exclusive(const fs::path& path, std::string_view content, ::mode_t mode) {
    return replace(path, content, mode, RENAME_NOREPLACE);
}

Result<fs::path> set_aside(const fs::path& path) {
    fs::path target = path;
    target += ".damaged";
    if (::rename(path.c_str(), target.c_str()) != 0) return failed("set aside", path);
    TRY_OK(sync_directory(directory_of(path)));
    return target;
}

}  // namespace dz::files
