// tests/netlink/fake_diag_world.cpp: the contract's world in memory.
#include "netlink/fake_socket_diag.hpp"
#include "tests/netlink/diag_world.hpp"

namespace dz::netlink {
namespace {

class FakeDiagWorld final : public DiagWorld {
  public:
    SocketDiag& diag() override { return diag_; }
    void add(const std::string& name) override { diag_.add(name); }
    void add_name(const std::string& name, const std::string& of) override { diag_.add_name(name, of); }
    void add_file(const std::string& name) override { diag_.add_file(name); }
    void remove(const std::string& name) override { diag_.remove(name); }
    void remove_directory() override { diag_.fail_all(Errc::NotFound); }
    void plug(const std::string& name, const Prefix& address) override { diag_.plug(name, address); }
    void listen(const std::string& /*name*/, std::uint16_t /*port*/) override {}
    void connect(const std::string& name, Ipv4 client, Ipv4 server, std::uint16_t port) override {
        constexpr std::uint16_t kEphemeral = 40'000;
        constexpr auto kRtt = std::chrono::microseconds(30);
        diag_.connect(name, {client, server, kEphemeral, port, kRtt});
        diag_.connect(name, {server, client, port, kEphemeral, kRtt});
        ends_ = {client, server};
    }
    void disconnect(const std::string& name) override {
        for (const Ipv4& end : ends_) diag_.disconnect(name, end);
    }

  private:
    FakeSocketDiag diag_;
    std::vector<Ipv4> ends_;
};

}  // namespace

std::unique_ptr<DiagWorld> make_diag_world() {
    return std::make_unique<FakeDiagWorld>();
}

}  // namespace dz::netlink
