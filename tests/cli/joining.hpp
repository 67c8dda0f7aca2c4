// tests/cli/joining.hpp: desks from which somebody joins: passes, devices, groups and feeds in a word each.
#pragma once

#include <string>
#include <vector>

#include "tests/cli/desk.hpp"

namespace dz::test {

inline cli::ConnectOptions on_device(std::string device) {
    cli::ConnectOptions options;
    options.device = std::move(device);
    return options;
}

/// Where "alice" has a pass for this address.
struct PassDesk : Desk {
    explicit PassDesk(const ix::SetAccessPass& pass = Network::unlimited()) {
        REQUIRE(network.set_pass("alice", kIp, pass) == "ok");
    }
    Result<> connect(cli::ConnectOptions options = {}) {
        return run(cli::connect_ibrl(std::move(options), context, out));
    }
    Result<> multicast(cli::MulticastChoice choice = {}, cli::ConnectOptions options = {}) {
        return run(cli::connect_multicast(std::move(choice), std::move(options), context, out));
    }
    ledger::User member() const { return user(ledger::UserType::Multicast); }
    bool has_member() const { return has_user(ledger::UserType::Multicast); }
    ledger::Device device(const PublicKey& key) const { return network.get<ledger::Device>(key); }
    void change(const PublicKey& key, const std::function<void(ledger::Device&)>& how) {
        auto one = device(key);
        how(one);
        network.set(key, one);
    }
    /// A second device, farther away than ny5-dz01.
    PublicKey add_far_device(const std::string& code = "zzz-dz02") {
        daemon.round_trips[code] = 20ms;
        return network.add_device(code, 1, {Prefix{ip(9, 128, 1, 136), 29}});
    }
};

/// Groups "alpha" and "beta", and a pass that allows "alice" all of both.
struct GroupDesk : PassDesk {
    GroupDesk() {
        REQUIRE(network.allow("alice", kIp, alpha, true, true) == "ok");
        REQUIRE(network.allow("alice", kIp, beta, true, true) == "ok");
    }
    PublicKey alpha = network.add_group("alpha"), beta = network.add_group("beta");
};

/// An exchange with the feeds "prices" (alpha, beta) and "quotes" (gamma), and a pass by the seat for both.
struct FeedDesk : PassDesk {
    FeedDesk() : PassDesk(by_seat()) { give_seats({prices, quotes}); }
    static ix::SetAccessPass by_seat() {
        ix::SetAccessPass pass = Network::unlimited();
        pass.accesspass_type = ledger::access::EdgeSeat{};
        return pass;
    }
    PublicKey add_feed(const std::string& code, const PublicKey& exchange, std::vector<PublicKey> groups) {
        const auto instruction =
            network.as("foundation")
                .make(ix::CreateFeed{
                    .code = code, .name = code, .exchange = exchange, .groups = std::move(groups)});
        REQUIRE(network.send("foundation", instruction.value()) == "ok");
        return network.addresses().feed(code, exchange).value().key;
    }
    void give_seats(const std::vector<PublicKey>& feeds, std::uint8_t seats = 3) {
        const ix::FeedSeatTerms terms{seats, seats, 15, network.now.unix_time + 100,
                                      network.now.unix_time + 1000};
        const std::vector<ix::FeedSeatTerms> each(feeds.size(), terms);
        REQUIRE(network.send("foundation", network.as("foundation")
                                               .make(ix::SetAccessPassFeeds{kIp, network.pk("alice"), each},
                                                     feeds)) == "ok");
    }
    PublicKey alpha = network.add_group("alpha"), beta = network.add_group("beta"),
              gamma = network.add_group("gamma");
    PublicKey prices = add_feed("prices", network.exchange, {alpha, beta});
    PublicKey quotes = add_feed("quotes", network.exchange, {gamma});
};

}  // namespace dz::test
