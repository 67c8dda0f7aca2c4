// netlink/fake_socket_diag.hpp: namespaces with addresses and TCP sessions in memory.
//
//     FakeSocketDiag diag;
//     diag.add("ns-vrf1");
//     diag.plug("ns-vrf1", *parse_prefix("169.254.0.0/31"));
//     diag.connect("ns-vrf1", {.local = ..., .remote = ..., .local_port = 179, .remote_port = 40000});
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "netlink/socket_diag.hpp"

namespace dz::netlink {

class FakeSocketDiag final : public SocketDiag {
  public:
    Task<Result<std::vector<NamespaceReport>>> look(std::uint16_t port) override;

    /// A new, empty namespace.
    void add(const std::string& name) { names_[name] = std::make_shared<Namespace>(); }
    /// A second name for a namespace that is there.
    void add_name(const std::string& name, const std::string& of) { names_[name] = names_.at(of); }
    /// A file that is no namespace.
    void add_file(const std::string& name) { names_[name] = nullptr; }
    void remove(const std::string& name) { names_.erase(name); }

    void plug(const std::string& name, const Prefix& address);
    void unplug(const std::string& name, const Prefix& address);
    void connect(const std::string& name, const TcpSession& session);
    void disconnect(const std::string& name, Ipv4 remote);

    /// Makes the namespace unreadable until `heal`.
    void damage(const std::string& name, Errc code);
    void heal(const std::string& name) { names_.at(name)->damage.reset(); }
    /// Fails every `look` from now on; `look_again` ends it.
    void fail_all(Errc code) { failure_ = code; }
    void look_again() { failure_.reset(); }

    /// How often somebody looked.
    int looks() const { return looks_; }

  private:
    struct Namespace {
        NamespaceView view;
        std::optional<Errc> damage;
    };

    std::map<std::string, std::shared_ptr<Namespace>> names_;
    std::optional<Errc> failure_;
    int looks_ = 0;
};

}  // namespace dz::netlink
