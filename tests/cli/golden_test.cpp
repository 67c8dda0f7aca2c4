// Every listing and detail of one small network, as table and as JSON, compared with tests/golden/cli/*.txt:
// what scripts and eyes are used to must not change by accident.
#include <catch2/catch.hpp>

#include "tests/cli/joining.hpp"
#include "tests/support/golden.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Ipv4 kBobsIp{0x09800065};  // 9.128.0.101

/// What was typed and what came of it.
class Transcript {
  public:
    using Type = std::function<Printed(const std::string&)>;
    explicit Transcript(Type type) : type_(std::move(type)) {}

    void add(const std::vector<std::string>& lines) {
        for (const auto& line : lines) add_one(line);
    }
    void compare(const std::string& name) const { check_golden("cli/" + name + ".txt", text_); }

  private:
    void add_one(const std::string& line) {
        const Printed printed = type_(line);
        text_ += "$ doublezero " + line + "\n" + printed.out + printed.err;
        if (printed.status != 0) text_ += "exit status " + std::to_string(printed.status) + "\n";
        text_ += "\n";
    }

    Type type_;
    std::string text_;
};

/// A network with one of everything.
struct Everything {
    Everything() {
        REQUIRE(network.set_pass("alice", Desk::kIp) == "ok");
        REQUIRE(network.set_pass("bob", kBobsIp) == "ok");
        for (const char* const line :
             {"location create --code lax --name \"Los Angeles\" --country US --lat 34.05 --lng -118.26",
              "exchange create --code xlax --name \"Los Angeles\" --lat 34.05 --lng -118.26",
              "tenant create --code acme",
              "multicast group create --code beta --max-bandwidth 1500kbps --owner me",
              "feed create --code prices --name Prices --exchange xewr --group alpha beta",
              "permission set --user-payer me --add multicast-admin",
              "link topology create --name unicast-default"})
            run(line, type);
        network.add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
        Terminal contributor(network, "contributor");
        for (const char* const line : {"device interface create ny5-dz01 Ethernet1 --bandwidth 10gbps",
                                       "device interface create la2-dz01 Ethernet1 --bandwidth 10gbps",
                                       "link create wan --code ny5-la2 --contributor co01 --side-a ny5-dz01 "
                                       "--side-a-interface Ethernet1 "
                                       "--side-z la2-dz01 --side-z-interface Ethernet1 --bandwidth 10gbps "
                                       "--delay-ms 1.5 --jitter-ms 0.1"})
            run(line, contributor);
        REQUIRE(network.allow("bob", kBobsIp, alpha, true, true) == "ok");
        REQUIRE(network.create_user("alice", Desk::kIp) == "ok");
        REQUIRE(network.send("bob", network.subscribed_user_creation("bob", kBobsIp, alpha, true, true)) ==
                "ok");
    }
    static void run(const std::string& line, Terminal& terminal) {
        const Printed done = terminal(line);
        INFO(line << "\n" << done.err);
        REQUIRE(done.status == 0);
    }

    Network network;
    PublicKey alpha = network.add_group("alpha");
    Terminal type{network, "foundation"};
};

/// `list` and `get` of a family in every shape.
std::vector<std::string> shapes(const std::string& family, const std::string& get, bool narrow = false) {
    std::vector<std::string> lines{family + " list", family + " list --json",
                                   family + " list --json-compact"};
    if (narrow) lines.push_back(family + " list --narrow");
    if (!get.empty()) {
        lines.push_back(family + " get " + get);
        lines.push_back(family + " get " + get + " --json");
    }
    return lines;
}

}  // namespace

TEST_CASE("golden: places and people", "[cli]") {
    Everything on;
    Transcript text([&on](const std::string& line) { return on.type(line); });
    text.add(shapes("location", "--code lax"));
    text.add(shapes("exchange", "--code xewr"));
    text.add(shapes("contributor", "--code co01"));
    text.add(shapes("tenant", "--code acme"));
    text.add(shapes("permission", ""));
    text.compare("places");
}

TEST_CASE("golden: devices and links", "[cli]") {
    Everything on;
    Transcript text([&on](const std::string& line) { return on.type(line); });
    text.add(shapes("device", "--code ny5-dz01", true));
    text.add({"device list --status drained", "device list --exchange nowhere", "device interface list",
              "device interface list --json", "link list", "link list --json", "link list --narrow",
              "link get --code ny5-la2", "link get --code ny5-la2 --json", "link topology list",
              "link topology list --json", "resource get --resource-type user-tunnel-block",
              "resource get --resource-type user-tunnel-block --json"});
    text.compare("devices");
}

TEST_CASE("golden: users and passes", "[cli]") {
    Everything on;
    Transcript text([&on](const std::string& line) { return on.type(line); });
    const std::string alice = on.network.pk("alice").to_string();
    text.add(shapes("user", "--pubkey " + on.network.user(Desk::kIp).to_string(), true));
    text.add({"user list --user-type multicast", "user list --multicast-group alpha --json",
              "user list --client-ip 192.0.2.1"});
    text.add(shapes("access-pass", "--client-ip 9.128.0.100 --user-payer " + alice, true));
    text.add(
        {"access-pass list --multicast-group-publisher alpha", "access-pass list --prepaid --json-compact"});
    text.compare("users");
}

TEST_CASE("golden: multicast groups and feeds", "[cli]") {
    Everything on;
    Transcript text([&on](const std::string& line) { return on.type(line); });
    text.add(shapes("multicast group", "--code alpha"));
    text.add({"multicast group allowlist publisher list --code alpha",
              "multicast group allowlist publisher list --code alpha --json"});
    text.add(shapes("feed", "--pubkey prices"));
    text.compare("multicast");
}

TEST_CASE("golden: the network's constants", "[cli]") {
    Everything on;
    Transcript text([&on](const std::string& line) { return on.type(line); });
    text.add({"global-config get", "global-config get --json", "global-config authority get",
              "global-config airdrop get --json", "global-config allowlist list",
              "global-config qa-allowlist list --json", "address", "balance"});
    text.compare("constants");
}

TEST_CASE("golden: joining and leaving", "[cli]") {
    GroupDesk desk;
    Transcript text([&desk](const std::string& line) { return desk.type(line); });
    text.add({"connect ibrl --dry-run", "connect ibrl --dry-run --json", "connect ibrl", "connect ibrl",
              "connect ibrl --json", "routes", "routes --json", "disable", "disable", "enable", "enable",
              "disconnect --dry-run", "disconnect --dry-run --json", "disconnect ibrl", "disconnect",
              "connect multicast --publish alpha --subscribe alpha beta", "multicast unsubscribe alpha beta",
              "multicast publish alpha", "disconnect multicast --json"});
    text.compare("joining");
}

TEST_CASE("golden: refusals, in words and in JSON", "[cli]") {
    Desk desk;
    Transcript text([&desk](const std::string& line) { return desk.type(line); });
    text.add({"connect ibrl", "connect ibrl --json", "connect multicast --publish nothing",
              "connect ibrl --devise x", "connect multicast --publish a --subscribe-feed b", "connect IBRL",
              "disconnect multicats", "multicast publish", "device get --code nowhere",
              "device get --code nowhere --json"});
    text.compare("refusals");
}
