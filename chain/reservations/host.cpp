#include "chain/reservations/host.hpp"

#include <algorithm>

namespace dz::reservations {

Verdict Host::conclude(Stage stage, Expected<> outcome) {
    Verdict verdict = outcome ? Verdict(Proceed{}) : judge(stage, block_.mode, std::move(outcome).error());
    active_ = stage == Stage::Begin ? std::holds_alternative<Proceed>(verdict)
                                    : active_ && !std::holds_alternative<Proceed>(verdict);
    // An engine that cannot end has nothing to be ended.
    if (std::holds_alternative<Fallback>(verdict)) active_ = false;
    journal_.judged(block_, stage, verdict);
    return verdict;
}

Verdict Host::begin(const Plan& plan, const Exists& exists) {
    if (block_.mode == Mode::Legacy) return Proceed{};
    if (plan.empty()) {
        journal_.skipped_empty();
        return Proceed{};
    }
    journal_.starting(plan);
    const auto unknown = std::ranges::find_if_not(plan.entries(), exists, &Plan::Entry::sender);
    if (unknown != plan.entries().end()) {
        return conclude(Stage::Begin, failed(Kind::SenderResolutionFailure, unknown->sender,
                                             "no account at " + unknown->sender.to_hex()));
    }
    return conclude(Stage::Begin, engine_.begin(plan));
}

Verdict Host::begin(const Expected<Plan>& plan, const Exists& exists) {
    if (plan) return begin(*plan, exists);
    if (block_.mode == Mode::Legacy) return Proceed{};
    return conclude(Stage::Begin, std::unexpected(plan.error()));
}

Verdict Host::end() {
    if (!active_) return Proceed{};
    Verdict verdict = conclude(Stage::End, engine_.end());
    if (std::holds_alternative<Fallback>(verdict)) engine_.abort();
    return verdict;
}

void Host::leave() {
    if (!active_) return;
    active_ = false;
    const auto ended = engine_.end();
    if (ended) return;
    journal_.guard_failed(ended.error());
    engine_.abort();
}

}  // namespace dz::reservations
