// The binary itself, against a node: crowds, floods, kills.
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <list>
#include <set>

#include "base/encoding.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/run.hpp"
#include "ledger/environment.hpp"
#include "ledger/http_rpc.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/snapshot.hpp"
#include "ledger/submit.hpp"
#include "services/oracle/api/client.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Commitment;
using ledger::Keypair;
using ledger::PublicKey;
using oracle::api::Phase;
namespace ix = ledger::ix;

namespace {

constexpr std::uint64_t kPrice = 50'000'000;
const std::string kToken = "0123456789abcdef0123456789abcdef";

/// A node with the demonstration network, and the keys of all who act.
class Stage {
  public:
    explicit Stage(std::uint16_t seats) {
        const auto environment = ledger::find_environment("local").value();
        addresses.emplace(environment->serviceability);
        node_.emplace(
            DZ_DEVNET_BINARY,
            std::vector<std::string>{"--rpc-bind", "127.0.0.1:0", "--ledger", directory / "ledger", "--seed",
                                     "demo", "--keys", directory / "keys", "--confirm-after", "0"},
            directory / "node.log");
        const auto told = json::parse(node_->line());
        REQUIRE(told);
        node_url = (*told)["rpc"];
        rpc.emplace(ledger::HttpRpcOptions{.url = node_url, .attempt_timeout = 10min}, http, clock);
        foundation.emplace(ledger::read_keypair(directory / "keys/foundation.json").value());
        contributor.emplace(ledger::read_keypair(directory / "keys/contributor.json").value());
        REQUIRE(ledger::write_keypair(directory / "oracle.json", authority));
        REQUIRE(files::write_atomic(directory / "seed", std::string(64, '7'), 0600));
        REQUIRE(files::write_atomic(directory / "tokens", "acme " + kToken + "\n", 0600));
        find_device();
        fund(authority.public_key());
        fund(client.public_key());
        land(*foundation, builder(*foundation).make(ix::SetAuthority{{}, {}, {}, authority.public_key()}));
        ix::UpdateDevice update;
        update.max_users = seats;
        land(*contributor, builder(*contributor).make(update, {device, contributor_account, {}, {}}));
    }

