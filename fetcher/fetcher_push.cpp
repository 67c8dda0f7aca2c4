// What the fetcher subscribes to, and what it makes of a pushed change.
#include <algorithm>
#include <utility>

#include "fetcher/fetcher.hpp"
#include "fetcher/read.hpp"

namespace dz::fetcher {

using ledger::Scope;

void Fetcher::listen() {
    follower_.listen({.live = [this](bool anew) { went_live(anew); },
                      .lost = [this] { went_dark(); },
                      .changed = [this](const ledger::AccountChange& change) { pushed(change); }});
}

void Fetcher::subscribe() {
    std::vector<ledger::Topic> topics;
    if (active_ && config_.scope == Scope::Mine && client_ip_) {
        topics = topics_of_mine(config_.program, *client_ip_, snapshot_.get(),
                                references(snapshot_.get(), *client_ip_, addresses_.global_config()));
        if (catalogue_.wanted()) topics.emplace_back(ledger::ProgramTopic{config_.program, {}});
    }
    follower_.want(std::move(topics));
}

/// What changed before the subscription was confirmed, nobody has told.
void Fetcher::went_live(bool anew) {
    reads_while_live_ = 0;
    catalogue_.went_live(anew);
    ask_again(slot_);
}

void Fetcher::went_dark() {
    next_read_ = std::min(next_read_, clock_.now() + poll_delay());
    wake_.set();
}

void Fetcher::ask_again(Slot not_before) {
    asked_slot_ = std::max(asked_slot_, not_before);
    poke();
}

void Fetcher::pushed(const ledger::AccountChange& change) {
    if (!active_ || !client_ip_) return;
    const bool settling = catalogue_.next_settle() != TimePoint::max();
    catalogue_.put(change, clock_.now());
    // `poll` settles it in time.
    if (!settling && catalogue_.next_settle() != TimePoint::max()) wake_.set();
    if (concerns_us(change)) take_push(change);
}

bool Fetcher::concerns_us(const ledger::AccountChange& change) const {
    if (holdings_.knows(change.key) || is_user_of(change.account, *client_ip_)) return true;
    const auto keys = references(snapshot_.get(), *client_ip_, addresses_.global_config());
    return std::ranges::find(keys, change.key) != keys.end();
}

void Fetcher::take_push(const ledger::AccountChange& change) {
    // Nothing was read yet that it could change.
    if (holdings_.empty()) return ask_again(change.slot);
    Holdings held = holdings_;
    if (!held.put(change)) {
        metrics_.outdated.Increment();
        return;
    }
    const auto answer = make_answer(held.accounts(), std::max(slot_, change.slot), Scope::Mine);
    auto unread = references(answer.snapshot.get(), *client_ip_, addresses_.global_config());
    std::erase_if(unread, [&](const ledger::PublicKey& key) { return held.knows(key); });
    if (!unread.empty()) {
        // The user and what it newly refers to are taken together, or there would be half a tunnel.
        hints_ = std::move(unread);
        return ask_again(change.slot);
    }
    judge_push(change, answer, std::move(held));
}

void Fetcher::judge_push(const ledger::AccountChange& change, const Answer& answer, Holdings held) {
    if (config_.agreement && !new_tunnel_ends(snapshot_.get(), *answer.snapshot, *client_ip_).empty())
        return ask_again(change.slot);
    count_undecodable(*answer.snapshot);
    auto judgement = accept_push({snapshot_.get(), {}}, answer, change.key, client_ip_, doubt_, config_.trust,
                                 clock_.now());
    doubt_ = judgement.doubt;
    switch (judgement.verdict) {
        case Verdict::Accept:
            holdings_ = std::move(held);
            if (doubt_ == Doubt{}) forget_doubt();
            if (adopt(answer)) notify();
            return;
        case Verdict::Wonder:
            wonder(std::move(judgement));
            return ask_again(change.slot);
        case Verdict::Refuse:
            metrics_.refused.Increment();
            return failed({.code = Errc::BadValue, .text = std::move(judgement.reason)});
    }
}

}  // namespace dz::fetcher
