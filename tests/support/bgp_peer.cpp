// bgp_peer.cpp: one BGP session from the command line, telling what happens as JSON lines on stdout.
//
//     bgp_peer --local 169.254.0.1 --remote 169.254.0.0 --local-as 65000 --remote-as 65342 --announce
//     198.18.0.5/32
//
//     {"ms":2,"event":"error","error":"connect: Connection refused"}
//     {"ms":3,"event":"status","status":"BGP Session Up"}
//     {"ms":5,"event":"route","prefix":"198.18.0.7/32","via":"169.254.0.0","as_path":"65342
//     65000","communities":[..]}
//     {"ms":9000,"event":"withdrawn","prefix":"198.18.0.7/32"}
//     {"ms":9000,"event":"routes","routes":2,"accepted":1}
//
// Ends with a Cease on SIGINT and SIGTERM. Writes no kernel routes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <string>

#include "base/json.hpp"
#include "base/run.hpp"
#include "protocols/bgp/asio_speaker.hpp"
#include "protocols/bgp/metrics.hpp"

namespace dz::bgp {
namespace {

struct Options {
    std::string local, remote, announce, inherited, opening = "active", md5_key_file;
    std::uint32_t local_as = 65000, remote_as = 65342;
    std::uint16_t port = 179, hold = 90;
    std::uint16_t shortest = 32;
    std::uint32_t stale_hold = 0;
    std::size_t max_routes = 250'000;
    std::size_t list_up_to = 20;
    bool ignore_routes = false, verbose = false, ttl_security = false;
};

Result<PeerConfig> config_of(const Options& options) {
    PeerConfig config;
    TRY(config.local, parse_ipv4(options.local));
    TRY(config.remote, parse_ipv4(options.remote));
    if (!options.announce.empty()) {
        TRY(config.announce, parse_prefix(options.announce));
        config.policy.own_addresses = {config.announce->address};
    }
    config.local_asn = {options.local_as};
    config.remote_asn = {options.remote_as};
    config.port = options.port;
    config.hold_time = std::chrono::seconds(options.hold);
    config.stale_hold = std::chrono::seconds(options.stale_hold);
    config.max_routes = options.max_routes;
    config.learn_routes = !options.ignore_routes;
    config.ttl_security = options.ttl_security;
    TRY(config.opening, parse_opening(options.opening));
    if (!options.md5_key_file.empty()) {
        TRY(config.md5_key, Md5Key::read(options.md5_key_file));
    }
    config.policy.shortest = static_cast<std::uint8_t>(std::min<std::uint16_t>(options.shortest, 32));
    return config;
}

/// Prints what changed since it last looked.
class Narrator {
  public:
    Narrator(Clock& clock, AsioSpeaker& speaker, Ipv4 remote, std::size_t list_up_to)
        : clock_(clock), speaker_(speaker), remote_(remote), list_up_to_(list_up_to), start_(clock.now()) {}

    void look() {
        const auto report = speaker_.peer(remote_);
        if (report && report->last_error != error_) {
            error_ = report->last_error;
            print({{"event", "error"}, {"error", error_}});
        }
        if (report && report->status != status_) {
            status_ = report->status;
            print({{"event", "status"}, {"status", to_string(report->status)}});
        }
        const auto changes = speaker_.take_changes();
        if (changes.empty()) return;
        if (changes.size() <= list_up_to_) {
            for (const auto& change : changes) tell(change.prefix);
        }
        if (report) print({{"event", "routes"}, {"routes", report->routes}, {"accepted", report->accepted}});
    }

  private:
    void tell(const Prefix& prefix) {
        const AdjRibIn* rib = speaker_.rib(remote_);
        const auto route = rib == nullptr ? std::nullopt : rib->find(prefix);
        if (!route || !route->accepted())
            return print({{"event", "withdrawn"}, {"prefix", prefix.to_string()}});
        json::Ordered communities = json::Ordered::array();
        for (const auto community : route->attributes->communities)
            communities.push_back(community_text(community));
        print({{"event", "route"},
               {"prefix", prefix.to_string()},
               {"via", route->next_hop().to_string()},
               {"as_path", to_string(route->attributes->as_path)},
               {"communities", std::move(communities)}});
    }

    void print(json::Ordered facts) {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - start_).count();
        json::Ordered line = {{"ms", ms}};
        line.update(facts);
        std::cout << json::dump(line) << std::endl;
    }

    Clock& clock_;
    AsioSpeaker& speaker_;
    Ipv4 remote_;
    std::size_t list_up_to_;
    TimePoint start_;
    std::optional<Status> status_;
    std::string error_;
};

Task<> narrate(Narrator& narrator, Clock& clock, Wake& wake, const bool& ending) {
    while (!ending) {
        narrator.look();
        // A failed attempt changes no status, and so wakes nobody.
        co_await wake.wait_until(clock.now() + 50ms);
    }
}

int main(const Options& options, PeerConfig config) {
    EventLoop loop;
    SystemClock clock(loop);
    metrics::Registry registry;
    Metrics metrics(registry);
    AsioSpeaker speaker(loop, clock, Log::to_stderr(options.verbose ? LogLevel::Debug : LogLevel::Info),
                        metrics);
    Narrator narrator(clock, speaker, config.remote, options.list_up_to);
    Wake wake(loop, clock);
    bool ending = false;
    speaker.on_change([&wake] { wake.set(); });
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code, int) {
        ending = true;
        wake.set();
    });
    if (const auto inherited = parse_prefix(options.inherited)) speaker.inherit(config.remote, *inherited);
    speaker.set(std::move(config));
    run(loop, narrate(narrator, clock, wake, ending));
    run(loop, speaker.stop());
    return 0;
}

}  // namespace
}  // namespace dz::bgp

int main(int argc, char** argv) {
    dz::bgp::Options options;
    CLI::App app("One BGP session, told as JSON lines.");
    app.add_option("--local", options.local, "overlay address of this end")->required();
    app.add_option("--remote", options.remote, "overlay address of the device")->required();
    app.add_option("--local-as", options.local_as);
    app.add_option("--remote-as", options.remote_as);
    app.add_option("--announce", options.announce, "prefix to announce");
    app.add_option("--inherited", options.inherited, "prefix that an earlier process announced");
    app.add_option("--port", options.port);
    app.add_option("--hold", options.hold, "hold time to offer, seconds");
    app.add_option("--stale-hold", options.stale_hold, "seconds that routes outlive the session");
    app.add_option("--max-routes", options.max_routes);
    app.add_option("--shortest", options.shortest, "shortest prefix length to accept");
    app.add_option("--list-up-to", options.list_up_to, "list the routes of changes up to this size");
    app.add_option("--opening", options.opening, "who opens the connection: active, passive or both");
    app.add_option("--md5-key-file", options.md5_key_file, "sign the connection (RFC 2385)");
    app.add_flag("--ttl-security", options.ttl_security, "hear direct neighbours only (RFC 5082)");
    app.add_flag("--ignore-routes", options.ignore_routes);
    app.add_flag("--verbose", options.verbose);
    CLI11_PARSE(app, argc, argv);
    auto config = dz::bgp::config_of(options);
    if (!config) {
        std::cerr << "Error: " << config.error().text << '\n';
        return 2;
    }
    return dz::bgp::main(options, *std::move(config));
}