    template <class T>
    T run(Task<T> task) {
        return dz::run(loop, std::move(task));
    }
    /// Lets the loop work until `done`, which its coroutines bring about.
    void work_until(const std::function<bool()>& done) {
        loop.restart();
        while (!done()) REQUIRE(loop.run_one() != 0);
    }
    ledger::InstructionBuilder builder(const Keypair& payer) const {
        return {*addresses, payer.public_key()};
    }
    Task<Result<ledger::Receipt>> submit(const Keypair& payer, ledger::TransactionInstruction instruction) {
        ledger::SubmitOptions options;
        options.poll_interval = 5ms;
        options.timeout = 10min;
        return ledger::submit(*rpc, clock, payer, {std::move(instruction)}, options);
    }
    void land(const Keypair& payer, const ledger::TransactionInstruction& instruction) {
        const auto done = run(submit(payer, instruction));
        if (!done) FAIL(done.error().text);
    }
    void fund(const PublicKey& key) {
        REQUIRE(run(rpc->airdrop(key, Lamports{100'000'000'000})));
        while (balance(key) == 0) {
        }
    }
    std::uint64_t balance(const PublicKey& key) {
        return run(rpc->balance(key, Commitment::Confirmed))->value.value;
    }
    ledger::Device device_now() {
        return ledger::decode<ledger::Device>(run(rpc->account(device, Commitment::Confirmed))->value->data)
            .value();
    }
    bool exists(const PublicKey& key) {
        return run(rpc->account(key, Commitment::Confirmed))->value.has_value();
    }

    void start_oracle() {
        oracle_.emplace(DZ_ORACLE_BINARY,
                        std::vector<std::string>{"-ledger-rpc-url",
                                                 node_url,
                                                 "-serviceability-program-id",
                                                 addresses->program().to_string(),
                                                 "-keypair",
                                                 directory / "oracle.json",
                                                 "-deposit-seed",
                                                 directory / "seed",
                                                 "-tokens",
                                                 directory / "tokens",
                                                 "-journal",
                                                 directory / "journal",
                                                 "-listen",
                                                 "127.0.0.1:0",
                                                 "-price",
                                                 std::to_string(kPrice),
                                                 "-commitment",
                                                 "confirmed",
                                                 "-poll",
                                                 "50ms",
                                                 "-rate",
                                                 "0",
                                                 "-treasury",
                                                 treasury.public_key().to_string()},
                        directory / "oracle.log");
        const auto told = json::parse(oracle_->line());
        if (!told) FAIL(files::read(directory / "oracle.log", 1 << 20).value_or("no log"));
        oracle_url = (*told)["url"];
        CHECK((*told)["authority"] == authority.public_key().to_string());
    }
    int end_oracle(int signal) { return oracle_->end(signal); }

    oracle::api::Client api(http::Client& over) {
        return {over, {.url = oracle_url, .token = kToken, .timeout = 10min}};
    }
    oracle::api::ReservationRequest request(Ipv4 client_ip) const {
        const std::string payer = client.public_key().to_string();
        return {device.to_string(), client_ip, payer, payer};
    }
    /// Until the oracle answers with a reservation: it may be starting.
    oracle::api::ReservationView reserve(Ipv4 client_ip) {
        for (;;) {
            auto view = run(api(http).reserve(request(client_ip), client_ip.to_string()));
            if (view) return *view;
            if (view.error().code != Errc::Unavailable) FAIL(view.error().text);
            run(clock.sleep_for(20ms));
        }
    }
    oracle::api::ReservationView wait_for(const std::string& id, Phase phase) {
        for (;;) {
            const auto view = run(api(http).find(id));
            if (view && view->phase == phase) return *view;
            if (!view && view.error().code != Errc::Unavailable) FAIL(view.error().text);
            run(clock.sleep_for(20ms));
        }
    }
    void pay(const oracle::api::ReservationView& view, std::uint64_t lamports) {
        const auto to = PublicKey::parse(view.deposit_address).value();
        land(client, ledger::system_transfer(client.public_key(), to, Lamports{lamports}));
    }
    void settle(const std::string& id) {
        const auto settlement = run(api(http).settle(id, false, {}));
        if (!settlement) FAIL(settlement.error().text);
        auto transaction = ledger::decode_transaction(from_base64(settlement->transaction).value()).value();
        REQUIRE(ledger::cosign(transaction, client));
        REQUIRE(run(rpc->send_transaction(
            encode(transaction),
            {.skip_preflight = false, .preflight_commitment = Commitment::Processed, .max_retries = {}})));
    }

    TemporaryDirectory directory{memory_directory()};
    EventLoop loop{1};
    SystemClock clock{loop};
    http::Client http{loop};
    std::string node_url, oracle_url;
    std::optional<ledger::HttpRpc> rpc;
    std::optional<ledger::Addresses> addresses;
    std::optional<Keypair> foundation, contributor;
    Keypair authority = Keypair::generate(), client = Keypair::generate(), treasury = Keypair::generate();
    PublicKey device, contributor_account;

  private:
    void find_device() {
        const auto accounts =
            run(rpc->program_accounts(addresses->program(), {}, Commitment::Confirmed)).value();
        const auto all = ledger::Snapshot::from(accounts.value, accounts.slot, ledger::Scope::Catalogue);
        const auto* const entry = all.device_by_code("ny5-dz01");
        REQUIRE(entry != nullptr);
        device = entry->key;
        contributor_account = entry->value.contributor_pk;
    }

    std::optional<Process> node_, oracle_;
};

/// Room for a crowd of connections, here and in the programs that we start.
void allow_many_files() {
    ::rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = std::min<::rlim_t>(limit.rlim_max, 8192);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/// Sends CreateUser again and again.
struct Stranger {
    Keypair key = Keypair::generate();
    Ipv4 address;
    int refused = 0;
    bool got_in = false;

    Task<> flood(Stage& stage, const bool& over) {
        const ix::CreateUser user{.user_type = ledger::UserType::Ibrl,
                                  .cyoa_type = ledger::Cyoa::GreOverDia,
                                  .client_ip = address,
                                  .tunnel_endpoint = {},
                                  .dz_prefix_count = 1};
        const PublicKey pass = stage.addresses->access_pass(address, key.public_key());
        while (!over && !got_in) {
            const auto sent =
                co_await stage.submit(key, stage.builder(key).make(user, {stage.device, pass, {}}));
            got_in = sent.has_value();
            if (!sent) ++refused;
        }
    }
};

}  // namespace

TEST_CASE("oracle process: of 1000 requests at once for 100 seats, 100 are accepted", "[oracle]") {
    allow_many_files();
    constexpr std::uint32_t kRequests = 1000, kSeats = 100;
    Stage stage(kSeats);
    stage.start_oracle();
    // A client opens 64 connections at most; with several of them all requests are there at once.
    std::list<http::Client> clients;
    std::set<std::string> addresses, refusals;
    std::size_t answers = 0;
    for (std::uint32_t i = 0; i < kRequests; ++i) {
        if (i % 64 == 0) clients.emplace_back(stage.loop);
        boost::asio::co_spawn(
            stage.loop,
            [](Stage& at, http::Client& over, Ipv4 address) -> Task<Result<oracle::api::ReservationView>> {
                auto api = at.api(over);
                for (;;) {
                    auto view = co_await api.reserve(at.request(address), "");
                    // It is still reading the ledger.
                    if (view || view.error().code != Errc::Unavailable) co_return view;
                }
            }(stage, clients.back(), Ipv4{0x09090000U + i}),
            [&](const std::exception_ptr& error, Result<oracle::api::ReservationView> view) {
                CHECK_FALSE(error);
                ++answers;
                if (view)
                    addresses.insert(view->deposit_address);
                else
                    refusals.insert(view.error().text);
            });
    }
    stage.work_until([&] { return answers == kRequests; });
    CHECK(addresses.size() == kSeats);
    CHECK(refusals ==
          std::set<std::string>{"the device has no free seat: ask for another device, or again later"});
    CHECK(stage.device_now().reserved_seats == kSeats);
    CHECK(stage.run(stage.api(stage.http).list())->size() == kSeats);
    CHECK(stage.end_oracle(SIGTERM) == 0);
}

TEST_CASE("oracle process: 50 strangers flood the ledger, and none gets the paid seat", "[oracle]") {
    Stage stage(1);
    stage.start_oracle();
    const Ipv4 address{0x09090909};
    const auto view = stage.reserve(address);
    std::list<Stranger> strangers(50);
    for (std::uint32_t i = 0; Stranger & stranger : strangers) {
        stranger.address = Ipv4{0x09080000U + i++};
        ix::SetAccessPass pass;
        pass.client_ip = stranger.address;
        pass.last_access_epoch = ledger::AccessPass::kUnlimitedEpoch;
        stage.land(*stage.foundation,
                   stage.builder(*stage.foundation).make(pass, {stranger.key.public_key(), {}, {}}));
    }
    bool over = false;
    std::size_t ended = 0;
    for (Stranger& stranger : strangers)
        boost::asio::co_spawn(stage.loop, stranger.flood(stage, over),
                              [&ended](const std::exception_ptr&) { ++ended; });
    stage.pay(view, kPrice);
    stage.wait_for(view.id, Phase::Ready);
    stage.settle(view.id);
    stage.wait_for(view.id, Phase::Settled);
    over = true;
    stage.work_until([&] { return ended == strangers.size(); });
    int refused = 0;
    for (const Stranger& stranger : strangers) {
        CHECK_FALSE(stranger.got_in);
        refused += stranger.refused;
    }
    CHECK(refused >= 50);
    CHECK(stage.device_now().users_count == 1);
    CHECK(stage.exists(stage.addresses->user(address, ledger::UserType::Ibrl)));
}

TEST_CASE("oracle process: killed after every step of a sale, it goes on with the next one", "[oracle]") {
    Stage stage(1);
    const auto kill = [&stage] {
        CHECK(stage.end_oracle(SIGKILL) == -SIGKILL);
        stage.start_oracle();
    };
    stage.start_oracle();
    const Ipv4 address{0x09090909};
    const auto view = stage.reserve(address);
    kill();
    const auto again = stage.reserve(address);
    CHECK(again.id == view.id);
    CHECK(again.deposit_address == view.deposit_address);
    stage.pay(view, kPrice + 3'000'000);
    kill();
    stage.wait_for(view.id, Phase::Ready);
    kill();
    stage.wait_for(view.id, Phase::Ready);
    stage.settle(view.id);
    kill();
    stage.wait_for(view.id, Phase::Settled);
    const PublicKey deposit = PublicKey::parse(view.deposit_address).value();
    while (stage.balance(deposit) > 0) stage.run(stage.clock.sleep_for(20ms));
    kill();
    CHECK(stage.wait_for(view.id, Phase::Settled).refunded == 3'000'000);
    CHECK(stage.balance(stage.treasury.public_key()) == kPrice);
    CHECK(stage.device_now().users_count == 1);
    CHECK(stage.device_now().reserved_seats == 0);
}

TEST_CASE("oracle process: who has no token is told so, health and metrics are for all", "[oracle]") {
    Stage stage(1);
    stage.start_oracle();
    const auto ask = [&](std::string method, std::string path, std::string token) {
        http::ClientRequest request{.method = std::move(method), .url = stage.oracle_url + path};
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
        request.timeout = 10min;
        return stage.run(stage.http.send(std::move(request))).value();
    };
    CHECK(ask("GET", "/v1/reservations", "").status == 401);
    CHECK(ask("POST", "/v1/reservations", "wrong").status == 401);
    while (ask("GET", "/health", "").status != 200) stage.run(stage.clock.sleep_for(20ms));
    CHECK(ask("GET", "/v1/reservations", kToken).body == "{\"reservations\":[]}\n");
    CHECK(ask("POST", "/v1/reservations", kToken).status == 400);
    CHECK(ask("PUT", "/v1/reservations", kToken).status == 405);
    CHECK(ask("GET", "/v1/reservations/" + std::string(32, '0'), kToken).status == 404);
    CHECK(ask("GET", "/v2", kToken).status == 404);
    CHECK(ask("GET", "/metrics", "").body.find("doublezero_oracle_requests_barred_total") !=
          std::string::npos);
    CHECK(stage.end_oracle(SIGINT) == 0);
}

TEST_CASE("oracle process: what keeps it from starting is told on one line", "[oracle]") {
    const TemporaryDirectory directory;
    const auto log = directory / "log";
    const auto text = [&] {
        auto found = files::read(log, 1 << 20).value();
        std::filesystem::remove(log);
        return found;
    };
    CHECK(Process(DZ_ORACLE_BINARY, {"-nonsense"}, log).end(0) == 2);
    CHECK(text().starts_with("doublezero-oracle: "));
    CHECK(Process(DZ_ORACLE_BINARY, {"-env", "localnet"}, log).end(0) == 1);
    CHECK(text() ==
          "doublezero-oracle: flag -keypair is missing: give the key file of the reservation authority\n");
    Process version(DZ_ORACLE_BINARY, {"-version"}, log);
    CHECK(version.line().starts_with("build: "));
    CHECK(version.end(0) == 0);
}
