// tests/netlink/linux_world.cpp: the contract's world in the running kernel. Each world is a network
// namespace of its own, which goes when the next one is made. Needs root.
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/socket.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "netlink/linux_kernel.hpp"
#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

/// For what goes wrong outside the thing under test.
void require(bool done, const std::string& what) {
    if (!done) throw std::runtime_error("cannot " + what);
}

class LinuxWorld final : public World {
  public:
    LinuxWorld() {
        require(::unshare(CLONE_NEWNET) == 0, "make a network namespace (root only)");
        kernel_ = LinuxKernel::open(loop).value();
        other_ = LinuxKernel::open(loop).value();
        require(meddle(SetUp{"lo"}).has_value(), "set lo up");
        // Linux drops the routes of a link without carrier; a dummy has none to lose, but not every kernel
        // has it.
    }

    Kernel& kernel() override { return *kernel_; }

    void plug(const std::string& name, const std::vector<Prefix>& addresses) override {
        const auto socket = connect();
        const std::string peer = name + "-peer";
        require(rtnl_link_veth_add(socket.get(), name.c_str(), peer.c_str(), ::getpid()) == 0, "add " + name);
        for (const std::string& end : {peer, name}) require(meddle(SetUp{end}).has_value(), "set up " + end);
        for (const Prefix& prefix : addresses)
            require(meddle(Add{LinkAddress{.link = name, .prefix = prefix}}).has_value(), "add an address");
    }

    void unplug(const std::string& name) override {
        const auto socket = connect();
        rtnl_link* found = nullptr;
        require(rtnl_link_get_kernel(socket.get(), 0, name.c_str(), &found) == 0, "find " + name);
        const std::unique_ptr<rtnl_link, void (*)(rtnl_link*)> link(found, rtnl_link_put);
        require(rtnl_link_delete(socket.get(), link.get()) == 0, "remove " + name);
    }

    Result<> meddle(const Change& change) override { return run(loop, other_->apply(change)); }

  private:
    using SocketHandle = std::unique_ptr<nl_sock, void (*)(nl_sock*)>;
    static SocketHandle connect() {
        SocketHandle socket(nl_socket_alloc(), nl_socket_free);
        require(nl_connect(socket.get(), NETLINK_ROUTE) == 0, "open a netlink socket");
        return socket;
    }

    std::unique_ptr<LinuxKernel> kernel_;
    std::unique_ptr<LinuxKernel> other_;
};

}  // namespace

std::unique_ptr<World> make_world() {
    return std::make_unique<LinuxWorld>();
}

}  // namespace dz::netlink
