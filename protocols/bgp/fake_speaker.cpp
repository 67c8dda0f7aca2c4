#include "protocols/bgp/fake_speaker.hpp"

#include <fmt/format.h>

#include <utility>

namespace dz::bgp {

void FakeSpeaker::set(PeerConfig config) {
    const auto known = peers_.find(config.remote);
    if (known != peers_.end() && known->second.report.config == config) return;
    if (known != peers_.end()) {
        PeerReport& report = known->second.report;
        PeerConfig kept = report.config;
        kept.policy = config.policy;
        kept.announce = config.announce;
        if (kept == config) {
            known->second.rib->set_policy(config.policy);
            report.config = std::move(config);
            return changed(known->second);
        }
        remove(config.remote);
    }
    const Ipv4 remote = config.remote;
    auto rib = std::make_unique<AdjRibIn>(remote, config.policy);
    Peer& peer = peers_[remote];
    peer.report.config = std::move(config);
    peer.report.status_since = clock_.wall();
    peer.rib = std::move(rib);
    changed(peer);
}

bool FakeSpeaker::remove(Ipv4 remote) {
    const auto known = peers_.find(remote);
    if (known == peers_.end()) return false;
    known->second.rib->clear();
    changed(known->second);
    peers_.erase(known);
    return true;
}

std::vector<PeerReport> FakeSpeaker::peers() const {
    std::vector<PeerReport> reports;
    for (const auto& [remote, peer] : peers_) reports.push_back(peer.report);
    return reports;
}

std::optional<PeerReport> FakeSpeaker::peer(Ipv4 remote) const {
    const auto known = peers_.find(remote);
    if (known == peers_.end()) return std::nullopt;
    return known->second.report;
}

const AdjRibIn* FakeSpeaker::rib(Ipv4 remote) const {
    const auto known = peers_.find(remote);
    return known == peers_.end() ? nullptr : known->second.rib.get();
}

std::vector<RouteChange> FakeSpeaker::take_changes() {
    return std::exchange(changes_, {});
}

Task<> FakeSpeaker::stop() {
    while (!peers_.empty()) remove(peers_.begin()->first);
    co_return;
}

Task<> FakeSpeaker::leave() {
    left = true;
    co_await stop();
}

FakeSpeaker::Peer& FakeSpeaker::at(Ipv4 remote) {
    const auto known = peers_.find(remote);
    DZ_ASSERT(known != peers_.end());
    return known->second;
}

void FakeSpeaker::changed(Peer& peer) {
    peer.report.routes = peer.rib->size();
    peer.report.accepted = peer.rib->accepted();
    for (const Prefix& prefix : peer.rib->take_changes())
        changes_.push_back({peer.report.config.remote, prefix});
    if (notify_) notify_();
}

void FakeSpeaker::set_status(Ipv4 remote, Status status) {
    Peer& peer = at(remote);
    if (peer.report.status == status) return;
    peer.report.status = status;
    peer.report.status_since = clock_.wall();
    changed(peer);
}

void FakeSpeaker::establish(Ipv4 remote) {
    PeerReport& report = at(remote).report;
    report.state = State::Established;
    report.hold_time = report.config.hold_time;
    ++report.counters.established;
    set_status(remote, Status::Up);
}

void FakeSpeaker::lose(Ipv4 remote) {
    Peer& peer = at(remote);
    peer.report.state = State::Idle;
    peer.report.hold_time = std::chrono::seconds{0};
    peer.rib->clear();
    changed(peer);
    set_status(remote, Status::Down);
}

void FakeSpeaker::announce(Ipv4 remote, const Prefix& prefix) {
    Peer& peer = at(remote);
    if (peer.report.state != State::Established || !peer.report.config.learn_routes) return;
    PathAttributes attributes;
    attributes.as_path = {{AsSegment::Kind::Sequence, {peer.report.config.remote_asn}}};
    attributes.next_hop = remote;
    peer.rib->announce({&prefix, 1}, attributes, clock_.now());
    changed(peer);
}

void FakeSpeaker::withdraw(Ipv4 remote, const Prefix& prefix) {
    Peer& peer = at(remote);
    peer.rib->withdraw({&prefix, 1});
    changed(peer);
}

std::string FakeSpeaker::dump() const {
    std::string text;
    for (const auto& [remote, peer] : peers_) {
        const PeerReport& report = peer.report;
        text +=
            fmt::format("peer {} as {} announces {} {}\n", remote.to_string(), report.config.remote_asn.value,
                        report.config.announce ? report.config.announce->to_string() : "nothing",
                        to_string(report.status));
        for (const Route& route : peer.rib->routes()) {
            if (!route.accepted()) continue;
            text += fmt::format("route {} via {}\n", route.prefix.to_string(), route.next_hop().to_string());
        }
    }
    return text;
}

}  // namespace dz::bgp
