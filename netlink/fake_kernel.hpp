// netlink/fake_kernel.hpp: a network stack in memory that obeys Linux's rules.
//
//     FakeKernel kernel;
//     kernel.plug({.name = "eth0", .kind = "veth", .mtu = 1500, .up = true},
//     {*parse_prefix("192.0.2.10/24")}); CHECK(run(loop, kernel.apply(Add{tunnel}))); CHECK(kernel.dump() ==
//     "link eth0 ...");
//
// Not modelled: carrier, multipath, several addresses of one subnet on a link, type of service, namespaces.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netlink/kernel.hpp"

namespace dz::netlink {

class FakeKernel final : public Kernel {
  public:
    FakeKernel();
    FakeKernel(const FakeKernel&) = delete;
    FakeKernel& operator=(const FakeKernel&) = delete;

    Task<std::vector<Result<>>> apply_all(std::vector<Change> changes) override;
    Task<Result<State>> read(Parts parts) override;
    Task<Result<Path>> route_to(Ipv4 destination) override;
    Task<Result<std::vector<Event>>> next_events() override;

    /// The whole state, one line per object.
    std::string dump() const { return to_string(state()); }
    /// The same as values, without a coroutine.
    State state() const;

    /// An interface as the administrator set it up, with addresses of universe scope.
    void plug(const Link& link, const std::vector<Prefix>& addresses = {});
    /// Pulls it out again with all that hangs on it.
    void unplug(std::string_view name);
    /// A change by another program: obeys the same rules and is reported by `next_events`.
    Result<> meddle(const Change& change);
    /// Reports `Lost` instead of all events that wait.
    void lose_events();

    /// Makes the next `times` changes of a kind fail: `fail_next<Add<Route>>(Errc::Permission)`.
    template <class Kind>
    void fail_next(Errc code, int times = 1) {
        change_failures_[Change(Kind{}).index()] = {code, times};
    }
    /// Makes one change fail, whatever it is: the `number`th from now on, counted from 1.
    void fail_change(std::size_t number, Errc code) { refusal_ = {number, code}; }
    void fail_next_read(Errc code, int times = 1) { read_failure_ = {code, times}; }
    void fail_next_route_to(Errc code, int times = 1) { route_to_failure_ = {code, times}; }

    /// How many changes `apply` and `apply_all` have carried out: an idle pass must not move it.
    std::size_t applied() const { return applied_; }

  private:
    struct Failure {
        Errc code{};
        int times = 0;
        Result<> strike();
    };
    struct Device {
        Link link;
        std::optional<Tunnel> tunnel;  ///< its name, mtu and up are those of `link`
        std::vector<LinkAddress> addresses;
        Tunnel as_tunnel() const;
    };
    /// Several routes may have one key: the kernel appends the routes that come with addresses.
    using Routes = std::multimap<RouteKey, Route>;

    Result<> carry_out(const Change& change);
    Result<> on(const Add<Tunnel>& change);
    Result<> on(const Remove<Tunnel>& change);
    Result<> on(const SetUp& change);
    Result<> on(const SetDown& change);
    Result<> on(const SetMtu& change);
    Result<> on(const SetEndpoints& change);
    Result<> on(const Add<LinkAddress>& change);
    Result<> on(const Remove<LinkAddress>& change);
    Result<> on(const Add<Route>& change);
    Result<> on(const Replace<Route>& change);
    Result<> on(const Remove<Route>& change);
    Result<> on(const Add<Rule>& change);
    Result<> on(const Remove<Rule>& change);

    Device* find(std::string_view name);
    Result<Device*> get(std::string_view name);
    /// Errors of a route that Linux would refuse; else the route with the device filled in.
    Result<Route> checked(Route route);
    Result<Route> with_next_hop(Route route);
    bool is_local(Ipv4 address) const;

    void set_up(Device& device);
    void set_down(Device& device);
    void erase(std::string_view name);
    void add_connected_route(const LinkAddress& address);
    void remove_routes_through(std::string_view device);

    /// Longest match in one table among routes whose scope is at least `scope`, through `device` if not
    /// empty.
    const Route* look_up(std::uint32_t table, Ipv4 destination, Scope scope, std::string_view device) const;
    /// The same in the tables the rules name, in their order. Rules with `from` never match: no source is
    /// known.
    const Route* look_up_by_rules(Ipv4 destination, Scope scope, std::string_view device) const;
    std::optional<Ipv4> source_for(const Route& route) const;

    void report(const Device& device);
    void report(Event event);
    /// Only where somebody else made the change.
    void report_foreign(Event event);

    std::vector<Device> devices_;  // in order of creation; the first is lo
    Routes routes_;
    std::vector<Rule> rules_;  // in order of priority

    std::vector<Event> events_;
    std::weak_ptr<boost::asio::steady_timer> waiter_;  // owned by the coroutine that waits
    bool ours_ = true;                                 // the change being carried out came through the port
    std::size_t applied_ = 0;
    std::pair<std::size_t, Errc> refusal_{};          // changes until then; 0: none
    std::map<std::size_t, Failure> change_failures_;  // by index in Change
    Failure read_failure_, route_to_failure_;
};

}  // namespace dz::netlink
