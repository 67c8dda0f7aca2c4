// reconciler/core.hpp: the inside of `Loop`. Not for other modules.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/apply.hpp"
#include "reconciler/history.hpp"
#include "reconciler/loop.hpp"
#include "reconciler/mirror.hpp"
#include "reconciler/patience.hpp"

namespace dz::reconciler {

/// Why there is a pass. In order of what a person would name first.
enum class Cause : unsigned {
    Start = 1U << 0U,
    Toggle = 1U << 1U,
    Ledger = 1U << 2U,
    Host = 1U << 3U,
    Settings = 1U << 4U,
    Session = 1U << 5U,
    Kernel = 1U << 6U,
    Retry = 1U << 7U,
    Sweep = 1U << 8U,
    Audit = 1U << 9U,
    Tick = 1U << 10U,
    Verify = 1U << 11U,  ///< look whether what was just built is really there
};

/// A set of them.
class Causes {
  public:
    void add(Cause cause) { bits_ |= static_cast<unsigned>(cause); }
    bool has(Cause cause) const { return (bits_ & static_cast<unsigned>(cause)) != 0; }
    template <class... T>
    bool has_any(T... causes) const {
        return (has(causes) || ...);
    }
    bool empty() const { return bits_ == 0; }
    /// The first one's name: "ledger".
    std::string_view name() const;

  private:
    unsigned bits_ = 0;
};

struct Loop::Core {
    Core(EventLoop& loop, Clock& clock, netlink::Kernel& kernel, bgp::Speaker& speaker,
         fetcher::Fetcher& fetcher, host::ClientIpFinder& finder, OwnedStore& owned, Metrics& metrics,
         Log log, Config config);
    ~Core();

    // loop.cpp: when to look.
    Task<> passes();
    Task<> follow_kernel();
    void wake_for(Cause cause);
    Causes take_causes();
    TimePoint next_deadline() const;
    void fold(const netlink::Event& event);
    bool is_stopped() const;
    /// Told to end, and to leave what there is: not the same as ending while disabled.
    bool keeps() const { return stop_ == OnExit::Keep && enabled_.value_or(false); }

    // pass.cpp: what to do.
    Task<> pass(Causes causes);
    Task<bool> read_kernel();
    /// What is there of ours, as far as the mirror knows.
    State actual() const;
    std::vector<bgp::PeerConfig> peers() const;
    void inherit_sessions();
    Task<> look_at_host();
    Task<> full_pass(Causes causes);
    Task<> route_pass(std::vector<bgp::RouteChange> changes, std::vector<netlink::RouteKey> damaged,
                      Causes causes);
    Task<Outcome> carry_out(Plan plan, const State& wanted, const State& actual);
    bool needs_full_pass(Causes causes, const std::vector<netlink::RouteKey>& damaged) const;
    std::optional<Step> step_for(const Service& service, const Learned& learned, const Prefix& prefix,
                                 bool withdrawn) const;
    Inputs inputs(const State& actual) const;
    Learned learned(Ipv4 peer) const;
    const Service* service_on(std::string_view link) const;
    /// Without what has to wait.
    Plan hold_back(Plan plan, const State& desired, const State& actual) const;
    void adopt(Desired desired);
    void absorb(const Outcome& outcome, const Plan& plan, Causes causes);
    void file_failures(const Outcome& outcome);
    void count_deeds(const Outcome& outcome, const Plan& plan, Causes causes);
    void plan_sweep();
    void note_states();

    // ownership.cpp: which rules are ours.
    Task<> recall_owned();
    /// Before rules are made: `wanted` and those of `actual` are written down.
    Task<Result<>> claim(const State& wanted, const State& actual);
    /// When nothing is left to do: what is neither wanted nor there is forgotten.
    Task<> release(const State& wanted);
    Task<Result<>> write_down(std::vector<netlink::Rule> rules);

    // status.cpp: what to say about it.
    Report report() const;
    ServiceReport report_on(const Service& service) const;
    Task<Result<Plan>> preview();

    EventLoop& loop_;
    Clock& clock_;
    netlink::Kernel& kernel_;
    bgp::Speaker& speaker_;
    fetcher::Fetcher& fetcher_;
    host::ClientIpFinder& finder_;
    OwnedStore& owned_store_;
    Metrics& metrics_;
    Log log_;
    Config config_;

    Wake wake_;
    Causes pending_;
    std::optional<bool> enabled_;  ///< nothing is touched before somebody has said
    std::vector<Service> by_hand_;
    std::optional<OnExit> stop_;
    int stop_attempts_ = 0;

    // What the last pass went by.
    Mirror mirror_;
    host::Facts facts_;
    std::shared_ptr<const ledger::Snapshot> snapshot_, catalogue_;
    std::vector<Service> services_;
    std::vector<Problem> problems_;
    std::optional<Error> read_error_;
    bool full_pass_due_ = true;
    OwnedRules owned_;
    bool owned_recalled_ = false;
    bool inherited_ = false;  ///< the speaker knows what the process before has announced

    Patience patience_;
    TimePoint started_, last_pass_end_{};
    TimePoint next_tick_{}, next_audit_{};
    std::optional<TimePoint> sweep_at_;
    bool retaining_ = false;  ///< the unicast service did when last looked at

    History history_;
    Counters counters_;
    std::optional<WallTime> last_pass_, last_change_at_;
    std::string last_change_;
    struct Standing {
        ServiceState state{};
        WallTime since;
    };
    std::map<ServiceClass, Standing> standings_;
};

}  // namespace dz::reconciler
