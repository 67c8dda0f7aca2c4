#include "reconciler/loop.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "reconciler/core.hpp"

namespace dz::reconciler {

namespace {

struct NamedCause {
    Cause cause;
    std::string_view name;
};
constexpr std::array<NamedCause, 12> kCauses = {{{Cause::Start, "start"},
                                                 {Cause::Toggle, "toggle"},
                                                 {Cause::Ledger, "ledger"},
                                                 {Cause::Host, "host"},
                                                 {Cause::Settings, "settings"},
                                                 {Cause::Session, "session"},
                                                 {Cause::Kernel, "kernel"},
                                                 {Cause::Retry, "retry"},
                                                 {Cause::Sweep, "sweep"},
                                                 {Cause::Audit, "audit"},
                                                 {Cause::Tick, "tick"},
                                                 {Cause::Verify, "verify"}}};

/// Taking down is tried this often before the daemon ends with something left.
constexpr int kStopAttempts = 5;
constexpr Duration kStopRetry = 200ms;

}  // namespace

std::string_view Causes::name() const {
    for (const auto& [cause, name] : kCauses) {
        if (has(cause)) return name;
    }
    return "none";
}

Loop::Loop(EventLoop& loop, Clock& clock, netlink::Kernel& kernel, bgp::Speaker& speaker,
           fetcher::Fetcher& fetcher, host::ClientIpFinder& finder, OwnedStore& owned, Metrics& metrics,
           Log log, Config config)
    : core_(std::make_unique<Core>(loop, clock, kernel, speaker, fetcher, finder, owned, metrics,
                                   std::move(log), std::move(config))) {}
Loop::~Loop() = default;

void Loop::set_enabled(bool enabled) {
    core_->enabled_ = enabled;
    if (enabled) core_->by_hand_.clear();
    core_->fetcher_.set_active(enabled);
    if (enabled) core_->fetcher_.poke();
    core_->wake_for(Cause::Toggle);
}

bool Loop::enabled() const {
    return core_->enabled_.value_or(false);
}

void Loop::set_by_hand(std::vector<Service> services) {
    core_->by_hand_ = std::move(services);
    core_->wake_for(Cause::Toggle);
}

const std::vector<Service>& Loop::by_hand() const {
    return core_->by_hand_;
}

void Loop::set_settings(Settings settings) {
    core_->config_.settings = std::move(settings);
    core_->wake_for(Cause::Settings);
}

Task<> Loop::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (core_->passes() || core_->follow_kernel());
}

void Loop::stop(OnExit what) {
    core_->stop_ = what;
    core_->wake_for(Cause::Toggle);
}

std::map<netlink::RouteKey, std::string> Loop::refused_routes() const {
    return core_->patience_.refused();
}

Report Loop::report() const {
    return core_->report();
}

Task<Result<Plan>> Loop::plan() {
    return core_->preview();
}

std::vector<Event> Loop::events(std::uint64_t after) const {
    return core_->history_.after(after);
}

void Loop::on_event(std::function<void(const Event&)> notify) {
    core_->history_.on_event(std::move(notify));
}

Loop::Core::Core(EventLoop& loop, Clock& clock, netlink::Kernel& kernel, bgp::Speaker& speaker,
                 fetcher::Fetcher& fetcher, host::ClientIpFinder& finder, OwnedStore& owned, Metrics& metrics,
                 Log log, Config config)
    : loop_(loop),
      clock_(clock),
      kernel_(kernel),
      speaker_(speaker),
      fetcher_(fetcher),
      finder_(finder),
      owned_store_(owned),
      metrics_(metrics),
      log_(std::move(log)),
      config_(std::move(config)),
      wake_(loop, clock),
      patience_(config_.first_retry, config_.max_retry),
      started_(clock.now()),
      history_(config_.max_events) {
    fetcher_.follow(finder_.current().address);
    speaker_.on_change([this] { wake_for(Cause::Session); });
    fetcher_.on_change([this] { wake_for(Cause::Ledger); });
    finder_.on_change([this] {
        fetcher_.follow(finder_.current().address);
        wake_for(Cause::Host);
    });
    wake_for(Cause::Start);
}

Loop::Core::~Core() {
    speaker_.on_change({});
    fetcher_.on_change({});
    finder_.on_change({});
}

void Loop::Core::wake_for(Cause cause) {
    pending_.add(cause);
    wake_.set();
}

Task<> Loop::Core::passes() {
    for (;;) {
        co_await wake_.wait_until(next_deadline());
        // What comes in bursts is worth one pass; the first of it does not wait.
        if (clock_.now() < last_pass_end_ + config_.debounce)
            co_await clock_.sleep_until(last_pass_end_ + config_.debounce);
        if (keeps() || (stop_ && !enabled_)) co_return;
        co_await pass(take_causes());
        last_pass_end_ = clock_.now();
        if (!stop_) continue;
        if (keeps() || is_stopped()) co_return;
        if (pending_.has(Cause::Verify)) continue;
        co_await clock_.sleep_for(kStopRetry);
        patience_.forget_all();
        wake_for(Cause::Retry);
    }
}

bool Loop::Core::is_stopped() const {
    if (stop_attempts_ >= kStopAttempts) return true;
    if (mirror_.stale()) return false;
    const State there = actual();
    return diff(desired_state(inputs(there)).state, there).empty();
}

Causes Loop::Core::take_causes() {
    Causes causes = std::exchange(pending_, {});
    const TimePoint now = clock_.now();
    if (now >= next_tick_) {
        causes.add(Cause::Tick);
        next_tick_ = now + config_.tick;
    }
    if (now >= next_audit_) {
        causes.add(Cause::Audit);
        next_audit_ = now + config_.audit;
        mirror_.invalidate();
    }
    if (sweep_at_ && now >= *sweep_at_) {
        causes.add(Cause::Sweep);
        sweep_at_.reset();
    }
    if (causes.empty()) causes.add(Cause::Retry);
    return causes;
}

TimePoint Loop::Core::next_deadline() const {
    TimePoint next = std::min(next_tick_, next_audit_);
    if (sweep_at_) next = std::min(next, *sweep_at_);
    if (const auto retry = patience_.next_retry(clock_.now())) next = std::min(next, *retry);
    return next;
}

Task<> Loop::Core::follow_kernel() {
    for (;;) {
        const auto events = co_await kernel_.next_events();
        if (!events && events.error().code == Errc::Cancelled) co_return;
        if (!events) {
            log_.warn("kernel events lost, relying on audits until they are back",
                      {{"error", events.error()}});
            co_await clock_.sleep_for(config_.first_retry);
            fold(netlink::Lost{});
            continue;
        }
        for (const auto& event : *events) fold(event);
    }
}

void Loop::Core::fold(const netlink::Event& event) {
    switch (mirror_.on(event)) {
        case Effect::None:
            return;
        case Effect::Host:
            // Most routes of others say nothing about our way outside; the default route and addresses do.
            if (const auto* route = std::get_if<netlink::Appeared<netlink::Route>>(&event);
                !route || route->what.destination.length == 0) {
                finder_.reconsider();
            }
            return wake_for(Cause::Host);
        case Effect::Route:
        case Effect::Structure:
            return wake_for(Cause::Kernel);
    }
}

}  // namespace dz::reconciler
