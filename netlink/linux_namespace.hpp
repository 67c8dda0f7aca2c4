// netlink/linux_namespace.hpp: files that name network namespaces, and sockets born in them.
//
// Internal to dz::netlink_linux.
#pragma once

#include <sys/types.h>

#include <compare>
#include <filesystem>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace dz::netlink {

/// Tells a namespace from others: it may have several names.
struct NamespaceId {
    ::dev_t device{};
    ::ino_t inode{};
    auto operator<=>(const NamespaceId&) const = default;
};

struct OpenNamespace {
    Descriptor file;
    NamespaceId id;
};

/// Errors: NotFound; BadValue when the file is no network namespace; Permission; Io.
Result<OpenNamespace> open_namespace(const std::filesystem::path& path);
/// The one that the calling thread is in.
Result<OpenNamespace> own_namespace();

/// The two sockets that a look takes.
struct DiagSockets {
    Descriptor sock_diag, route;
};
/// In the namespace of the calling thread.
Result<DiagSockets> open_diag_sockets();

/// The same in `where`: the calling thread goes there and comes back to `home`. Errors: Permission without
/// CAP_SYS_ADMIN; Internal when it could not come back.
Result<DiagSockets> open_diag_sockets_in(const OpenNamespace& where, const OpenNamespace& home);

}  // namespace dz::netlink
