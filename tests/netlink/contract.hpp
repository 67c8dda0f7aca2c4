// tests/netlink/contract.hpp: what contract_test.cpp runs in. The fake and Linux each define make_world().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/run.hpp"
#include "netlink/kernel.hpp"

namespace dz::netlink {

/// A host without links but loopback, with two seats at its network stack.
class World {
  public:
    virtual ~World() = default;

    virtual Kernel& kernel() = 0;
    /// An Ethernet-like interface, up, with addresses of universe scope.
    virtual void plug(const std::string& name, const std::vector<Prefix>& addresses) = 0;
    virtual void unplug(const std::string& name) = 0;
    /// A change by another program.
    virtual Result<> meddle(const Change& change) = 0;

    EventLoop loop;
};

std::unique_ptr<World> make_world();

}  // namespace dz::netlink
