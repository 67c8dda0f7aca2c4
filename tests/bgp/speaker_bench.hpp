// tests/bgp/speaker_bench.hpp: the real speaker and a device that does what the test says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocols/bgp/asio_speaker.hpp"
#include "protocols/bgp/metrics.hpp"
#include "tests/bgp/device.hpp"

namespace dz::bgp::test {

inline const Ipv4 kDevice = Ipv4::loopback();

/// A speaker and a device on one loop, with a clock that stands still.
struct Bench {
    EventLoop loop;
    FakeClock clock{loop};
    metrics::Registry registry;
    Metrics metrics{registry};
    Device device{loop};
    AsioSpeaker speaker{loop, clock, Log::none(), metrics};
    int notified = 0;

    Bench() {
        speaker.on_change([this] { ++notified; });
    }

    PeerConfig config() const {
        PeerConfig wanted;
        wanted.local = Ipv4::loopback();
        wanted.remote = kDevice;
        wanted.local_asn = kClientAs;
        wanted.remote_asn = kDeviceAs;
        wanted.announce = prefix("198.18.0.5/32");
        wanted.port = device.port();
        wanted.policy.third_party_next_hop = true;
        return wanted;
    }

    PeerReport peer() const { return speaker.peer(kDevice).value(); }

    void establish() {
        speaker.set(config());
        device.establish();
        run_until(loop, [this] { return peer().state == State::Established; });
    }

    /// Sends and waits until the session has read it.
    void tell(const Message& message) {
        const auto before = peer().counters.messages_in;
        device.send(message);
        run_until(loop, [&] { return peer().counters.messages_in > before; });
    }

    std::vector<std::string> changes() {
        std::vector<std::string> texts;
        for (const auto& change : speaker.take_changes()) {
            const AdjRibIn* rib = speaker.rib(change.peer);
            const auto route = rib == nullptr ? std::nullopt : rib->find(change.prefix);
            texts.push_back((route && route->accepted() ? "+" : "-") + change.prefix.to_string());
        }
        return texts;
    }
};

}  // namespace dz::bgp::test
