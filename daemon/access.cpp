#include "daemon/access.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "daemon/api/messages.hpp"

namespace dz::daemon {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

std::optional<std::uint32_t> find_group(const std::filesystem::path& file, std::string_view name) {
    const std::unique_ptr<std::FILE, CloseFile> opened(std::fopen(file.c_str(), "re"));
    if (!opened) return {};
    while (const ::group* entry = ::fgetgrent(opened.get()))
        if (entry->gr_name == name) return entry->gr_gid;
    return {};
}

Identity Identity::of_this_process() {
    return {.uid = ::geteuid(), .gid = find_group(kGroupFile, kGroup).value_or(::getegid())};
}

bool may_change(const http::Request& request, const Identity& self) {
    if (!request.peer_uid) return false;
    if (*request.peer_uid == 0 || *request.peer_uid == self.uid) return true;
    if (self.gid == 0) return false;
    return request.peer_gid == self.gid ||
           std::ranges::find(request.peer_groups, self.gid) != request.peer_groups.end();
}

http::Response refusal(int status, std::string_view description) {
    return {.status = status, .body = api::error_body(description)};
}

http::Response refuse_change(const Identity& self, std::string_view what) {
    return refusal(403, fmt::format("only root and members of the daemon's group (gid {}) may {}; use sudo",
                                    self.gid, what));
}

SocketAccess socket_access(std::optional<unsigned> asked, std::optional<std::uint32_t> group) {
    return {.mode = asked.value_or(group ? 0660 : 0600), .group = group};
}

Result<> open_socket_to(const std::filesystem::path& path, const SocketAccess& access) {
    if (access.group && ::chown(path.c_str(), static_cast<::uid_t>(-1), *access.group) != 0)
        return fail_errno(errno, path.string());
    if (::chmod(path.c_str(), access.mode) != 0) return fail_errno(errno, path.string());
    return {};
}

}  // namespace dz::daemon
