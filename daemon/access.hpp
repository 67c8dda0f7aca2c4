// daemon/access.hpp: who may change what the daemon does.
//
// The socket is open to everybody for reading (mode 0666), since monitoring runs as anybody. Changes are for
// root, for the user the daemon runs as, and for members of its group: so `usermod -aG doublezero alice` is
// enough, and an arbitrary local account cannot take a validator's tunnel down (daemon.md 14.6 M9).
#pragma once

#include <cstdint>
#include <optional>

#include "base/http_server.hpp"

namespace dz::daemon {

/// Who the daemon runs as.
struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    static Identity of_this_process();
};

/// Nobody may whom the kernel does not vouch for, such as a client by TCP. Group 0 counts for root only.
bool may_change(const http::Request& request, const Identity& self);

}  // namespace dz::daemon
