// daemon/privileges.hpp: does this process have the rights that tunnels need?
#pragma once

namespace dz::daemon {

/// CAP_NET_ADMIN in the effective set. True where the kernel does not say: trying will tell.
bool has_net_admin();

}  // namespace dz::daemon
