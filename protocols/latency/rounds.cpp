#include "protocols/latency/rounds.hpp"

#include <algorithm>
#include <utility>

namespace dz::latency {

namespace {

std::optional<RoundTrip> round_trip(const std::vector<std::optional<Duration>>& echoes) {
    RoundTrip out{.min = Duration::max(), .max = Duration::zero(), .avg = Duration::zero()};
    Duration::rep count = 0;
    for (const auto& echo : echoes) {
        if (!echo) continue;
        out.min = std::min(out.min, *echo);
        out.max = std::max(out.max, *echo);
        out.avg += *echo;
        ++count;
    }
    if (count == 0) return {};
    out.avg /= count;
    return out;
}

}  // namespace

Rounds::Rounds(Pace pace, std::uint32_t seed)
    : pace_(pace), gap_(Duration(1s) / std::max(pace.packets_per_second, 1U)), random_(seed) {}

std::vector<Action> Rounds::on(const Event& event, TimePoint now) {
    now_ = now;
    std::visit([this](const auto& what) { handle(what); }, event);
    return std::exchange(actions_, {});
}

std::optional<TimePoint> Rounds::next_deadline() const {
    if (!in_round_) return next_round_;
    std::optional<TimePoint> next = next_send();
    if (!in_order_.empty()) {
        const auto flight = flights_.find(in_order_.front());
        const TimePoint late = flight == flights_.end() ? now_ : flight->second.sent_at + pace_.patience;
        next = next ? std::min(*next, late) : late;
    }
    return next;
}

void Rounds::handle(const SetTargets& event) {
    const bool first = !next_round_ && !in_round_;
    targets_ = event;
    while (targets_.addresses.size() > kMaxTargets)
        targets_.addresses.erase(std::prev(targets_.addresses.end()));
    forget_unwanted();
    if (first) begin_round();
    for (const Ipv4& address : targets_.addresses) {
        if (measurements_.contains(address)) continue;
        if (!in_round_) in_round_ = extra_ = true;
        enlist(address);
    }
    handle(Tick{});
}

void Rounds::forget_unwanted() {
    const auto unwanted = [this](Ipv4 address) { return !targets_.addresses.contains(address); };
    std::erase_if(measurements_, [&](const auto& entry) { return unwanted(entry.first); });
    std::erase_if(probes_, [&](const auto& entry) { return unwanted(entry.first); });
    std::erase_if(flights_, [&](const auto& entry) { return unwanted(entry.second.address); });
    std::erase_if(turns_, [&](const Turn& turn) { return unwanted(turn.address); });
}

void Rounds::handle(const Tick&) {
    if (!in_round_ && next_round_ && now_ >= *next_round_) begin_round();
    give_up_late();
    send_due();
    end_round_if_done();
}

void Rounds::handle(const Replied& reply) {
    const auto flight = flights_.find(reply.sequence);
    if (flight == flights_.end() || flight->second.address != reply.from) return;
    settle(reply.sequence, std::max(now_ - flight->second.sent_at, Duration(1ns)));
    end_round_if_done();
}

void Rounds::handle(const SendFailed& failure) {
    settle(failure.sequence, std::nullopt);
    end_round_if_done();
}

void Rounds::begin_round() {
    full_ = !ready_ || lost_rounds_ > 0 || rounds_ % std::max(pace_.full_every, 1U) == 0;
    in_round_ = true;
    next_round_ = now_;  // the first is behind us
    for (const Ipv4& address : chosen(full_)) enlist(address);
}

/// The nearest by what was last known of them. Whatever has never answered waits for a full round.
std::vector<Ipv4> Rounds::chosen(bool full) const {
    if (full || targets_.addresses.size() <= pace_.nearest)
        return {targets_.addresses.begin(), targets_.addresses.end()};
    std::vector<std::pair<Duration, Ipv4>> known;
    for (const auto& [address, measurement] : measurements_)
        known.emplace_back(measurement.last_min, address);
    std::ranges::sort(known);
    known.resize(std::min(known.size(), pace_.nearest));
    std::set<Ipv4> out;
    std::ranges::set_intersection(targets_.always, targets_.addresses, std::inserter(out, out.end()));
    for (const auto& [distance, address] : known) out.insert(address);
    return {out.begin(), out.end()};
}

void Rounds::enlist(Ipv4 address) {
    if (!probes_.try_emplace(address).second) return;
    turns_.push_back({.address = address, .not_before = now_});
}

std::optional<TimePoint> Rounds::next_send() const {
    if (turns_.empty()) return {};
    return std::max(turns_.front().not_before, free_at_);
}

void Rounds::send_due() {
    free_at_ = std::max(free_at_, now_ - kBurst * gap_);
    while (!turns_.empty() && *next_send() <= now_) {
        const Turn turn = turns_.front();
        turns_.pop_front();
        free_at_ += gap_;
        auto& echoes = probes_.at(turn.address).echoes;
        const std::uint16_t sequence = sequence_++;
        flights_.insert_or_assign(sequence,
                                  Flight{.address = turn.address, .echo = echoes.size(), .sent_at = now_});
        in_order_.push_back(sequence);
        echoes.emplace_back();
        actions_.emplace_back(Send{.to = turn.address, .sequence = sequence});
        if (echoes.size() < pace_.echoes)
            turns_.push_back({.address = turn.address, .not_before = now_ + pace_.spacing});
    }
}

void Rounds::give_up_late() {
    while (!in_order_.empty()) {
        const std::uint16_t sequence = in_order_.front();
        const auto flight = flights_.find(sequence);
        if (flight != flights_.end()) {
            if (now_ < flight->second.sent_at + pace_.patience) return;
            settle(sequence, std::nullopt);
        }
        in_order_.pop_front();
    }
}

void Rounds::settle(std::uint16_t sequence, std::optional<Duration> rtt) {
    const auto flight = flights_.extract(sequence);
    if (!flight) return;
    Probe& probe = probes_.at(flight.mapped().address);
    probe.echoes[flight.mapped().echo] = rtt;
    if (++probe.settled >= pace_.echoes) finish(flight.mapped().address);
}

void Rounds::finish(Ipv4 address) {
    const auto node = probes_.extract(address);
    const Probe& probe = node.mapped();
    Measurement& measurement = measurements_[address];
    measurement.rtt = round_trip(probe.echoes);
    if (measurement.rtt) measurement.last_min = measurement.rtt->min;
    measurement.sent = static_cast<unsigned>(probe.echoes.size());
    measurement.received = static_cast<unsigned>(
        std::ranges::count_if(probe.echoes, [](const auto& echo) { return echo.has_value(); }));
    measurement.at = now_;
    measurement.recent.insert(measurement.recent.end(), probe.echoes.begin(), probe.echoes.end());
    while (measurement.recent.size() > pace_.remembered) measurement.recent.pop_front();
    actions_.emplace_back(Measured{address});
}

void Rounds::end_round_if_done() {
    if (!in_round_ || !probes_.empty()) return;
    in_round_ = false;
    flights_.clear();
    in_order_.clear();
    actions_.emplace_back(RoundEnded{.full = full_});
    if (std::exchange(full_, false)) ready_ = true;
    if (std::exchange(extra_, false)) return;
    ++rounds_;
    next_round_ = now_ + until_next_round();
}

Duration Rounds::until_next_round() {
    const bool reached =
        std::ranges::any_of(measurements_, [](const auto& entry) { return entry.second.rtt.has_value(); });
    lost_rounds_ = reached ? 0 : lost_rounds_ + 1;
    Duration base = pace_.interval;
    if (!reached) base = std::min(base, pace_.retry * (1 << std::min(lost_rounds_ - 1, 10U)));
    std::uniform_real_distribution<double> spread(1 - pace_.jitter, 1 + pace_.jitter);
    return std::chrono::duration_cast<Duration>(base * spread(random_));
}

}  // namespace dz::latency
