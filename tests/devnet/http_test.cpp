// The node behind real HTTP, as the programs of this project speak to it.
#include <catch2/catch.hpp>

#include "chain/devnet/genesis.hpp"
#include "chain/devnet/json_rpc.hpp"
#include "chain/devnet/rpc_front.hpp"
#include "chain/devnet/seed.hpp"
#include "ledger/accounts.hpp"
#include "ledger/http_rpc.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/submit.hpp"
#include "tests/devnet/node.hpp"
#include "tests/net/raw_peer.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;
namespace ix = ledger::ix;

namespace {

/// Sends all it has to say at once, then listens.
struct Speaker {
    Task<> talk(ws::Connection& connection) {
        for (const std::string& message : to_say) REQUIRE(connection.send(message));
        while (heard.size() < count) {
            const auto message = co_await connection.receive();
            if (!message) co_return;
            heard.push_back(json::parse(*message).value());
        }
    }
    std::vector<std::string> to_say;
    std::size_t count;
    std::vector<json::Value> heard;
};

/// Says all it has to say and does not listen until it is let go.
struct Deaf {
    Task<> talk(ws::Connection& connection) {
        for (const std::string& message : to_say) REQUIRE(connection.send(message));
        co_await let_go.wait_until(TimePoint::max());
    }
    Wake& let_go;
    std::vector<std::string> to_say;
};

std::string request(const std::string& method, const std::string& params) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":"{0}","method":"{0}","params":{1}}})", method, params);
}

struct Served {
    explicit Served(ws::Limits sockets = RpcFront::socket_limits())
        : node(ledger_options(directory / "ledger")),
          front(node.loop, *node.ledger, sockets),
          server(node.loop, node.clock, Log::none(), front.router(), RpcFront::limits()),
          url(fmt::format("http://127.0.0.1:{}", server.listen_tcp("127.0.0.1:0").value())),
          client(node.loop),
          rpc({.url = url}, client, node.clock) {
        boost::asio::co_spawn(node.loop, server.run(), boost::asio::detached);
    }
    ~Served() {
        server.stop(Duration(0));
        // Conversations end while there is a front to take leave of.
        node.loop.restart();
        node.loop.poll();
    }

    template <class T>
    T run(Task<T> task) {
        return node.run(std::move(task));
    }
    Result<http::ClientResponse> post(std::string body) {
        http::ClientRequest request;
        request.method = "POST";
        request.url = url;
        request.body = std::move(body);
        return run(client.send(std::move(request)));
    }
    /// The answers to `messages` and what comes after them, `count` texts in all.
    std::vector<json::Value> talk(std::vector<std::string> messages, std::size_t count) {
        Speaker speaker{std::move(messages), count, {}};
        const auto done =
            run(ws::dial(node.loop, node.clock, {.url = "ws" + url.substr(4)},
                         [&speaker](ws::Connection& connection) { return speaker.talk(connection); }));
        if (!done) FAIL(done.error().text);
        return speaker.heard;
    }
    Result<ledger::Receipt> submit(const ledger::Keypair& payer,
                                   const ledger::TransactionInstruction& instruction) {
        ledger::SubmitOptions options;
        options.poll_interval = 5ms;
        return run(ledger::submit(rpc, node.clock, payer, {instruction}, options));
    }

    TemporaryDirectory directory{memory_directory()};
    Node<SystemClock> node;
    RpcFront front;
    http::Server server;
    std::string url;
    http::Client client;
    ledger::HttpRpc rpc;
};

}  // namespace

