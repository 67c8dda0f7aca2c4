#include "netlink/fake_socket_diag.hpp"

#include <algorithm>
#include <set>

namespace dz::netlink {

Task<Result<std::vector<NamespaceReport>>> FakeSocketDiag::look(std::uint16_t port) {
    ++looks_;
    if (failure_) co_return fail(*failure_, "the namespaces cannot be listed");
    std::vector<NamespaceReport> reports;
    std::set<const Namespace*> seen{nullptr};
    for (const auto& [name, space] : names_) {
        if (!seen.insert(space.get()).second) continue;
        if (space->damage) {
            reports.push_back({.name = name, .view = fail(*space->damage, "cannot be entered")});
            continue;
        }
        NamespaceView view = space->view;
        std::erase_if(view.sessions, [port](const TcpSession& session) {
            return session.local_port != port && session.remote_port != port;
        });
        reports.push_back({.name = name, .view = std::move(view)});
    }
    co_return reports;
}

void FakeSocketDiag::plug(const std::string& name, const Prefix& address) {
    names_.at(name)->view.addresses.push_back(address);
}

void FakeSocketDiag::unplug(const std::string& name, const Prefix& address) {
    std::erase(names_.at(name)->view.addresses, address);
}

void FakeSocketDiag::connect(const std::string& name, const TcpSession& session) {
    names_.at(name)->view.sessions.push_back(session);
}

void FakeSocketDiag::disconnect(const std::string& name, Ipv4 remote) {
    std::erase_if(names_.at(name)->view.sessions,
                  [remote](const TcpSession& session) { return session.remote == remote; });
}

void FakeSocketDiag::damage(const std::string& name, Errc code) {
    names_.at(name)->damage = code;
}

}  // namespace dz::netlink
