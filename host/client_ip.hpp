// host/client_ip.hpp: finds the client IP and keeps it true while the machine's addresses change.
//
// In order (daemon.md 5): the flag, whatever it says; the source address of the default route if it is
// public; the answer of an outside service, unless that is switched off. Not finding one is never fatal: the
// finder goes on trying, slower and slower, and at once when somebody calls `reconsider`. Interfaces are not
// searched: on a host with several public addresses only its routes tell which of them it is known by.
#pragma once

#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "host/facts.hpp"
#include "host/public_ip.hpp"
#include "netlink/kernel.hpp"

namespace dz::host {

class ClientIpFinder {
  public:
    struct Config {
        /// `-client-ip`: taken as it is, private addresses too, and nothing is looked up.
        std::optional<Ipv4> address;
        /// `-public-ip-lookup`: whether the outside service may be asked.
        bool ask_outside = true;
        Duration first_retry = 2s;  ///< after a failed look-up; the third and later waits double
        Duration max_retry = 60s;
        /// An address that differs from the one in use must be seen again after this long before it counts:
        /// a lease being renewed is no reason to move a tunnel.
        Duration settle = 5s;
        /// The outside service is not asked more often than this once an address is known.
        Duration ask_again = 60s;
        /// And it is asked this often without an occasion: a translating router gets another address, and
        /// nothing here shows it.
        Duration ask_anew = 30min;
    };

    /// All references must outlive the finder.
    ClientIpFinder(EventLoop& loop, Clock& clock, netlink::Kernel& kernel, PublicIpService& service, Log log,
                   Config config);

    /// Known at once where the flag was given.
    const ClientIp& current() const { return current_; }

    /// Addresses or routes of the machine have changed: look again soon. Cheap, may be called for each event.
    void reconsider() { wake_.set(); }

    /// Another `Config::address` and `Config::ask_outside`. A given address counts at once; when it is taken
    /// back, it stays until another one is found.
    void configure(std::optional<Ipv4> address, bool ask_outside);

    /// Called after each change of `current()`. Replaces an earlier one.
    void on_change(std::function<void()> notify) { notify_ = std::move(notify); }

    /// Looks, and looks again when there is reason to, until cancelled.
    Task<> run();

  private:
    struct Found {
        Ipv4 address;
        ClientIpMethod method;
    };
    Task<Result<Found>> look();
    Task<std::optional<Ipv4>> default_route_source();
    /// Gives how long to wait before the next look.
    Duration digest(Result<Found> found);
    void use(const Found& found);
    void change_to(ClientIp next);
    void report(std::string reason);
    Duration retry_delay() const;

    Clock& clock_;
    netlink::Kernel& kernel_;
    PublicIpService& service_;
    Log log_;
    Config config_;
    Wake wake_;
    std::function<void()> notify_;

    ClientIp current_;
    std::optional<Ipv4> inner_;            ///< as of the last look
    std::optional<Ipv4> candidate_;        ///< differs from `current_` and waits to be seen again
    std::optional<TimePoint> last_asked_;  ///< the outside service
    int failures_ = 0;
};

}  // namespace dz::host