TEST_CASE("http: a network is seeded and a user joins and leaves it", "[devnet]") {
    Served served;
    const auto keys = open_demo_keys(served.directory / "keys").value();
    REQUIRE(served.run(seed_demo(*served.node.ledger, served.node.clock, keys, Log::none())));
    const ledger::Addresses& addresses = served.node.ledger->deployment().addresses;
    const auto alice = fixed_key(1);
    const Ipv4 client_ip{0x09800064};

    ledger::Filters devices;
    devices.memcmp = {{0, {5}}};
    const auto list =
        served.run(served.rpc.program_accounts(addresses.program(), devices, Commitment::Confirmed));
    REQUIRE(list);
    REQUIRE(list->value.size() == 8);
    const PublicKey device = list->value.front().key;

    ix::SetAccessPass grant;
    grant.client_ip = client_ip;
    grant.last_access_epoch = ledger::AccessPass::kUnlimitedEpoch;
    const ledger::InstructionBuilder foundation(addresses, keys.foundation.public_key());
    REQUIRE(served.submit(keys.foundation, foundation.make(grant, {alice.public_key(), {}, {}})));
    REQUIRE(served.run(served.rpc.airdrop(alice.public_key(), Lamports{1'000'000'000})));

    const ledger::InstructionBuilder own(addresses, alice.public_key());
    const PublicKey pass = addresses.access_pass(client_ip, alice.public_key());
    const PublicKey user = addresses.user(client_ip, ledger::UserType::Ibrl);
    const ix::CreateUser join{ledger::UserType::Ibrl, ledger::Cyoa::GreOverDia, client_ip, {}, 1};
    const auto joined = served.submit(alice, own.make(join, {device, pass, {}}));
    if (!joined) FAIL(joined.error().text);
    const auto account = served.run(served.rpc.account(user, Commitment::Confirmed));
    REQUIRE(account.value().value);
    CHECK(ledger::decode<ledger::User>(account->value->data)->tunnel_id == 500);

    const auto failed = served.submit(alice, own.make(ix::RequestBanUser{1, 1}, {user, device}));
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == Errc::Rejected);
    CHECK(failed.error().detail == 8);

    REQUIRE(
        served.submit(alice, own.make(ix::DeleteUser{1, 1}, {user, device, pass, alice.public_key(), {}})));
    CHECK_FALSE(served.run(served.rpc.account(user, Commitment::Confirmed)).value().value);
}

TEST_CASE("http: the port's reads agree with the ledger", "[devnet]") {
    Served served;
    const PublicKey alice = fixed_key(1).public_key();
    const auto signature = served.run(served.rpc.airdrop(alice, Lamports{2'000'000'000}));
    REQUIRE(signature);
    REQUIRE(served.node.wait(*signature) == "ok");
    CHECK(served.run(served.rpc.balance(alice, Commitment::Confirmed))->value == Lamports{2'000'000'000});
    CHECK(served.run(served.rpc.multiple_accounts({alice, fixed_key(2).public_key()}, Commitment::Confirmed))
              ->value.size() == 2);
    CHECK(served.run(served.rpc.rent_minimum(0)).value() == Lamports{890'880});
    CHECK(served.run(served.rpc.health()));
    CHECK(served.run(served.rpc.version()));
    const auto epoch = served.run(served.rpc.epoch_info(Commitment::Processed));
    REQUIRE(epoch);
    CHECK(epoch->slots_in_epoch == 432'000);
    const auto slot = served.run(served.rpc.slot(Commitment::Processed));
    CHECK(slot.value() >= epoch->absolute_slot);
    CHECK(served.run(served.rpc.block_time(*slot)).value());
    const auto record = served.run(served.rpc.transaction(*signature, Commitment::Confirmed));
    REQUIRE(record.value());
    CHECK((*record)->fee == Lamports{5000});
    CHECK(served.run(served.rpc.signatures_for_address(alice, {}))->size() <= 1);
    const auto statuses = served.run(served.rpc.signature_statuses({*signature}));
    REQUIRE(statuses->value[0]);
    CHECK(statuses->value[0]->commitment >= Commitment::Confirmed);
}

TEST_CASE("http: bodies that are too large are 413, other methods 405", "[devnet]") {
    Served served;
    CHECK(served.post(std::string(kMaxRequestBody + 1, ' '))->status == 413);
    CHECK(served.post("{}")->status == 200);
    http::ClientRequest get;
    get.url = served.url;
    CHECK(served.run(served.client.send(get))->status == 405);
    get.url = served.url + "/health";
    CHECK(served.run(served.client.send(get))->body == "ok");
}

TEST_CASE("http: large answers are compressed for those who accept it", "[devnet]") {
    Served served;
    std::string batch = "[" + request("getVersion", "[]");
    for (int i = 0; i < 50; ++i) batch += "," + request("getVersion", "[]");
    batch += "]";
    http::ClientRequest ask{.method = "POST", .url = served.url, .body = batch};
    const auto compressed = served.run(served.client.send(ask)).value();
    ask.headers = {{"Accept-Encoding", "identity"}};
    const auto plain = served.run(served.client.send(ask)).value();
    CHECK(plain.body == compressed.body);
    CHECK(plain.bytes_on_wire == plain.body.size());
    CHECK(compressed.bytes_on_wire < plain.bytes_on_wire / 5);
    CHECK(json::parse(plain.body)->size() == 51);
}

TEST_CASE("http: a page in a browser may ask", "[devnet]") {
    Served served;
    const auto answer = [&](const std::string& head, const std::string& body) {
        const auto port = static_cast<std::uint16_t>(std::stoi(served.url.substr(served.url.rfind(':') + 1)));
        return served.run(talk(served.node.loop, port, head + "Connection: close\r\n\r\n" + body));
    };
    const std::string preflight = answer(
        "OPTIONS / HTTP/1.1\r\nOrigin: http://app.example\r\nAccess-Control-Request-Method: POST\r\n", "");
    CHECK(preflight.starts_with("HTTP/1.1 204 "));
    CHECK(preflight.find("Access-Control-Allow-Origin: *\r\n") != std::string::npos);
    CHECK(preflight.find("Access-Control-Allow-Methods: POST, OPTIONS\r\n") != std::string::npos);
    CHECK(preflight.find("Access-Control-Allow-Headers: *\r\n") != std::string::npos);
    const std::string posted = answer("POST / HTTP/1.1\r\nContent-Length: 2\r\n", "{}");
    CHECK(posted.find("Access-Control-Allow-Origin: *\r\n") != std::string::npos);
    CHECK(posted.find("-32600") != std::string::npos);
}

TEST_CASE("http: over a WebSocket all methods are answered, and subscriptions after their answer",
          "[devnet]") {
    Served served;
    const ledger::Keypair alice = fixed_key(1);
    const auto signature = served.node.ledger->airdrop(alice.public_key(), 1'000'000'000).value();
    REQUIRE(served.node.wait(signature) == "ok");
    const auto heard =
        served.talk({request("getHealth", "[]"),
                     request("signatureSubscribe",
                             fmt::format(R"(["{}",{{"commitment":"processed"}}])", signature.to_string())),
                     request("getNonsense", "[]"), "nonsense", request("accountUnsubscribe", "[4711]"),
                     request("accountSubscribe", R"(["short"])")},
                    7);
    REQUIRE(heard.size() == 7);
    CHECK(heard[0]["result"] == "ok");
    CHECK(heard[1]["id"] == "signatureSubscribe");
    CHECK(heard[2]["method"] == "signatureNotification");
    CHECK(heard[2]["params"]["subscription"] == heard[1]["result"]);
    CHECK(heard[2]["params"]["result"]["value"]["err"].is_null());
    CHECK(heard[3]["error"]["code"] == -32601);
    CHECK(heard[4]["error"]["code"] == -32700);
    CHECK(heard[5]["error"]["code"] == -32602);
    CHECK(heard[6]["error"]["code"] == -32602);
}

TEST_CASE("http: a WebSocket client is notified until it unsubscribes, and is forgotten when it goes",
          "[devnet]") {
    Served served;
    const auto heard = served.talk({request("slotSubscribe", "[]"), request("rootSubscribe", "[]")}, 4);
    REQUIRE(heard.size() == 4);
    CHECK(heard[2]["params"]["result"]["parent"].get<int>() + 1 == heard[2]["params"]["result"]["slot"]);
    const auto last = served.talk({request("slotSubscribe", "[]")}, 1);
    REQUIRE(last.size() == 1);
    const auto removed =
        served.talk({request("slotSubscribe", "[]"), request("slotUnsubscribe", "[\"x\"]")}, 2);
    CHECK(removed[1]["error"]["code"] == -32602);
    // The server learns of a client's end with its next turn of the loop.
    served.node.loop.restart();
    while (served.front.subscriptions().size() > 0) served.node.loop.run_one();
    SUCCEED();
}

TEST_CASE("http: a client that does not read its answers is dropped with its subscriptions", "[devnet]") {
    ws::Limits limits = RpcFront::socket_limits();
    limits.max_queue = 2U << 20;
    Served served(limits);
    // A megabyte of answers to a quarter of one of requests.
    const std::string key = fmt::format(
        "\"{}\"", faucet_key(served.node.ledger->deployment().program()).public_key().to_string());
    std::string keys = key;
    for (int i = 1; i < 40; ++i) keys += "," + key;
    const std::string one =
        request("getMultipleAccounts", fmt::format(R"([[{}],{{"commitment":"processed"}}])", keys));
    std::string batch = "[" + one;
    for (std::size_t i = 1; i < kMaxBatch; ++i) batch += "," + one;
    batch += "]";
    Wake never_mind(served.node.loop, served.node.clock);
    Deaf deaf{never_mind, std::vector<std::string>(40, batch)};
    deaf.to_say.insert(deaf.to_say.begin(), request("slotSubscribe", "[]"));
    bool gone = false;
    boost::asio::co_spawn(served.node.loop,
                          ws::dial(served.node.loop, served.node.clock, {.url = "ws" + served.url.substr(4)},
                                   [&](ws::Connection& connection) { return deaf.talk(connection); }),
                          [&](const std::exception_ptr&, const Result<>&) { gone = true; });
    const auto run_until = [&](auto condition) {
        served.node.loop.restart();
        while (!condition()) served.node.loop.run_one();
    };
    run_until([&] { return served.front.subscriptions().size() == 1; });
    run_until([&] { return served.front.subscriptions().size() == 0; });
    CHECK_FALSE(gone);
    never_mind.set();
    run_until([&] { return gone; });
}
