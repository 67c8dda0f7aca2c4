// The facts of a machine whose tools answer from a table.
#include "doctor/collect.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "base/http_client.hpp"
#include "base/run.hpp"
#include "doctor/bundle.hpp"
#include "doctor/examine.hpp"
#include "tests/support/fake_network.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::doctor {
namespace {

using namespace test;

/// Answers by the words of the command; others are not installed.
class FakeCommands final : public Commands {
  public:
    Task<Result<std::string>> run(std::vector<std::string> words) override {
        const auto text = fmt::format("{}", fmt::join(words, " "));
        for (const auto& [start, answer] : answers)
            if (text.starts_with(start)) co_return answer;
        if (words.front() == "ping") {
            const auto size = std::stoul(words.at(words.size() - 2)) + 28;
            if (size <= widest) co_return "";
            co_return fail(Errc::Rejected, "ping: no answer", 1);
        }
        co_return fail(Errc::NotFound, words.front() + " is not installed");
    }
    std::map<std::string, std::string> answers;
    std::size_t widest = 1476;
};

struct Host {
    Host() {
        found_network(rpc);
        rpc.put(kUser, user());
        commands.answers = {
            {"ip -j route get 1.1.1.1",
             R"([{"dst":"1.1.1.1","gateway":"9.128.0.1","dev":"eth0","prefsrc":"9.128.0.5"}])"},
            {"ip -j route get 9.200.0.1",
             R"([{"dst":"9.200.0.1","gateway":"9.128.0.1","dev":"eth0","prefsrc":"9.128.0.5"}])"},
            {"ip -j addr show",
             R"([{"ifname":"eth0","link_type":"ether","mtu":1500,"xdp":{"prog":{"id":3}},"addr_info":[{"family":"inet","local":"9.128.0.5","prefixlen":16}]},
               {"ifname":"doublezero0","link_type":"gre","mtu":1476,"broadcast":"9.200.0.1","addr_info":[{"family":"inet","local":"169.254.0.1","prefixlen":31}]}])"},
            {"ip -j -4 route show table main", R"([{"dst":"default","gateway":"9.128.0.1","dev":"eth0"}])"},
            {"nft -j list ruleset", R"({"nftables":[]})"},
        };
    }
    Facts look() {
        return run(loop, collect({.network = "testnet",
                                  .program = kProgram,
                                  .ledger_host = "ledger.example",
                                  .payer = key(77),
                                  .socket = directory / "none.sock"},
                                 sources()));
    }
    Sources sources() {
        return {.rpc = rpc, .daemon = daemon, .commands = commands, .root = directory.path()};
    }

    EventLoop loop;
    FakeClock clock{loop};
    TemporaryDirectory directory;
    FakeRpc rpc{clock};
    http::Client http{loop};
    daemon::api::Client daemon{http, directory / "none.sock"};
    FakeCommands commands;
};

TEST_CASE("collect: machine and ledger are looked at with the daemon dead", "[doctor]") {
    Host host;
    const Facts facts = host.look();
    CHECK(facts.status.error().code == Errc::NotFound);
    CHECK(facts.client_ip == kClientIp);
    CHECK(facts.addresses == std::vector{kClientIp});
    CHECK(facts.default_way->device == "eth0");
    REQUIRE(facts.tunnels.size() == 1);
    CHECK(facts.tunnels.front().passes == 1476);
    CHECK(facts.tunnels.front().peer == ip("169.254.0.0"));
    CHECK(facts.gre.value() == Gre::Ready);
    CHECK(facts.xdp->front().program == 3);
    REQUIRE(facts.users->size() == 1);
    CHECK(facts.users->front().device->code == "dev-a");
    CHECK_FALSE(facts.networkd->running);
}

TEST_CASE("collect: a narrow path is measured to the byte", "[doctor]") {
    Host host;
    host.commands.widest = GENERATE(1475U, 1376U, 576U, 65U);
    CHECK(host.look().tunnels.front().passes == host.commands.widest);
}

TEST_CASE("collect: a device that answers no ping is not called narrow", "[doctor]") {
    Host host;
    host.commands.widest = 0;
    CHECK(host.look().tunnels.front().passes == 0);
}

TEST_CASE("collect: what cannot be asked says why", "[doctor]") {
    Host host;
    host.commands.answers.clear();
    host.rpc.fail_always();
    const auto findings = examine(host.look());
    for (const Finding& one : findings) {
        if (one.verdict == Verdict::Skipped) CHECK_FALSE(one.text.empty());
    }
    const auto at = std::ranges::find(findings, std::string_view("firewall"), &Finding::check);
    CHECK(at->evidence == std::vector<std::string>{"nft is not installed"});
}

TEST_CASE("collect: drop-ins of networkd count by name, the first folder wins", "[doctor]") {
    Host host;
    const auto put = [&](const std::string& path, const std::string& text) {
        std::filesystem::create_directories((host.directory / path).parent_path());
        std::ofstream(host.directory / path) << text;
    };
    host.commands.answers["systemctl is-active systemd-networkd"] = "active\n";
    put("etc/systemd/networkd.conf", "[Network]\nManageForeignRoutes=yes\n");
    put("usr/lib/systemd/networkd.conf.d/10-a.conf", "[Network]\nManageForeignRoutes=yes\n");
    put("etc/systemd/networkd.conf.d/10-a.conf",
        "[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n");
    const auto facts = host.look();
    CHECK(facts.networkd->running);
    CHECK_FALSE(facts.networkd->manages_foreign_routes);
    CHECK_FALSE(facts.networkd->manages_foreign_rules);
}

TEST_CASE("bundle: holds what was seen without its secrets, and never replaces a file", "[doctor]") {
    Host host;
    std::ofstream(host.directory / "config.yml") << "json_rpc_url: https://rpc.example/s3cret\n";
    const auto files =
        run(host.loop, gather(examine(host.look()), {host.directory / "config.yml"}, host.sources()));
    std::string all;
    for (const BundleFile& file : files) all += file.name + "\n" + file.text;
    CHECK_THAT(all, Catch::Contains("doctor.json") && Catch::Contains("https://rpc.example/(hidden)"));
    CHECK_THAT(all, !Catch::Contains("s3cret"));

    SystemClock clock(host.loop);
    SystemCommands real(host.loop, clock, 600s);
    const auto archive = host.directory / "bundle.tar.gz";
    REQUIRE(run(host.loop, pack(files, archive, real)));
    CHECK((std::filesystem::status(archive).permissions() & std::filesystem::perms::all) ==
          std::filesystem::perms(0600));
    CHECK(run(host.loop, real.run({"tar", "--list", "--file", archive.string()}))
              .value()
              .find("bundle/doctor.json") != std::string::npos);
    const auto again = run(host.loop, pack(files, archive, real));
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Errc::Exists);
}

}  // namespace
}  // namespace dz::doctor
