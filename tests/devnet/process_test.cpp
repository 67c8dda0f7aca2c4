// The binary itself: where it says it is, how it ends, and what survives its death.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "base/json.hpp"
#include "base/run.hpp"
#include "base/websocket.hpp"
#include "ledger/http_rpc.hpp"
#include "ledger/submit.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"

extern char** environ;

using namespace dz;
using namespace dz::test;

namespace {

/// A running doublezero-devnet with its standard output in a pipe and its log in a file.
class Process {
  public:
    explicit Process(std::vector<std::string> arguments, const std::filesystem::path& log) {
        int ends[2] = {};
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        output_ = ends[0];
        ::posix_spawn_file_actions_t actions{};
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                           O_CREAT | O_WRONLY | O_APPEND, 0600);
        arguments.insert(arguments.begin(), DZ_DEVNET_BINARY);
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        REQUIRE(::posix_spawn(&pid_, DZ_DEVNET_BINARY, &actions, nullptr, argv.data(), environ) == 0);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
    }
    ~Process() {
        if (pid_ > 0) end(SIGKILL);
        ::close(output_);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The first line on standard output; empty when the process ended without one.
    std::string line() {
        std::string text;
        char c = 0;
        while (::read(output_, &c, 1) == 1 && c != '\n') text += c;
        return text;
    }
    std::string url() { return json::parse(line()).value()["rpc"].get<std::string>(); }
    /// Sends the signal and waits. The exit status, or minus the signal it died of.
    int end(int signal) {
        if (signal != 0) ::kill(pid_, signal);
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    ::pid_t pid_ = -1;
    int output_ = -1;
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
        Process process(arguments, directory / "log");
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
    Process process(arguments, directory / "log");
    CHECK(Remote(process.url()).balance(target) == confirmed);
}

TEST_CASE("process: SIGTERM ends it cleanly, and the ledger is not used by two", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    const auto arguments = arguments_for(directory);
    Process first(arguments, directory / "log");
    CHECK(first.url().starts_with("http://127.0.0.1:"));
    Process second(arguments, directory / "log2");
    CHECK(second.line().empty());
    CHECK(second.end(0) == 1);
    CHECK(first.end(SIGTERM) == 0);
    Process third(arguments, directory / "log");
    CHECK_FALSE(third.line().empty());
    CHECK(third.end(SIGINT) == 0);
}

TEST_CASE("process: --reset begins anew with the keys that are there", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    auto arguments = arguments_for(directory);
    std::string genesis;
    {
        Process process(arguments, directory / "log");
        genesis = json::parse(process.line()).value()["genesis_hash"];
        CHECK(process.end(SIGTERM) == 0);
    }
    arguments.emplace_back("--reset");
    Process process(arguments, directory / "log");
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
        Process process(wrong, directory / "log");
        CHECK(process.end(0) == 2);
    }
    Process version({"--version"}, directory / "log");
    CHECK(version.line().starts_with("doublezero-devnet 0.34.0"));
    CHECK(version.end(0) == 0);
    Process help({"--help"}, directory / "log");
    CHECK(help.end(0) == 0);
    Process taken({"--ledger", directory / "l", "--allow-remote", "--rpc-bind", "nowhere:1"},
                  directory / "log");
    CHECK(taken.end(0) == 1);
}

TEST_CASE("process: other machines must be let in explicitly", "[devnet]") {
    const TemporaryDirectory directory(memory_directory());
    for (const std::string bind : {"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0"}) {
        Process refused({"--ledger", directory / "l", "--rpc-bind", bind}, directory / "log");
        CHECK(refused.end(0) == 2);
    }
    Process open({"--ledger", directory / "l", "--rpc-bind", "0.0.0.0:0", "--allow-remote"},
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
    Process process(arguments_for(directory), directory / "log");
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
