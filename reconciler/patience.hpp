// reconciler/patience.hpp: when to try again what failed, and when to stop fighting. Plain memory.
//
// Each link has its own account, so that a service in trouble does not slow the other down.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "netlink/types.hpp"
#include "reconciler/problem.hpp"

namespace dz::reconciler {

class Patience {
  public:
    Patience(Duration first_retry, Duration max_retry) : first_retry_(first_retry), max_retry_(max_retry) {}

    /// The link has to wait: leave it as it is. A link that waits for single routes only does not.
    bool is_waiting(std::string_view link, TimePoint now) const;
    /// The same for one route.
    bool is_waiting(std::string_view link, const netlink::RouteKey& route, TimePoint now) const;

    /// A step for the link failed: it waits, twice as long as the last time.
    void failed(std::string_view link, Problem problem, TimePoint now);
    /// A route could not be written: that one waits, the others do not.
    void failed(std::string_view link, const netlink::RouteKey& route, Problem problem, TimePoint now);
    /// All steps for the link went well.
    void succeeded(std::string_view link, TimePoint now);

    /// Something had to be put right although nothing had changed that we know of. Often is too often: then
    /// the link waits, and the problem says that somebody works against us. Whoever comes back as soon as we
    /// do finds us twice as slow each time.
    void repaired(std::string_view link, TimePoint now);

    /// What is wanted has changed: try at once.
    void forget(std::string_view link);
    void forget_all() { accounts_.clear(); }

    /// When the next wait is over.
    std::optional<TimePoint> next_retry(TimePoint now) const;
    /// Of a link that waits.
    std::optional<Problem> problem(std::string_view link, TimePoint now) const;
    std::optional<TimePoint> retry_at(std::string_view link, TimePoint now) const;
    /// Routes that could not be written when last tried, and why.
    std::map<netlink::RouteKey, std::string> refused() const;

  private:
    /// Repairs in quick succession that are put down to chance, and how fast the allowance returns.
    static constexpr int kRepairs = 20;
    static constexpr Duration kRepairReturns = 3s;

    struct Account {
        int failures = 0;
        TimePoint retry_at{};
        bool whole_link = false;
        std::map<netlink::RouteKey, std::string> routes;  ///< with what went wrong
        std::optional<Problem> problem;
        int repairs = 0;
        TimePoint repairs_since{};  ///< in the future while the link waits: a truce is no calm
        int contests = 0;           ///< lost in a row
    };
    const Account* waiting(std::string_view link, TimePoint now) const;
    void wait(Account& account, int times_before, Problem problem, TimePoint now);

    Duration first_retry_, max_retry_;
    std::map<std::string, Account, std::less<>> accounts_;
};

}  // namespace dz::reconciler
