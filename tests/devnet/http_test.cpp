// The node behind real HTTP, as the programs of this project speak to it.
#include <catch2/catch.hpp>

#include "chain/devnet/app.hpp"
#include "chain/devnet/json_rpc.hpp"
#include "chain/devnet/seed.hpp"
#include "ledger/accounts.hpp"
#include "ledger/http_rpc.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/submit.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;
namespace ix = ledger::ix;

namespace {

struct Served {
    Served()
        : node(ledger_options(directory / "ledger")),
          methods(*node.ledger),
          router(make_router(methods)),
          server(node.loop, node.clock, Log::none(), router, rpc_limits()),
          url(fmt::format("http://127.0.0.1:{}", server.listen_tcp("127.0.0.1:0").value())),
          client(node.loop),
          rpc({.url = url}, client, node.clock) {
        boost::asio::co_spawn(node.loop, server.run(), boost::asio::detached);
    }
    ~Served() { server.stop(Duration(0)); }

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
    Result<ledger::Receipt> submit(const ledger::Keypair& payer,
                                   const ledger::TransactionInstruction& instruction) {
        ledger::SubmitOptions options;
        options.poll_interval = 5ms;
        return run(ledger::submit(rpc, node.clock, payer, {instruction}, options));
    }

    TemporaryDirectory directory{memory_directory()};
    Node<SystemClock> node;
    RpcMethods methods;
    http::Router router;
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
