// Golden contract tests: what the reference's command line asks (daemon.md, appendix D), byte for byte as it
// asks, and what it gets. tests/golden/daemon/ has the conversations; DZ_UPDATE_GOLDEN=1 writes them anew.
#include <cstdlib>
#include <regex>

#include "daemon/api/latency.hpp"
#include "tests/daemon/world.hpp"
#include "tests/net/raw_peer.hpp"

using namespace dz;
using namespace dz::test;

namespace {

const Ipv4 kPeer = ip("169.254.0.0");

/// Requests and answers as text, with what differs from run to run taken out.
class Conversation {
  public:
    explicit Conversation(World& world) : world_(world) {}

    /// Headers as a HTTP library for unix sockets sends them: the host is the socket's path in hex.
    std::string ask(const std::string& method, const std::string& path, const std::string& body = "") {
        std::string request =
            method + " " + path + " HTTP/1.1\r\nhost: 2f72756e2f73\r\nconnection: close\r\n";
        if (method == "POST") request += "content-length: " + std::to_string(body.size()) + "\r\n";
        const std::string answer =
            run(world_.loop, talk(world_.loop, world_.settings.socket, request + "\r\n" + body));
        const std::size_t end = answer.find("\r\n\r\n");
        REQUIRE(end != std::string::npos);
        const std::string head = answer.substr(0, end);
        std::smatch type;
        std::regex_search(head, type, std::regex("Content-Type: ([^\r]*)"));
        text_ += "> " + method + " " + path + (body.empty() ? "" : " " + body) + "\n< " + head.substr(9, 3) +
                 " " + type[1].str() + "\n" + steady(answer.substr(end + 4)) + "\n";
        return answer.substr(end + 4);
    }
    void note(const std::string& text) { text_ += "\n# " + text + "\n"; }

    void compare(const std::string& name) const {
        const auto path = std::filesystem::path(DZ_SOURCE_DIR) / "tests/golden/daemon" / name;
        if (std::getenv("DZ_UPDATE_GOLDEN") != nullptr) REQUIRE(files::write_atomic(path, text_));
        CHECK(files::read(path, 1 << 20).value_or("missing") == text_);
    }

  private:
    static std::string steady(std::string body) {
        body = std::regex_replace(body, std::regex(R"re("version":"[^"]*")re"), R"("version":"VERSION")");
        body = std::regex_replace(
            body,
            std::regex(
                R"re("(last_session_update|since|data_age_seconds|snapshot_age_seconds|age_seconds)":[0-9]+)re"),
            "\"$1\":SECONDS");
        if (!body.ends_with('\n')) body += "\\ no newline\n";
        return body;
    }

    World& world_;
    std::string text_;
};

/// The keys that the reference's readers insist on, as it reads them.
void read_status(const std::string& body) {
    const auto rows = json::parse(body).value();
    REQUIRE(rows.is_array());
    REQUIRE_FALSE(rows.empty());
    for (const json::Value& row : rows) {
        CHECK(row.at("doublezero_status").at("session_status").is_string());
        for (const char* optional : {"tunnel_name", "tunnel_src", "tunnel_dst", "doublezero_ip", "user_type"})
            if (row.contains(optional)) CHECK(row.at(optional).is_string());
    }
}

void read_status_v2(const std::string& body) {
    const auto status = json::parse(body).value();
    CHECK(status.at("reconciler_enabled").is_boolean());
    CHECK(status.at("services").is_array());
    CHECK(parse_ipv4(status.at("client_ip").get<std::string>()));
}

void read_routes(const std::string& body) {
    const auto rows = json::parse(body).value();
    for (const json::Value& row : rows)
        for (const char* key : {"network", "local_ip", "peer_ip", "kernel_state"})
            CHECK(row.at(key).is_string());
}

}  // namespace

TEST_CASE("reference cli: connect, status, routes and disconnect", "[daemon]") {
    World world;
    world.rpc.put(kUser, user());
    REQUIRE(world.start());
    world.pass(1s);
    Conversation talk(world);
    talk.note("before anything");
    talk.ask("GET", "/config");
    read_status(talk.ask("GET", "/status"));
    read_status_v2(talk.ask("GET", "/v2/status"));
    read_routes(talk.ask("GET", "/routes"));

    talk.note("connect: the user is on the ledger");
    CHECK(talk.ask("POST", "/enable") == "{\"status\":\"ok\"}\n");
    world.pass(1s);
    read_status(talk.ask("GET", "/status"));
    world.speaker.establish(kPeer);
    world.speaker.announce(kPeer, prefix("9.250.0.7/32"));
    world.pass(1s);
    read_status(talk.ask("GET", "/status"));
    read_status_v2(talk.ask("GET", "/v2/status"));
    read_routes(talk.ask("GET", "/routes"));
    talk.ask("POST", "/resolve-route", R"({"dst":"9.200.0.1"})");

    talk.note("disable and enable");
    CHECK(talk.ask("POST", "/disable") == "{\"status\":\"ok\"}\n");
    world.pass(1s);
    read_status(talk.ask("GET", "/status"));
    CHECK(talk.ask("POST", "/enable") == "{\"status\":\"ok\"}\n");
    world.pass(1s);
    read_status(talk.ask("GET", "/status"));

    talk.note("disconnect: the user is deleted");
    world.rpc.remove(kUser);
    REQUIRE(world.settle([&] { return !world.kernel_has("tunnel doublezero0"); }));
    read_status(talk.ask("GET", "/status"));
    talk.compare("reference_cli.txt");
}

TEST_CASE("reference cli: refusals and errors", "[daemon]") {
    World world;
    REQUIRE(world.start());
    world.pass(1s);
    Conversation talk(world);
    talk.ask("GET", "/enable");
    talk.ask("POST", "/status");
    talk.ask("GET", "/nothing");
    talk.ask("POST", "/resolve-route");
    talk.ask("POST", "/resolve-route", "{}");
    talk.ask("POST", "/provision", "{}");
    talk.ask("POST", "/remove", "{}");
    std::filesystem::create_directories(world.settings.state_directory / "state.json.tmp" / "in the way");
    const auto error = json::parse(world.ask("POST", "/enable").body).value();
    CHECK(error.at("status") == "error");
    CHECK(error.at("description").is_string());
    talk.compare("reference_cli_errors.txt");
}

TEST_CASE("reference cli: latencies have every key that it insists on, reachable or not", "[daemon]") {
    daemon::api::Latencies latencies{.ready = true, .results = {}};
    latencies.results.push_back({.device_pk = "P", .device_ip = kPeer, .device_code = "a", .rtt = {}});
    latencies.results.push_back({.device_pk = "P",
                                 .device_ip = kPeer,
                                 .device_code = "a",
                                 .rtt = daemon::api::RoundTrip{1ms, 3ms, 2ms}});
    const auto body = json::parse(json::dump(to_json(latencies))).value();
    CHECK(body.at("ready").is_boolean());
    for (const json::Value& row : body.at("results")) {
        for (const char* key : {"device_pk", "device_code", "device_ip"}) CHECK(row.at(key).is_string());
        for (const char* key : {"min_latency_ns", "max_latency_ns", "avg_latency_ns"})
            CHECK(row.at(key).is_number_integer());
        CHECK(row.at("reachable").is_boolean());
    }
}
