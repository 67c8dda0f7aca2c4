#include "fetcher/catalogue.hpp"

#include <algorithm>
#include <utility>

#include "fetcher/read.hpp"

namespace dz::fetcher {

void Catalogue::want(bool wanted) {
    if (wanted == wanted_) return;
    *this = Catalogue(config_, trust_);
    wanted_ = wanted;
}

TimePoint Catalogue::next_read(bool pushed) const {
    if (!wanted_) return TimePoint::max();
    if (!read_at_) return TimePoint::min();
    return *read_at_ + (pushed && good_ ? config_.read_every_while_pushed : config_.polled_every);
}

void Catalogue::went_live(bool anew) {
    if (anew || !was_live_) read_at_.reset();
    was_live_ = true;
}

void Catalogue::reads(TimePoint now) {
    read_at_ = now;
    good_ = false;
}

Catalogue::Outcome Catalogue::take(const Answer& answer, TimePoint now) {
    const Slot slot = answer.snapshot->slot();
    // An older one is believed when the ledger began anew: then nothing of before counts.
    const bool older = snapshot_ && slot.value != 0 && slot < snapshot_->slot();
    Holdings merged = older ? Holdings() : holdings_;
    const bool knew_better = merged.take(answer.accounts, slot);
    auto outcome =
        judge(knew_better ? make_answer(merged.accounts(), slot, ledger::Scope::Catalogue) : answer, now);
    good_ = !outcome.doubt;
    if (good_) holdings_ = std::move(merged);
    return outcome;
}

Catalogue::Outcome Catalogue::judge(const Answer& answer, TimePoint now) {
    const Known known{snapshot_.get(), snapshot_ ? snapshot_->slot() : Slot{}};
    auto judgement = accept(known, answer, std::nullopt, doubt_, trust_, now);
    doubt_ = judgement.doubt;
    if (judgement.verdict != Verdict::Accept) return {.changed = false, .doubt = std::move(judgement.reason)};
    if (snapshot_ && same_accounts(*snapshot_, *answer.snapshot)) return {};
    snapshot_ = answer.snapshot;
    return {.changed = true, .doubt = {}};
}

void Catalogue::put(const ledger::AccountChange& change, TimePoint now) {
    // Before the first read there is nothing to change.
    if (!wanted_ || !snapshot_ || !holdings_.put(change)) return;
    slot_ = std::max(slot_, change.slot);
    if (!pushed_at_) pushed_at_ = now;
}

TimePoint Catalogue::next_settle() const {
    return pushed_at_ ? *pushed_at_ + config_.settle : TimePoint::max();
}

Catalogue::Outcome Catalogue::settle(TimePoint now) {
    pushed_at_.reset();
    const Slot slot = std::max(slot_, snapshot_->slot());
    auto outcome = judge(make_answer(holdings_.accounts(), slot, ledger::Scope::Catalogue), now);
    if (outcome.doubt) read_at_.reset();
    return outcome;
}

}  // namespace dz::fetcher
