// reconciler/pass.cpp: one pass of the loop: look, think, act, take stock.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "reconciler/core.hpp"

namespace dz::reconciler {

namespace {

using netlink::Change;
using netlink::Route;
using netlink::RouteKey;

constexpr std::array kLinks = {kUnicastLink, kMulticastLink};

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

const Change* change_of(const Step& step) {
    return std::get_if<Change>(&step);
}

template <class... T>
bool is_any(const Step& step) {
    const auto* change = change_of(step);
    return change && (std::holds_alternative<T>(*change) || ...);
}

/// What to look at again after it was done. Rules too: one that is only said to be gone must not be
/// forgotten.
bool is_structural(const Step& step) {
    using netlink::Add, netlink::Remove, netlink::LinkAddress, netlink::Rule, netlink::Tunnel;
    return is_any<Add<Tunnel>, Remove<Tunnel>, netlink::SetUp, netlink::SetDown, netlink::SetMtu,
                  netlink::SetEndpoints, Add<LinkAddress>, Remove<LinkAddress>, Add<Rule>, Remove<Rule>>(
        step);
}

std::optional<RouteKey> route_key(const Step& step) {
    const auto* change = change_of(step);
    if (!change) return std::nullopt;
    if (const auto* add = std::get_if<netlink::Add<Route>>(change)) return add->what.key();
    if (const auto* replace = std::get_if<netlink::Replace<Route>>(change)) return replace->what.key();
    if (const auto* remove = std::get_if<netlink::Remove<Route>>(change)) return remove->what.key();
    return std::nullopt;
}

std::string link_with(const State& state, Ipv4 address) {
    for (const auto& a : state.addresses) {
        if (a.prefix.address == address) return a.link;
    }
    return {};
}

/// The link that a step is about, peers included. Rules belong to the unicast service.
std::string link_about(const Step& step, const State& desired, const State& actual) {
    if (const auto* set = std::get_if<SetPeer>(&step)) return link_with(desired, set->config.local);
    if (const auto* remove = std::get_if<RemovePeer>(&step)) {
        const auto peer = std::ranges::find(actual.peers, remove->remote, &bgp::PeerConfig::remote);
        return peer == actual.peers.end() ? std::string{} : link_with(actual, peer->local);
    }
    const auto& link = link_of(*change_of(step));
    return link.empty() ? std::string(kUnicastLink) : link;
}

Problem step_failed(const Failure& failure) {
    const bool foreign = failure.error.code == Errc::Exists;
    return {.code = ProblemCode::StepFailed,
            .text = fmt::format("cannot {}: {}", to_string(failure.step), failure.error.text),
            .remedy = foreign ? "another program has it: remove it there" : ""};
}

/// Same service, whatever we think of it.
bool wants_same(const Service* a, const Service* b) {
    if (!a || !b) return a == b;
    Service left = *a, right = *b;
    left.problems.clear();
    right.problems.clear();
    return left == right;
}

const Service* find(const std::vector<Service>& services, std::string_view link) {
    const auto at = std::ranges::find(services, link, &Service::link);
    return at == services.end() ? nullptr : &*at;
}

}  // namespace

Task<> Loop::Core::pass(Causes causes) {
    if (!enabled_) co_return;
    const TimePoint start = clock_.now();
    if (causes.has(Cause::Toggle)) patience_.forget_all();
    if (stop_) ++stop_attempts_;

    if (!owned_recalled_) co_await recall_owned();
    if (mirror_.stale() && !co_await read_kernel()) co_return;
    if (causes.has_any(Cause::Start, Cause::Toggle, Cause::Ledger, Cause::Host, Cause::Tick, Cause::Audit)) {
        co_await look_at_host();
    }
    auto changes = speaker_.take_changes();
    auto damaged = mirror_.take_dirty();
    const bool full = needs_full_pass(causes, damaged);
    // First what the peers said in so many words: a full pass would take a withdrawn route for one that waits
    // for its session.
    co_await route_pass(std::move(changes), full ? std::vector<RouteKey>{} : std::move(damaged), causes);
    if (full) co_await full_pass(causes);
    plan_sweep();
    note_states();

    ++counters_.passes;
    last_pass_ = clock_.wall();
    metrics_.passes.Increment();
    metrics_.pass_seconds.Observe(seconds(clock_.now() - start));
    if (*enabled_ && causes.has_any(Cause::Tick, Cause::Ledger)) {
        const auto view = fetcher_.view();
        (view.snapshot && !view.error ? metrics_.polls_success : metrics_.polls_error).Increment();
    }
}

Task<bool> Loop::Core::read_kernel() {
    auto state = co_await kernel_.read(netlink::Parts::All);
    ++counters_.kernel_reads;
    if (!state) {
        ++counters_.passes_failed;
        if (read_error_ != state.error())
            log_.error("kernel state not read, trying again", {{"error", state.error()}});
        read_error_ = std::move(state).error();
        patience_.failed("", {.code = ProblemCode::StepFailed, .text = read_error_->text, .remedy = ""},
                         clock_.now());
        co_return false;
    }
    read_error_.reset();
    patience_.forget("");
    mirror_.replace(*state);
    inherit_sessions();
    full_pass_due_ = true;
    co_return true;
}

std::vector<bgp::PeerConfig> Loop::Core::peers() const {
    std::vector<bgp::PeerConfig> configs;
    for (auto& report : speaker_.peers()) configs.push_back(std::move(report.config));
    return configs;
}

State Loop::Core::actual() const {
    State state = mirror_.state(peers());
    owned_.narrow(state);
    return state;
}

/// What is there when this process looks for the first time is the work of an earlier one, sessions included.
void Loop::Core::inherit_sessions() {
    if (std::exchange(inherited_, true)) return;
    for (const auto& [remote, prefix] : announced_before(mirror_.state({}))) speaker_.inherit(remote, prefix);
}

Task<> Loop::Core::look_at_host() {
    const auto view = fetcher_.view();
    const auto client_ip = finder_.current();
    host::Facts facts;
    std::vector<Ipv4> ends;
    if (view.snapshot && client_ip.address) ends = destinations(*view.snapshot, *client_ip.address);
    for (const auto& service : by_hand_) ends.push_back(service.tunnel_dst);
    facts.paths = co_await host::look_up_paths(kernel_, std::move(ends));
    facts.client_ip = client_ip;
    facts.local_addresses = host::local_addresses(mirror_.addresses());
    if (facts == facts_ && view.snapshot == snapshot_ && fetcher_.catalogue() == catalogue_) co_return;
    facts_ = std::move(facts);
    snapshot_ = view.snapshot;
    catalogue_ = fetcher_.catalogue();
    full_pass_due_ = true;
}

bool Loop::Core::needs_full_pass(Causes causes, const std::vector<RouteKey>& damaged) const {
    if (full_pass_due_) return true;
    if (causes.has_any(Cause::Start, Cause::Toggle, Cause::Settings, Cause::Retry, Cause::Sweep,
                       Cause::Verify)) {
        return true;
    }
    // A route pass knows learned routes only.
    const auto* unicast = service_on(kUnicastLink);
    return std::ranges::any_of(damaged, [&](const RouteKey& key) {
        return !unicast || unicast->blocked() || key.metric != kRouteMetric ||
               key.table != unicast->route_table();
    });
}

Learned Loop::Core::learned(Ipv4 peer) const {
    Learned learned;
    learned.running_for = clock_.now() - started_;
    const auto report = speaker_.peer(peer);
    if (!report) return learned;
    learned.rib = speaker_.rib(peer);
    learned.up = report->status == bgp::Status::Up;
    learned.up_for = learned.up ? clock_.wall() - report->status_since : Duration{};
    learned.first_session = report->counters.established <= (learned.up ? 1U : 0U);
    return learned;
}

const Service* Loop::Core::service_on(std::string_view link) const {
    return find(services_, link);
}

Inputs Loop::Core::inputs(const State& actual) const {
    Inputs inputs;
    inputs.enabled = enabled_.value_or(false) && stop_ != OnExit::Remove;
    if (!stop_) inputs.by_hand = by_hand_;
    inputs.snapshot = snapshot_.get();
    inputs.catalogue = catalogue_.get();
    inputs.facts = facts_;
    inputs.actual = &actual;
    inputs.taken_names = mirror_.taken_names();
    inputs.learned = [this](Ipv4 peer) { return learned(peer); };
    inputs.settings = config_.settings;
    return inputs;
}

Task<> Loop::Core::full_pass(Causes causes) {
    full_pass_due_ = false;
    const State there = actual();
    Desired desired = desired_state(inputs(there));
    const State wanted = std::move(desired.state);
    adopt(std::move(desired));
    const Plan plan = hold_back(diff(wanted, there), wanted, there);
    if (plan.empty()) {
        for (const auto link : kLinks) patience_.succeeded(link, clock_.now());
        co_await release(wanted);
    } else {
        absorb(co_await carry_out(plan, wanted, there), plan, causes);
    }
}

/// Rules that cannot be written down are not made; the rest of the plan does not wait for them.
Task<Outcome> Loop::Core::carry_out(Plan plan, const State& wanted, const State& actual) {
    const auto makes_rule = [](const Step& step) { return is_any<netlink::Add<netlink::Rule>>(step); };
    if (std::ranges::none_of(plan.steps, makes_rule))
        co_return co_await apply(std::move(plan), kernel_, speaker_);
    const auto claimed = co_await claim(wanted, actual);
    std::vector<Step> withheld;
    if (!claimed) {
        std::ranges::copy_if(plan.steps, std::back_inserter(withheld), makes_rule);
        std::erase_if(plan.steps, makes_rule);
    }
    Outcome outcome = co_await apply(std::move(plan), kernel_, speaker_);
    for (auto& step : withheld) outcome.failures.push_back({std::move(step), claimed.error()});
    co_return outcome;
}

void Loop::Core::adopt(Desired desired) {
    for (const auto link : kLinks) {
        if (!wants_same(find(services_, link), find(desired.services, link))) patience_.forget(link);
    }
    for (const auto& problem : desired.problems) {
        // Whoever cannot read the ledger or find the address has said so.
        if (problem.blocking) continue;
        if (std::ranges::find(problems_, problem) == problems_.end()) {
            log_.warn("the ledger's wish is not carried out", {{"problem", to_string(problem)}});
        }
    }
    for (const auto& service : desired.services) {
        const auto* before = find(services_, service.link());
        for (const auto& problem : service.problems) {
            if (before && std::ranges::find(before->problems, problem) != before->problems.end()) continue;
            log_.warn("service has a problem", {{"tunnel", service.link()}, {"problem", to_string(problem)}});
        }
    }
    fetcher_.want_catalogue(desired.wants_catalogue);
    services_ = std::move(desired.services);
    problems_ = std::move(desired.problems);
    for (const auto kind : {ServiceClass::Unicast, ServiceClass::Multicast}) {
        metrics_.matched(kind, find(services_, reconciler::link_of(kind)) != nullptr);
    }
}

Plan Loop::Core::hold_back(Plan plan, const State& desired, const State& actual) const {
    const TimePoint now = clock_.now();
    if (!patience_.next_retry(now)) return plan;
    std::erase_if(plan.steps, [&](const Step& step) {
        const auto link = link_about(step, desired, actual);
        const auto key = route_key(step);
        return key ? patience_.is_waiting(link, *key, now) : patience_.is_waiting(link, now);
    });
    return plan;
}

std::optional<Step> Loop::Core::step_for(const Service& service, const Learned& learned, const Prefix& prefix,
                                         bool withdrawn) const {
    const RouteKey key{service.route_table(), prefix, kRouteMetric};
    const Route* there = mirror_.route(key);
    const auto wanted = desired_route(service, learned, prefix);
    if (!wanted && there && !(withdrawn && learned.up) && retains(service, learned, config_.settings) &&
        is_retained(service, learned, *there)) {
        return std::nullopt;
    }
    if (patience_.is_waiting(service.link(), key, clock_.now())) return std::nullopt;
    return route_step(wanted ? &*wanted : nullptr, there);
}

Task<> Loop::Core::route_pass(std::vector<bgp::RouteChange> changes, std::vector<RouteKey> damaged,
                              Causes causes) {
    const auto* service = service_on(kUnicastLink);
    const bool stands = service && !service->blocked() && mirror_.tunnel(service->link());
    if (!stands || (changes.empty() && damaged.empty())) co_return;
    const Learned now = learned(service->peer);
    std::vector<Prefix> said;
    said.reserve(changes.size());
    for (const auto& change : changes) {
        if (change.peer == service->peer) said.push_back(change.prefix);
    }
    std::ranges::sort(said);
    said.erase(std::ranges::unique(said).begin(), said.end());

    Plan plan;
    plan.steps.reserve(said.size() + damaged.size());
    const auto consider = [&](const Prefix& prefix, bool withdrawn) {
        if (auto step = step_for(*service, now, prefix, withdrawn)) plan.steps.push_back(*std::move(step));
    };
    for (const auto& prefix : said) consider(prefix, true);
    for (const auto& key : damaged) {
        if (!std::ranges::binary_search(said, key.destination)) consider(key.destination, false);
    }
    if (!plan.empty()) absorb(co_await apply(plan, kernel_, speaker_), plan, causes);
}

void Loop::Core::absorb(const Outcome& outcome, const Plan& plan, Causes causes) {
    const TimePoint now = clock_.now();
    for (const auto& step : outcome.done) {
        if (const auto* change = change_of(step)) mirror_.note(*change);
    }
    if (std::ranges::any_of(plan.steps, is_structural)) {
        mirror_.invalidate();
        wake_for(Cause::Verify);
    }
    file_failures(outcome);

    const bool unprovoked = !causes.has_any(Cause::Start, Cause::Toggle, Cause::Ledger, Cause::Host,
                                            Cause::Settings, Cause::Session, Cause::Retry, Cause::Sweep);
    std::set<std::string> touched;
    for (const auto& step : outcome.done) {
        if (const auto* change = change_of(step)) touched.insert(link_of(*change));
    }
    for (const auto link : kLinks) {
        if (unprovoked && touched.contains(std::string(link))) {
            patience_.repaired(link, now);
        } else {
            patience_.succeeded(link, now);
        }
    }
    if (unprovoked) {
        counters_.repairs += outcome.done.size();
        metrics_.repairs.Increment(static_cast<double>(outcome.done.size()));
    }
    ++counters_.passes_with_changes;
    last_change_at_ = clock_.wall();
    last_change_.clear();
    for (auto& line : tell(outcome)) {
        last_change_ += line.text + '\n';
        if (line.routine) {
            log_.debug("done", {{"cause", causes.name()}, {"step", line.text}});
        } else {
            log_.info("done", {{"cause", causes.name()}, {"step", line.text}});
        }
        history_.add(*last_change_at_, std::string(causes.name()), std::move(line.text));
    }
    count_deeds(outcome, plan, causes);
}

void Loop::Core::file_failures(const Outcome& outcome) {
    if (outcome.ok()) return;
    const TimePoint now = clock_.now();
    ++counters_.passes_failed;
    metrics_.steps_failed.Increment(static_cast<double>(outcome.failures.size()));
    const auto& first = outcome.failures.front();
    log_.warn(
        "step failed, trying again later",
        {{"step", to_string(first.step)}, {"error", first.error}, {"failures", outcome.failures.size()}});
    for (const auto& failure : outcome.failures) {
        const auto& change = *change_of(failure.step);
        const std::string link = link_of(change).empty() ? std::string(kUnicastLink) : link_of(change);
        if (const auto key = route_key(failure.step)) {
            patience_.failed(link, *key, step_failed(failure), now);
        } else {
            patience_.failed(link, step_failed(failure), now);
        }
    }
}

void Loop::Core::count_deeds(const Outcome& outcome, const Plan& plan, Causes causes) {
    const auto about = [](const auto& link) {
        return [&link](const Step& step) { return change_of(step) && link_of(*change_of(step)) == link; };
    };
    for (const auto kind : {ServiceClass::Unicast, ServiceClass::Multicast}) {
        const std::string link(reconciler::link_of(kind));
        const auto concerns = about(link);
        const auto any = [&](auto&& is_kind) {
            return std::ranges::any_of(plan.steps,
                                       [&](const Step& step) { return concerns(step) && is_kind(step); });
        };
        const auto failed = [&](auto&& is_kind) {
            return std::ranges::any_of(outcome.failures, [&](const Failure& failure) {
                return concerns(failure.step) && is_kind(failure.step);
            });
        };
        const auto is_removal = [](const Step& step) {
            return is_any<netlink::Remove<netlink::Tunnel>, netlink::SetDown>(step);
        };
        const bool raises =
            any([](const Step& step) { return is_any<netlink::SetUp>(step); }) &&
            any([](const Step& step) { return is_any<netlink::Add<netlink::LinkAddress>>(step); });
        const bool adds =
            raises || any([](const Step& step) { return is_any<netlink::Add<netlink::Tunnel>>(step); });
        const bool removes = any(is_removal);
        const bool removal_failed = failed(is_removal);
        if (removes) metrics_.count(Metrics::Deed::Removal, kind, !removal_failed);
        if (adds && !removal_failed) {
            metrics_.count(Metrics::Deed::Provision, kind,
                           !failed([&](const Step& step) { return !is_removal(step); }));
        }
        if (!adds && !removes && causes.has(Cause::Ledger) && any([](const Step&) { return true; })) {
            metrics_.count(Metrics::Deed::Update, kind, !failed([](const Step&) { return true; }));
        }
    }
}

/// Looks again when routes that wait for a session have waited long enough, or wait in vain.
void Loop::Core::plan_sweep() {
    const auto* service = service_on(kUnicastLink);
    const Learned now = service ? learned(service->peer) : Learned{};
    const bool retaining = service && retains(*service, now, config_.settings);
    sweep_at_.reset();
    if (retaining && now.up) {
        sweep_at_ = clock_.now() + (config_.settings.sweep_kept_after - now.up_for);
    } else if (retaining && !service->keeps_routes()) {
        sweep_at_ = started_ + config_.settings.adopt_for;
    } else if (retaining_ && !retaining) {
        wake_for(Cause::Sweep);
    }
    retaining_ = retaining;
}

void Loop::Core::note_states() {
    std::vector<ServiceReport> reports;
    for (const auto& service : services_) {
        reports.push_back(report_on(service));
        auto& standing = standings_[service.kind()];
        const auto& now = reports.back();
        if (standing.since != WallTime{} && standing.state == now.state) continue;
        standing = {.state = now.state, .since = clock_.wall()};
        log_.info("service",
                  {{"tunnel", service.link()}, {"state", to_string(now.state)}, {"reason", now.reason}});
    }
    std::erase_if(standings_,
                  [&](const auto& entry) { return !service_on(reconciler::link_of(entry.first)); });
    metrics_.connections(reports);
}

}  // namespace dz::reconciler
