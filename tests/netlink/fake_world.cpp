// tests/netlink/fake_world.cpp: the contract's world in memory.
#include "netlink/fake_kernel.hpp"
#include "tests/netlink/contract.hpp"

namespace dz::netlink {
namespace {

class FakeWorld final : public World {
  public:
    Kernel& kernel() override { return kernel_; }
    void plug(const std::string& name, const std::vector<Prefix>& addresses) override {
        kernel_.plug({.name = name, .kind = "veth", .mtu = 1500, .up = true}, addresses);
    }
    void unplug(const std::string& name) override { kernel_.unplug(name); }
    Result<> meddle(const Change& change) override { return kernel_.meddle(change); }

  private:
    FakeKernel kernel_;
};

}  // namespace

std::unique_ptr<World> make_world() {
    return std::make_unique<FakeWorld>();
}

}  // namespace dz::netlink
