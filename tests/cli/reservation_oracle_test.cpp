// What the command line signs for an oracle, and what it does not.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>
#include <functional>

#include "base/encoding.hpp"
#include "base/files.hpp"
#include "base/http_server.hpp"
#include "ledger/settlement.hpp"
#include "services/oracle/api/messages.hpp"
#include "tests/cli/desk.hpp"

using namespace dz;
using namespace dz::test;
using Catch::Contains;
namespace api = dz::oracle::api;

namespace {

const std::string kId(32, 'a');

/// An oracle with one paid reservation of alice, whose half of the settlement a test may falsify.
class SeatOracle {
  public:
    explicit SeatOracle(Desk& desk) : desk_(desk), server_(desk.loop, desk.real_clock, Log::none(), router_) {
        Network& network = desk.network;
        ix::SetAuthority authority;
        authority.feed_authority = network.pk("oracle");
        REQUIRE(network.send("foundation", network.as("foundation").make(authority)) == "ok");
        REQUIRE(network.send("oracle",
                             network.as("oracle").make(ix::ReserveSeat{Desk::kIp}, network.device)) == "ok");
        REQUIRE(network.set_pass("alice", Desk::kIp) == "ok");
        view.id = kId;
        view.device = network.device.to_string();
        view.client_ip = Desk::kIp;
        view.user_payer = view.refund_to = network.pk("alice").to_string();
        view.phase = api::Phase::Ready;
        view.deposit_address = network.pk("deposit").to_string();
        view.deposit_check = api::check_value(view.deposit_address).value();
        view.price = 1000;
        router_.on("GET", "/v1/reservations/" + kId, [this](http::Request) { return answer(to_json(view)); });
        router_.on("POST", "/v1/reservations/" + kId + "/settlement",
                   [this](http::Request) { return settle(); });
        const auto port = server_.listen_tcp("127.0.0.1:0").value();
        boost::asio::co_spawn(desk.loop, server_.run(), boost::asio::detached);
        options.url = "http://127.0.0.1:" + std::to_string(port);
        options.token_file = desk.directory / "token";
        REQUIRE(files::write_atomic(*options.token_file, "0123456789abcdef\n", 0600));
    }

    cli::ConnectOptions connect() const {
        cli::ConnectOptions all;
        all.reservation = kId;
        all.oracle = options;
        return all;
    }

    cli::OracleOptions options;
    api::ReservationView view;
    std::function<void(ledger::Settlement&)> change_terms = [](ledger::Settlement&) {};
    std::function<void(ledger::Message&)> change_message = [](ledger::Message&) {};

  private:
    Task<http::Response> answer(json::Ordered body) { co_return http::Response{.body = json::dump(body)}; }
    Task<http::Response> settle() {
        Network& network = desk_.network;
        ledger::Settlement terms{.authority = network.pk("oracle"),
                                 .user_payer = network.pk("alice"),
                                 .device = network.device,
                                 .client_ip = Desk::kIp,
                                 .dz_prefix_count = 1};
        change_terms(terms);
        auto message = ledger::settlement_message(network.addresses(), terms, {}).value();
        change_message(message);
        const auto half = ledger::sign_partly(std::move(message), network.key("oracle")).value();
        return answer(to_json(api::SettlementView{.transaction = to_base64(encode(half)),
                                                  .authority = network.pk("oracle").to_string(),
                                                  .last_valid_block_height = 1'000'000}));
    }

    Desk& desk_;
    http::Router router_;
    http::Server server_;
};

}  // namespace

TEST_CASE("connect: with a reservation the seat becomes the user's, in one transaction", "[cli]") {
    Desk desk;
    SeatOracle oracle(desk);
    REQUIRE(desk.run(connect_ibrl(oracle.connect(), desk.context, desk.out)));
    CHECK_THAT(desk.out.str(), Contains("Reserved seat taken"));
    CHECK_THAT(desk.out.str(), Contains("User Provisioned"));
    CHECK(desk.user().owner == desk.network.pk("alice"));
    CHECK(desk.network.get_device().reserved_seats == 0);
    CHECK(desk.rpc.sent == 1);
    // The same command again finds it done.
    oracle.view.phase = api::Phase::Settled;
    REQUIRE(desk.run(connect_ibrl(oracle.connect(), desk.context, desk.out)));
    CHECK(desk.rpc.sent == 1);
}

TEST_CASE("connect: nothing is signed for an oracle but the settlement itself", "[cli]") {
    Desk desk;
    SeatOracle oracle(desk);
    SECTION("another device") {
        const PublicKey other = desk.network.add_device("la2-dz01", 1, {{ip(9, 128, 1, 136), 29}});
        oracle.change_terms = [other](ledger::Settlement& terms) { terms.device = other; };
    }
    SECTION("another address") {
        oracle.change_terms = [](ledger::Settlement& terms) { terms.client_ip = ip(9, 128, 0, 101); };
    }
    SECTION("another endpoint") {
        oracle.change_terms = [](ledger::Settlement& terms) { terms.tunnel_endpoint = ip(6, 6, 6, 6); };
    }
    SECTION("a transfer besides") {
        oracle.change_message = [&desk](ledger::Message& message) {
            const PublicKey alice = desk.network.pk("alice");
            std::vector<TransactionInstruction> all;
            for (const auto& one : message.instructions) all.push_back(expand(message, one));
            all.push_back(ledger::system_transfer(alice, desk.network.pk("oracle"), Lamports{1'000'000}));
            message = ledger::compile(alice, all, message.recent_blockhash).value();
        };
    }
    const auto refused = desk.run(connect_ibrl(oracle.connect(), desk.context, desk.out));
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text, Contains("is not the settlement of this reservation"));
    CHECK(desk.rpc.sent == 0);
    CHECK_FALSE(desk.has_user());
}

TEST_CASE("connect: a reservation that does not fit is told with what to do", "[cli]") {
    Desk desk;
    SeatOracle oracle(desk);
    std::string expected;
    SECTION("it is not paid") {
        oracle.view.phase = api::Phase::Waiting;
        expected = "Try: doublezero reservation pay " + kId;
    }
    SECTION("it is for another key") {
        oracle.view.user_payer = desk.network.pk("bob").to_string();
        expected = "use that key with --keypair";
    }
    SECTION("it is for another address") {
        oracle.view.client_ip = ip(9, 128, 0, 101);
        expected = "connect from that address";
    }
    SECTION("it is over") {
        oracle.view.phase = api::Phase::Expired;
        expected = "doublezero reservation request";
    }
    const auto refused = desk.run(connect_ibrl(oracle.connect(), desk.context, desk.out));
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text, Contains(expected));
    CHECK(desk.rpc.sent == 0);
}

TEST_CASE("oracle: without URL or token it is told where they go", "[cli]") {
    Desk desk;
    cli::OracleOptions options;
    CHECK_THAT(cli::Oracle::find(options, desk.context).error().text, Contains("DZ_ORACLE_URL"));
    options.url = "oracle.example";
    CHECK_THAT(cli::Oracle::find(options, desk.context).error().text, Contains("https://"));
    options.url = "https://oracle.example";
    options.token_file = desk.directory / "token";
    CHECK_THAT(cli::Oracle::find(options, desk.context).error().text, Contains("mode 600"));
    REQUIRE(files::write_atomic(*options.token_file, "0123456789abcdef", 0644));
    CHECK_THAT(cli::Oracle::find(options, desk.context).error().text, Contains("chmod 600"));
}
