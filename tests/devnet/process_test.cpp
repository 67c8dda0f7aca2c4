// The binary itself: where it says it is, how it ends, and what survives its death.
#include <catch2/catch.hpp>
#include <csignal>

#include "base/json.hpp"
#include "base/run.hpp"
#include "base/websocket.hpp"
#include "ledger/http_rpc.hpp"
#include "ledger/submit.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::test;

namespace {

/// A running doublezero-devnet.
struct Program : test::Process {
    Program(std::vector<std::string> arguments, const std::filesystem::path& log)
        : test::Process(DZ_DEVNET_BINARY, std::move(arguments), log) {}
    std::string url() { return json::parse(line()).value()["rpc"].get<std::string>(); }
};

/// What a client needs to speak to a process.
struct Remote {
    explicit Remote(const std::string& url) : clock(loop), client(loop), rpc({.url = url}, client, clock) {}
    template <class T>
    T run(Task<T> task) {
        return dz::run(loop, std::move(task));
    }
    std::uint64_t balance(const ledger::PublicKey& key) {
        return run(rpc.balance(key, ledger::Commitment::Confirmed))->value.value;
    }
    EventLoop loop{1};
    SystemClock clock;
    http::Client client;
    ledger::HttpRpc rpc;
};

std::vector<std::string> arguments_for(const TemporaryDirectory& directory) {
    return {"--rpc-bind", "127.0.0.1:0", "--ledger", directory / "ledger",
            "--seed",     "demo",        "--keys",   directory / "keys"};
}

ledger::SubmitOptions quickly() {
    ledger::SubmitOptions options;
    options.poll_interval = 5ms;
    return options;
}

}  // namespace

TEST_CASE("process: a confirmed transaction survives kill -9", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    const auto arguments = arguments_for(directory);
    ledger::PublicKey target = fixed_key(2).public_key();
    std::uint64_t confirmed = 0;
    for (int round = 0; round < 3; ++round) {
        Program process(arguments, directory / "log");
        Remote remote(process.url());
        CHECK(remote.balance(target) == confirmed);
        const auto foundation = ledger::read_keypair(directory / "keys/foundation.json").value();
        for (std::uint64_t i = 0; i < 3; ++i) {
            // Another amount each time: equal transfers of one slot would be one transaction.
            const std::uint64_t amount = 1'000'000'000 + i;
            const auto transfer = ledger::system_transfer(foundation.public_key(), target, Lamports{amount});
            REQUIRE(remote.run(ledger::submit(remote.rpc, remote.clock, foundation, {transfer}, quickly())));
            confirmed += amount;
        }
        CHECK(process.end(SIGKILL) == -SIGKILL);
    }
    Program process(arguments, directory / "log");
    CHECK(Remote(process.url()).balance(target) == confirmed);
}

TEST_CASE("process: SIGTERM ends it cleanly, and the ledger is not used by two", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    const auto arguments = arguments_for(directory);
    Program first(arguments, directory / "log");
    CHECK(first.url().starts_with("http://127.0.0.1:"));
    Program second(arguments, directory / "log2");
    CHECK(second.line().empty());
    CHECK(second.end(0) == 1);
    CHECK(first.end(SIGTERM) == 0);
    Program third(arguments, directory / "log");
    CHECK_FALSE(third.line().empty());
    CHECK(third.end(SIGINT) == 0);
}

TEST_CASE("process: --reset begins anew with the keys that are there", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    auto arguments = arguments_for(directory);
    std::string genesis;
    {
        Program process(arguments, directory / "log");
        genesis = json::parse(process.line()).value()["genesis_hash"];
        CHECK(process.end(SIGTERM) == 0);
    }
    arguments.emplace_back("--reset");
    Program process(arguments, directory / "log");
    CHECK(json::parse(process.line()).value()["genesis_hash"] != genesis);
}

TEST_CASE("process: a wrong command line is told and exits with 2", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{"--nonsense"},
                                               {"--seed", "demo"},
                                               {"--keys", "/tmp"},
                                               {"--slot-ms", "0"},
                                               {"--seed", "other", "--keys", "/tmp"},
                                               {"--program-id", "short"},
                                               {"--reservations", "r3"},
                                               {"extra"}}) {
        Program process(wrong, directory / "log");
        CHECK(process.end(0) == 2);
    }
    Program version({"--version"}, directory / "log");
    CHECK(version.line().starts_with("doublezero-devnet 0.34.0"));
    CHECK(version.end(0) == 0);
    Program help({"--help"}, directory / "log");
    CHECK(help.end(0) == 0);
    Program taken({"--ledger", directory / "l", "--allow-remote", "--rpc-bind", "nowhere:1"},
                  directory / "log");
    CHECK(taken.end(0) == 1);
}

TEST_CASE("process: other machines must be let in explicitly", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    for (const std::string bind : {"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0"}) {
        Program refused({"--ledger", directory / "l", "--rpc-bind", bind}, directory / "log");
        CHECK(refused.end(0) == 2);
    }
    Program open({"--ledger", directory / "l", "--rpc-bind", "0.0.0.0:0", "--allow-remote"},
                 directory / "log");
    const auto line = json::parse(open.line()).value();
    CHECK(line["rpc"].get<std::string>().starts_with("http://0.0.0.0:"));
    CHECK(line["ws"].get<std::string>().starts_with("ws://0.0.0.0:"));
    CHECK(line["rpc"].get<std::string>().substr(4) != line["ws"].get<std::string>().substr(2));
    CHECK(open.end(SIGTERM) == 0);
}

namespace {

struct OneSlot {
    Task<> talk(ws::Connection& connection) {
        CHECK(connection.send(R"({"jsonrpc":"2.0","id":1,"method":"slotSubscribe"})"));
        if (const auto answer = co_await connection.receive()) answered = json::parse(*answer).value();
        if (const auto told = co_await connection.receive()) heard = json::parse(*told).value();
    }
    json::Value answered, heard;
};

}  // namespace

TEST_CASE("process: subscriptions are served on both ports", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    Program process(arguments_for(directory), directory / "log");
    const auto line = json::parse(process.line()).value();
    Remote remote(line["rpc"].get<std::string>());
    for (const std::string& url :
         {line["ws"].get<std::string>(), "ws" + line["rpc"].get<std::string>().substr(4)}) {
        OneSlot client;
        const auto done =
            remote.run(ws::dial(remote.loop, remote.clock, {.url = url},
                                [&client](ws::Connection& connection) { return client.talk(connection); }));
        if (!done) FAIL(done.error().text);
        CHECK(client.answered["result"].is_number_unsigned());
        CHECK(client.heard["method"] == "slotNotification");
    }
}
