#include "reconciler/patience.hpp"

#include <algorithm>
#include <utility>

namespace dz::reconciler {

bool Patience::is_waiting(std::string_view link, TimePoint now) const {
    const auto* account = waiting(link, now);
    return account && account->whole_link;
}

bool Patience::is_waiting(std::string_view link, const netlink::RouteKey& route, TimePoint now) const {
    const auto* account = waiting(link, now);
    return account && (account->whole_link || account->routes.contains(route));
}

void Patience::failed(std::string_view link, Problem problem, TimePoint now) {
    auto& account = accounts_[std::string(link)];
    account.whole_link = true;
    wait(account, account.failures++, std::move(problem), now);
}

void Patience::failed(std::string_view link, const netlink::RouteKey& route, Problem problem, TimePoint now) {
    auto& account = accounts_[std::string(link)];
    const bool first_of_this_pass = now >= account.retry_at;
    if (first_of_this_pass) account.routes.clear();
    account.routes.insert_or_assign(route, problem.text);
    if (first_of_this_pass) wait(account, account.failures++, std::move(problem), now);
}

void Patience::succeeded(std::string_view link, TimePoint now) {
    const auto at = accounts_.find(link);
    if (at == accounts_.end() || now < at->second.retry_at) return;
    auto& account = at->second;
    account.failures = 0;
    account.whole_link = false;
    account.routes.clear();
    account.problem.reset();
}

void Patience::repaired(std::string_view link, TimePoint now) {
    auto& account = accounts_[std::string(link)];
    const auto returned =
        static_cast<int>(std::min<Duration::rep>((now - account.repairs_since) / kRepairReturns, 1000));
    if (returned > 0) {
        account.repairs = std::max(0, account.repairs - returned);
        account.repairs_since = now;
    }
    if (account.repairs == 0) account.contests = 0;
    account.repairs = std::min(account.repairs + 1, kRepairs);
    if (account.repairs < kRepairs) return;
    account.whole_link = true;
    wait(account, account.contests++,
         {.code = ProblemCode::Contested,
          .text = "something keeps undoing what we set up on " + std::string(link),
          .remedy = "find out with: ip monitor link address route rule"},
         now);
    account.repairs_since = account.retry_at;
}

void Patience::forget(std::string_view link) {
    if (const auto at = accounts_.find(link); at != accounts_.end()) accounts_.erase(at);
}

std::optional<TimePoint> Patience::next_retry(TimePoint now) const {
    std::optional<TimePoint> next;
    for (const auto& [link, account] : accounts_) {
        if (account.retry_at > now && (!next || account.retry_at < *next)) next = account.retry_at;
    }
    return next;
}

std::optional<Problem> Patience::problem(std::string_view link, TimePoint now) const {
    const auto* account = waiting(link, now);
    return account ? account->problem : std::nullopt;
}

std::optional<TimePoint> Patience::retry_at(std::string_view link, TimePoint now) const {
    const auto* account = waiting(link, now);
    return account ? std::optional(account->retry_at) : std::nullopt;
}

std::map<netlink::RouteKey, std::string> Patience::refused() const {
    std::map<netlink::RouteKey, std::string> all;
    for (const auto& [link, account] : accounts_) all.insert(account.routes.begin(), account.routes.end());
    return all;
}

const Patience::Account* Patience::waiting(std::string_view link, TimePoint now) const {
    const auto at = accounts_.find(link);
    return at != accounts_.end() && now < at->second.retry_at ? &at->second : nullptr;
}

void Patience::wait(Account& account, int times_before, Problem problem, TimePoint now) {
    const auto delay = std::min(first_retry_ * (1 << std::min(times_before, 16)), max_retry_);
    account.retry_at = now + delay;
    account.problem = std::move(problem);
}

}  // namespace dz::reconciler
