#include "daemon/access.hpp"

#include <unistd.h>

#include <algorithm>

namespace dz::daemon {

Identity Identity::of_this_process() {
    return {.uid = ::geteuid(), .gid = ::getegid()};
}

bool may_change(const http::Request& request, const Identity& self) {
    if (!request.peer_uid) return false;
    if (*request.peer_uid == 0 || *request.peer_uid == self.uid) return true;
    if (self.gid == 0) return false;
    return request.peer_gid == self.gid ||
           std::ranges::find(request.peer_groups, self.gid) != request.peer_groups.end();
}

}  // namespace dz::daemon
