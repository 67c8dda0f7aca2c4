#include "protocols/bgp/asio_speaker.hpp"

#include <utility>

#include "protocols/bgp/metrics.hpp"
#include "protocols/bgp/session.hpp"

namespace dz::bgp {
namespace {

constexpr Duration kStopLimit = 1s;
constexpr Duration kStopCheck = 10ms;

}  // namespace

AsioSpeaker::AsioSpeaker(EventLoop& loop, Clock& clock, Log log, Metrics& metrics, bmp::Exporter* exporter)
    : context_(std::make_shared<Session::Context>(Session::Context{.loop = loop,
                                                                   .clock = clock,
                                                                   .log = std::move(log),
                                                                   .metrics = metrics,
                                                                   .exporter = exporter,
                                                                   .notify = {}})) {}

AsioSpeaker::~AsioSpeaker() {
    context_->notify = {};
    while (!sessions_.empty()) drop(sessions_.begin(), error::kShutdown);
}

void AsioSpeaker::set(PeerConfig config) {
    const auto known = sessions_.find(config.remote);
    if (known != sessions_.end()) {
        if (known->second->adjust(config)) return;
        drop(known, error::kConfigChange);
    }
    const Ipv4 remote = config.remote;
    std::optional<Prefix> inherited;
    if (const auto found = inherited_.extract(remote)) inherited = found.mapped();
    const auto session = std::make_shared<Session>(context_, config, inherited);
    sessions_.emplace(remote, session);
    session->start();
    changed();
}

bool AsioSpeaker::remove(Ipv4 remote) {
    const auto known = sessions_.find(remote);
    if (known == sessions_.end()) return false;
    drop(known, error::kDeconfigured);
    changed();
    return true;
}

void AsioSpeaker::drop(Sessions::iterator place, std::uint8_t subcode) {
    place->second->stop(subcode);
    for (const Prefix& prefix : place->second->take_changes()) changes_.push_back({place->first, prefix});
    sessions_.erase(place);
}

std::vector<PeerReport> AsioSpeaker::peers() const {
    std::vector<PeerReport> reports;
    reports.reserve(sessions_.size());
    for (const auto& [remote, session] : sessions_) reports.push_back(session->report());
    return reports;
}

std::optional<PeerReport> AsioSpeaker::peer(Ipv4 remote) const {
    const auto known = sessions_.find(remote);
    if (known == sessions_.end()) return std::nullopt;
    return known->second->report();
}

const AdjRibIn* AsioSpeaker::rib(Ipv4 remote) const {
    const auto known = sessions_.find(remote);
    return known == sessions_.end() ? nullptr : &known->second->rib();
}

std::vector<RouteChange> AsioSpeaker::take_changes() {
    auto changes = std::exchange(changes_, {});
    for (const auto& [remote, session] : sessions_) {
        for (const Prefix& prefix : session->take_changes()) changes.push_back({remote, prefix});
    }
    return changes;
}

void AsioSpeaker::on_change(std::function<void()> notify) {
    context_->notify = std::move(notify);
}

void AsioSpeaker::changed() {
    if (context_->notify) context_->notify();
}

Task<> AsioSpeaker::stop() {
    while (!sessions_.empty()) drop(sessions_.begin(), error::kShutdown);
    changed();
    co_await see_closed();
}

Task<> AsioSpeaker::leave() {
    for (const auto& entry : sessions_) entry.second->leave();
    co_await stop();
}

Task<> AsioSpeaker::see_closed() {
    // Held here: the speaker may be destroyed while we wait.
    const auto context = context_;
    const TimePoint limit = context->clock.now() + kStopLimit;
    while (context->running > 0 && context->clock.now() < limit)
        co_await context->clock.sleep_for(kStopCheck);
}

}  // namespace dz::bgp
