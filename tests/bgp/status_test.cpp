#include "protocols/bgp/status.hpp"

#include <catch2/catch.hpp>

namespace dz::bgp {
namespace {

const TimePoint kStart{1000s};

TEST_CASE("status: a peer that nobody answers for is unreachable after 30 s", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.dial_failed(kStart + 29s);
    CHECK(tracker.status() == Status::Pending);
    CHECK(tracker.next_deadline() == kStart + 30s);
    tracker.tick(kStart + 30s);
    CHECK(tracker.status() == Status::Unreachable);
    CHECK(tracker.next_deadline() == std::nullopt);
}

TEST_CASE("status: a peer that accepts TCP and says nothing has failed after 30 s", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.connected(kStart + 1s);
    tracker.tick(kStart + 30s);
    CHECK(tracker.status() == Status::Failed);
}

TEST_CASE("status: a peer stuck after its OPEN has failed after 30 s", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.connected(kStart);
    tracker.open_accepted(kStart);
    CHECK(tracker.status() == Status::Initializing);
    tracker.tick(kStart + 30s);
    CHECK(tracker.status() == Status::Failed);
}

TEST_CASE("status: a peer that hangs up on each connection stays failed", "[bgp]") {
    StatusTracker tracker(kStart);
    for (auto at = kStart; at < kStart + 60s; at += 2s) {
        tracker.tick(at);
        tracker.connected(at);
        tracker.disconnected(at + 1s);
        CHECK(tracker.status() == (at < kStart + 29s ? Status::Pending : Status::Failed));
    }
}

TEST_CASE("status: the last dial decides between failed and unreachable", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.connected(kStart);
    tracker.disconnected(kStart + 1s);
    tracker.dial_failed(kStart + 2s);
    tracker.tick(kStart + 30s);
    CHECK(tracker.status() == Status::Unreachable);
}

TEST_CASE("status: a failed peer whose network goes away becomes unreachable", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.connected(kStart);
    tracker.tick(kStart + 30s);
    tracker.dial_failed(kStart + 90s);
    CHECK(tracker.status() == Status::Unreachable);
}

TEST_CASE("status: an unreachable peer that accepts TCP gets a new attempt", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.tick(kStart + 30s);
    tracker.connected(kStart + 100s);
    CHECK(tracker.status() == Status::Pending);
    CHECK(tracker.next_deadline() == kStart + 130s);
    tracker.tick(kStart + 130s);
    CHECK(tracker.status() == Status::Failed);
}

TEST_CASE("status: up replaces every verdict and needs no deadline", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.tick(kStart + 30s);
    tracker.connected(kStart + 31s);
    tracker.open_accepted(kStart + 31s);
    tracker.established();
    CHECK(tracker.status() == Status::Up);
    CHECK(tracker.next_deadline() == std::nullopt);
    tracker.tick(kStart + 3600s);
    CHECK(tracker.status() == Status::Up);
}

TEST_CASE("status: a lost session is down until the next connection, and then judged anew", "[bgp]") {
    StatusTracker tracker(kStart);
    tracker.connected(kStart);
    tracker.established();
    tracker.lost(kStart + 500s);
    CHECK(tracker.status() == Status::Down);
    tracker.dial_failed(kStart + 501s);
    CHECK(tracker.status() == Status::Down);
    tracker.tick(kStart + 530s);
    CHECK(tracker.status() == Status::Unreachable);
}

TEST_CASE("status: the texts are the API's", "[bgp]") {
    CHECK(to_string(Status::Pending) == "Pending BGP Session");
    CHECK(to_string(Status::Initializing) == "Initializing BGP Session");
    CHECK(to_string(Status::Up) == "BGP Session Up");
    CHECK(to_string(Status::Down) == "BGP Session Down");
    CHECK(to_string(Status::Failed) == "BGP Session Failed");
    CHECK(to_string(Status::Unreachable) == "Network Unreachable");
}

}  // namespace
}  // namespace dz::bgp
