#include "reconciler/apply.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace dz::reconciler {

namespace {

using netlink::Add;
using netlink::Change;
using netlink::LinkAddress;
using netlink::Parts;
using netlink::Remove;
using netlink::Route;
using netlink::Rule;
using netlink::Tunnel;

template <class... T>
bool is_any(const Change& change) {
    return (std::holds_alternative<T>(change) || ...);
}

bool is_removal(const Change& change) {
    return is_any<Remove<Tunnel>, Remove<LinkAddress>, Remove<Route>, Remove<Rule>, netlink::SetDown>(change);
}

/// Routes and rules do not depend on one another, so thousands go to the kernel at once.
bool is_independent(const Step& step) {
    const auto* change = std::get_if<Change>(&step);
    return change &&
           is_any<Add<Route>, netlink::Replace<Route>, Remove<Route>, Add<Rule>, Remove<Rule>>(*change);
}

Parts part_of(const Change& change) {
    if (is_any<Add<Tunnel>>(change)) return Parts::Links;
    if (is_any<Add<LinkAddress>>(change)) return Parts::Addresses;
    if (is_any<Add<Rule>>(change)) return Parts::Rules;
    return Parts::Routes;
}

template <class T>
bool has_equal(const std::vector<T>& objects, const Add<T>* add) {
    return add && std::ranges::find(objects, add->what) != objects.end();
}

bool has_same_tunnel(const std::vector<Tunnel>& tunnels, const Add<Tunnel>* add) {
    // MTU and up state are put right in place by whoever looks next.
    return add && std::ranges::any_of(tunnels, [&](const Tunnel& tunnel) {
               return tunnel.name == add->what.name && tunnel.local == add->what.local &&
                      tunnel.remote == add->what.remote && tunnel.ttl == add->what.ttl && tunnel.plain;
           });
}

/// What an add met is just what it was to make.
bool is_there(const netlink::State& kernel, const Change& change) {
    return has_same_tunnel(kernel.tunnels, std::get_if<Add<Tunnel>>(&change)) ||
           has_equal(kernel.addresses, std::get_if<Add<LinkAddress>>(&change)) ||
           has_equal(kernel.routes, std::get_if<Add<Route>>(&change)) ||
           has_equal(kernel.rules, std::get_if<Add<Rule>>(&change));
}

class Application {
  public:
    Application(netlink::Kernel& kernel, bgp::Speaker& speaker, const Plan& plan)
        : kernel_(kernel), speaker_(speaker) {
        for (const auto& step : plan.steps) {
            const auto* change = std::get_if<Change>(&step);
            const auto* add = change ? std::get_if<Add<LinkAddress>>(change) : nullptr;
            if (add) link_by_address_[add->what.prefix.address] = add->what.link;
        }
    }

    Task<Outcome> run(Plan plan) {
        auto at = plan.steps.begin();
        while (at != plan.steps.end()) {
            const auto batch_end = std::find_if_not(at, plan.steps.end(), is_independent);
            if (batch_end == at) {
                co_await one(std::move(*at++));
                continue;
            }
            std::vector<Change> batch;
            for (; at != batch_end; ++at) collect(std::move(*at), batch);
            co_await all(std::move(batch));
        }
        co_return std::move(outcome_);
    }

  private:
    Task<> one(Step step) {
        if (const auto* remove = std::get_if<RemovePeer>(&step)) {
            speaker_.remove(remove->remote);
            outcome_.done.push_back(std::move(step));
        } else if (const auto* set = std::get_if<SetPeer>(&step)) {
            set_peer(*set);
        } else {
            co_await change(std::get<Change>(std::move(step)));
        }
    }

    void set_peer(const SetPeer& set) {
        const auto link = link_by_address_.find(set.config.local);
        if (link != link_by_address_.end() && broken_.contains(link->second)) {
            ++outcome_.skipped;
            return;
        }
        speaker_.set(set.config);
        outcome_.done.emplace_back(set);
    }

    Task<> change(Change change) {
        if (broken_.contains(link_of(change))) {
            ++outcome_.skipped;
            co_return;
        }
        auto result = co_await kernel_.apply(change);
        if (!result && result.error().code == Errc::Exists) {
            const auto now = co_await kernel_.read(part_of(change));
            if (now && is_there(*now, change)) result = {};
        }
        if (!settle(std::move(change), result)) broken_.insert(broken_link_);
    }

    void collect(Step step, std::vector<Change>& batch) {
        auto& change = std::get<Change>(step);
        if (broken_.contains(link_of(change))) {
            ++outcome_.skipped;
        } else {
            batch.push_back(std::move(change));
        }
    }

    Task<> all(std::vector<Change> batch) {
        if (batch.empty()) co_return;
        auto results = co_await kernel_.apply_all(batch);
        const bool met_something = std::ranges::any_of(
            results, [](const auto& result) { return !result && result.error().code == Errc::Exists; });
        Result<netlink::State> now;
        if (met_something) now = co_await kernel_.read(Parts::Routes | Parts::Rules);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (!results[i] && results[i].error().code == Errc::Exists && now && is_there(*now, batch[i]))
                results[i] = {};
            settle(std::move(batch[i]), results[i]);
        }
    }

    /// Files the outcome. False when it is a failure; `broken_link_` then names the link.
    bool settle(Change change, const Result<>& result) {
        if (result || (result.error().code == Errc::NotFound && is_removal(change))) {
            outcome_.done.emplace_back(std::move(change));
            return true;
        }
        broken_link_ = link_of(change);
        outcome_.failures.push_back({Step{std::move(change)}, result.error()});
        return false;
    }

    netlink::Kernel& kernel_;
    bgp::Speaker& speaker_;
    Outcome outcome_;
    std::set<std::string> broken_;
    std::string broken_link_;
    std::map<Ipv4, std::string> link_by_address_;
};

}  // namespace

Task<Outcome> apply(Plan plan, netlink::Kernel& kernel, bgp::Speaker& speaker) {
    Application application(kernel, speaker, plan);
    co_return co_await application.run(std::move(plan));
}

}  // namespace dz::reconciler
