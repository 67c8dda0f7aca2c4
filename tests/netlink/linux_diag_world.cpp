// tests/netlink/linux_diag_world.cpp: the contract's world in the running kernel: real namespaces, mounted in
// a directory of the test's own, with real TCP connections. Needs root.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/descriptor.hpp"
#include "netlink/linux_kernel.hpp"
#include "netlink/linux_socket_diag.hpp"
#include "tests/netlink/diag_world.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::netlink {
namespace {

/// For what goes wrong outside the thing under test.
void require(bool done, const std::string& what) {
    if (!done) throw std::runtime_error("cannot " + what);
}

/// Mounts of this process are its own and go with it.
void hide_mounts() {
    static const bool hidden = [] {
        require(::unshare(CLONE_NEWNS) == 0, "make a mount namespace (root only)");
        require(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
        return true;
    }();
    (void)hidden;
}

/// On a thread of its own, whose namespace nobody will miss. What it throws is thrown here.
void elsewhere(const std::function<void()>& work) {
    std::exception_ptr failure;
    std::thread([&] {
        try {
            work();
        } catch (...) {
            failure = std::current_exception();
        }
    }).join();
    if (failure) std::rethrow_exception(failure);
}

void apply(const Change& change) {
    EventLoop loop;
    const auto kernel = LinuxKernel::open(loop).value();
    require(run(loop, kernel->apply(change)).has_value(), "change the loopback");
}

::sockaddr_in endpoint(Ipv4 address, std::uint16_t port) {
    ::sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(address.to_uint());
    return out;
}

template <class Call>
bool with_address(Call call, int fd, const ::sockaddr_in& address) {
    const void* generic = &address;
    return call(fd, static_cast<const ::sockaddr*>(generic), sizeof address) == 0;
}

class LinuxDiagWorld final : public DiagWorld {
  public:
    LinuxDiagWorld() {
        hide_mounts();
        directory_ = std::make_unique<test::TemporaryDirectory>();
        diag_ = LinuxSocketDiag::of_directory(loop, directory_->path());
    }
    ~LinuxDiagWorld() override {
        for (const auto& name : mounted_) ::umount2(path(name).c_str(), MNT_DETACH);
    }

    SocketDiag& diag() override { return *diag_; }

    void add(const std::string& name) override {
        add_file(name);
        elsewhere([&] {
            require(::unshare(CLONE_NEWNET) == 0, "make a network namespace (root only)");
            apply(SetUp{"lo"});
            bind("/proc/thread-self/ns/net", name);
        });
    }
    void add_name(const std::string& name, const std::string& of) override {
        add_file(name);
        bind(path(of), name);
    }
    void add_file(const std::string& name) override { std::ofstream(path(name)).flush(); }
    void remove(const std::string& name) override {
        require(::umount2(path(name).c_str(), MNT_DETACH) == 0, "unmount " + name);
        std::erase(mounted_, name);
        std::filesystem::remove(path(name));
    }
    void remove_directory() override { std::filesystem::remove(directory_->path()); }

    void plug(const std::string& name, const Prefix& address) override {
        inside(name, [&] { apply(Add{LinkAddress{.link = "lo", .prefix = address}}); });
    }
    void listen(const std::string& name, std::uint16_t port) override {
        inside(name, [&] {
            listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            require(with_address(::bind, listener_.get(), endpoint(Ipv4(), port)), "bind a listener");
            require(::listen(listener_.get(), 16) == 0, "listen");
        });
    }
    void connect(const std::string& name, Ipv4 client, Ipv4 server, std::uint16_t port) override {
        inside(name, [&] {
            Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            require(with_address(::bind, socket.get(), endpoint(client, 0)), "bind a client");
            require(with_address(::connect, socket.get(), endpoint(server, port)), "connect");
            active_.push_back(std::move(socket));
        });
        // Waits until the listener's end is established too.
        passive_.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        require(passive_.back().valid(), "accept");
    }
    void disconnect(const std::string& /*name*/) override {
        const ::linger at_once{.l_onoff = 1, .l_linger = 0};
        for (const Descriptor& socket : active_)
            ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        active_.clear();
        char byte = 0;
        // Until the reset has arrived.
        for (const Descriptor& socket : passive_) require(::recv(socket.get(), &byte, 1, 0) <= 0, "be reset");
        passive_.clear();
    }

  private:
    std::filesystem::path path(const std::string& name) const { return *directory_ / name; }

    void bind(const std::filesystem::path& from, const std::string& name) {
        require(::mount(from.c_str(), path(name).c_str(), nullptr, MS_BIND, nullptr) == 0, "mount " + name);
        mounted_.push_back(name);
    }
    void inside(const std::string& name, const std::function<void()>& work) {
        elsewhere([&] {
            require(enter_namespace(path(name)).has_value(), "enter " + name);
            work();
        });
    }

    std::unique_ptr<test::TemporaryDirectory> directory_;
    std::unique_ptr<LinuxSocketDiag> diag_;
    std::vector<std::string> mounted_;
    Descriptor listener_;
    std::vector<Descriptor> active_, passive_;
};

}  // namespace

std::unique_ptr<DiagWorld> make_diag_world() {
    return std::make_unique<LinuxDiagWorld>();
}

}  // namespace dz::netlink
