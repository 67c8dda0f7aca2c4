// The authority on a ledger that runs the real program: who gets a seat, what becomes of money, who settles.
#include <catch2/catch.hpp>

#include "tests/oracle/town.hpp"

using namespace dz;
using namespace dz::test;
using oracle::api::Phase;

namespace {

std::string code_of(const std::optional<oracle::Answer<oracle::Authority::Given>>& answer) {
    REQUIRE(answer);
    return *answer ? "" : answer->error().problem.code;
}

PublicKey address_of(const oracle::api::ReservationView& view) {
    return PublicKey::parse(view.deposit_address).value();
}

/// A reservation that is paid and whose pass is written.
oracle::api::ReservationView ready(Life& life, std::uint64_t lamports = kSeatPrice.value) {
    const auto view = life.must_reserve(life.town.request());
    life.town.pay(address_of(view), lamports);
    life.pass(4);
    REQUIRE(life.phase(view.id) == Phase::Ready);
    return view;
}

}  // namespace

TEST_CASE("authority: a request gets a seat, an address of its own and its check value", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    CHECK(town.reserved() == 1);
    CHECK(town.exists(town.addresses().seat_reservation(town.device, kClientIp)));
    CHECK(view.phase == Phase::Waiting);
    CHECK(view.price == kSeatPrice.value);
    CHECK(view.deposit_check == oracle::api::check_value(view.deposit_address));
    const auto other = life.must_reserve(town.request(ip(9, 9, 9, 10)));
    CHECK(other.deposit_address != view.deposit_address);
    CHECK(town.reserved() == 2);
}

TEST_CASE("authority: the same seat asked for again is the same reservation, another's is refused",
          "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    const auto again = life.reserve(town.request());
    REQUIRE((again && *again));
    CHECK_FALSE((**again).fresh);
    CHECK((**again).view.id == view.id);
    CHECK(code_of(life.reserve(town.request(kClientIp, "mallory"))) == "seat_held");
    CHECK(code_of(life.ask(life.authority.reserve(town.request(), {"other", {}}))) == "seat_held");
    CHECK(town.reserved() == 1);
}

TEST_CASE("authority: an idempotency key stands for one request", "[oracle]") {
    Town town;
    Life life(town);
    const auto first = life.reserve(town.request(), "k");
    REQUIRE((first && *first));
    const auto again = life.reserve(town.request(), "k");
    REQUIRE((again && *again));
    CHECK((**again).view.id == (**first).view.id);
    CHECK(code_of(life.reserve(town.request(ip(9, 9, 9, 10)), "k")) == "idempotency_mismatch");
    // Of another holder it is another key.
    CHECK(life.ask(life.authority.reserve(town.request(ip(9, 9, 9, 10)), {"other", "k"})).value());
}

TEST_CASE("authority: a full device has no seat, and the address of the refused one is given out again",
          "[oracle]") {
    Town town;
    Life life(town);
    const auto first = life.must_reserve(town.request());
    CHECK(life.must_reserve(town.request(ip(9, 9, 9, 10))).deposit_address != first.deposit_address);
    CHECK(code_of(life.reserve(town.request(ip(9, 9, 9, 11)))) == "no_seat");
    CHECK(town.disk.size() == 2);
    town.set_seats(3);
    (void)life.must_reserve(town.request(ip(9, 9, 9, 11)));
    CHECK(town.disk.size() == 3);
}

TEST_CASE("authority: of a crowd that asks at once as many are accepted as there are seats", "[oracle]") {
    Town town;
    town.set_seats(7);
    Life life(town);
    std::vector<oracle::Answer<oracle::Authority::Given>> answers;
    constexpr std::uint32_t kCrowd = 40;
    for (std::uint32_t i = 0; i < kCrowd; ++i) {
        boost::asio::co_spawn(
            life.loop, life.authority.reserve(town.request(Ipv4{0x09090100U + i}), {"acme", {}}),
            [&](const std::exception_ptr&, oracle::Answer<oracle::Authority::Given> answer) {
                answers.push_back(std::move(answer));
            });
    }
    while (answers.size() < kCrowd) life.pass();
    std::set<std::string> addresses;
    for (const auto& answer : answers) {
        if (answer)
            addresses.insert(answer->view.deposit_address);
        else
            CHECK(answer.error().problem.code == "no_seat");
    }
    CHECK(addresses.size() == 7);
    CHECK(town.reserved() == 7);
    CHECK(town.disk.size() == 7);
}

TEST_CASE("authority: what cannot become a user is refused before any seat is taken", "[oracle]") {
    Town town;
    Life life(town);
    auto request = town.request();
    request.client_ip = ip(10, 0, 0, 1);
    CHECK(code_of(life.reserve(request)) == "bad_request");
    request = town.request();
    request.device = town.pk("nobody").to_string();
    CHECK(code_of(life.reserve(request)) == "no_device");
    REQUIRE(town.set_pass("client", kClientIp) == "ok");
    CHECK(code_of(life.reserve(town.request())) == "foreign_pass");
    REQUIRE(town.create_user("client", kClientIp) == "ok");
    CHECK(code_of(life.reserve(town.request())) == "connected");
    CHECK(town.reserved() == 0);
}

TEST_CASE("authority: a key that may not reserve is told by the ledger, and nothing is left", "[oracle]") {
    Town town;
    REQUIRE(town.send("foundation",
                      town.as("foundation").make(ix::SetAuthority{{}, {}, {}, town.pk("another")})) == "ok");
    Life life(town);
    CHECK(code_of(life.reserve(town.request())) == "ledger_refused");
    CHECK(town.disk.empty());
}

TEST_CASE("authority: the price makes a pass, and the user settles with his own signature", "[oracle]") {
    Town town;
    town.set_seats(1);
    Life life(town);
    const auto view = ready(life);
    const auto settlement = life.ask(life.authority.settle(view.id, "acme", {}));
    REQUIRE((settlement && *settlement));
    CHECK_FALSE(life.complete(**settlement));
    life.pass(4);
    CHECK(life.phase(view.id) == Phase::Settled);
    CHECK(town.users() == 1);
    CHECK(town.reserved() == 0);
    CHECK(town.get_user(kClientIp).owner == town.pk("client"));
    CHECK(town.balance(town.pk("treasury")) == kStartBalance + kSeatPrice.value);
    CHECK(town.balance(address_of(view)) == 0);
}

TEST_CASE("authority: a paid seat is never free for strangers while the user settles", "[oracle]") {
    Town town;
    town.set_seats(1);
    for (std::uint32_t i = 0; i < 50; ++i)
        REQUIRE(town.set_pass("stranger" + std::to_string(i), Ipv4{0x08080800U + i}) == "ok");
    Life life(town);
    const auto flood = [&town] {
        for (std::uint32_t i = 0; i < 50; ++i)
            CHECK(town.create_user("stranger" + std::to_string(i), Ipv4{0x08080800U + i}) ==
                  "20 MaxUsersExceeded");
    };
    const auto view = ready(life);
    flood();
    const auto settlement = life.ask(life.authority.settle(view.id, "acme", {}));
    REQUIRE((settlement && *settlement));
    flood();
    CHECK_FALSE(life.complete(**settlement));
    flood();
    life.pass(4);
    flood();
    CHECK(town.users() == 1);
    CHECK(town.get_user(kClientIp).owner == town.pk("client"));
}

TEST_CASE("authority: of several settlements one can land", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = ready(life);
    const auto first = life.ask(life.authority.settle(view.id, "acme", {}));
    const auto second = life.ask(life.authority.settle(view.id, "acme", {.allocate_address = true}));
    REQUIRE((first && *first && second && *second));
    CHECK_FALSE(life.complete(**second));
    CHECK(life.complete(**first));
    life.pass(4);
    CHECK(life.phase(view.id) == Phase::Settled);
    CHECK(town.users() == 1);
}

TEST_CASE("authority: what is not paid cannot be settled", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    const auto settlement = life.ask(life.authority.settle(view.id, "acme", {}));
    REQUIRE(settlement);
    CHECK(settlement->error().problem.code == "not_ready");
}

TEST_CASE("authority: another holder's reservation does not exist", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    CHECK(life.authority.find(view.id, "other").error().problem.code == "no_reservation");
    CHECK(life.ask(life.authority.cancel(view.id, "other"))->error().status == 404);
    CHECK(life.ask(life.authority.settle(view.id, "other", {}))->error().status == 404);
    CHECK(life.authority.list("other").empty());
    CHECK(life.authority.list("acme").size() == 1);
}

TEST_CASE("authority: a payment in parts waits for the rest", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    town.pay(address_of(view), kSeatPrice.value / 2);
    life.pass(4);
    CHECK(life.phase(view.id) == Phase::Waiting);
    CHECK(life.view(view.id).received == kSeatPrice.value / 2);
    town.pay(address_of(view), kSeatPrice.value - kSeatPrice.value / 2, "friend");
    life.pass(4);
    CHECK(life.phase(view.id) == Phase::Ready);
}

TEST_CASE("authority: what is paid too much goes back when the seat is settled", "[oracle]") {
    Town town;
    const std::uint64_t surplus = GENERATE(1U, 2'000'000U);
    Life life(town);
    const auto view = ready(life, kSeatPrice.value + surplus);
    const auto settlement = life.ask(life.authority.settle(view.id, "acme", {}));
    REQUIRE((settlement && *settlement));
    CHECK_FALSE(life.complete(**settlement));
    const std::uint64_t before = town.balance(town.pk("client"));
    life.pass(5);
    CHECK(life.view(view.id).refunded == surplus);
    CHECK(town.balance(town.pk("client")) == before + surplus);
    CHECK(town.balance(town.pk("treasury")) == kStartBalance + kSeatPrice.value);
}

TEST_CASE("authority: what is paid too little goes back when the time is over", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    town.pay(address_of(view), kSeatPrice.value - 1);
    const std::uint64_t before = town.balance(town.pk("client"));
    life.pass(kHoldSlots + 5);
    CHECK(life.phase(view.id) == Phase::Expired);
    CHECK(life.view(view.id).refunded == kSeatPrice.value - 1);
    CHECK(town.balance(town.pk("client")) == before + kSeatPrice.value - 1);
    CHECK(town.reserved() == 0);
}

TEST_CASE("authority: late payments go back, and nobody else is ever given the address", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    life.pass(kHoldSlots + 5);
    REQUIRE(life.phase(view.id) == Phase::Expired);
    const auto next = life.must_reserve(town.request());
    CHECK(next.deposit_address != view.deposit_address);
    for (int i = 0; i < 2; ++i) {
        town.pay(address_of(view), kSeatPrice.value);
        life.pass(4);
    }
    CHECK(life.view(view.id).refunded == 2 * kSeatPrice.value);
    CHECK(life.phase(view.id) == Phase::Expired);
    CHECK(life.phase(next.id) == Phase::Waiting);
}

TEST_CASE("authority: a payment in the last slot counts", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    while (town.now.slot < view.expires_slot) life.pass();
    town.pay(address_of(view), kSeatPrice.value);
    life.pass(4);
    CHECK(life.phase(view.id) == Phase::Ready);
}

TEST_CASE("authority: a paid seat that nobody settles is given back with the money", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = ready(life);
    life.pass(kSettleSlots + 5);
    CHECK(life.phase(view.id) == Phase::Expired);
    CHECK(life.view(view.id).refunded == kSeatPrice.value);
    CHECK(town.reserved() == 0);
    CHECK(town.create_user("client", kClientIp) == "25 AccessPassUnauthorized");
    CHECK(life.ask(life.authority.settle(view.id, "acme", {}))->error().problem.code == "not_ready");
}

TEST_CASE("authority: a cancelled reservation gives seat and money back", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = ready(life);
    REQUIRE(life.ask(life.authority.cancel(view.id, "acme")).value());
    life.pass(5);
    CHECK(life.phase(view.id) == Phase::Cancelled);
    CHECK(life.view(view.id).refunded == kSeatPrice.value);
    CHECK(town.reserved() == 0);
    // Nor does he keep what he did not pay for.
    CHECK(town.create_user("client", kClientIp) == "25 AccessPassUnauthorized");
    CHECK(life.ask(life.authority.cancel(view.id, "acme")).value()->phase == Phase::Cancelled);
}

TEST_CASE("authority: who settles faster than he cancels is settled", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = ready(life);
    const auto settlement = life.ask(life.authority.settle(view.id, "acme", {}));
    REQUIRE((settlement && *settlement));
    CHECK_FALSE(life.complete(**settlement));
    REQUIRE(life.ask(life.authority.cancel(view.id, "acme")).value());
    life.pass(5);
    CHECK(life.phase(view.id) == Phase::Settled);
    CHECK(town.users() == 1);
    CHECK(town.reserved() == 0);
}

TEST_CASE("authority: who cancels faster than he settles is not", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = ready(life);
    const auto settlement = life.ask(life.authority.settle(view.id, "acme", {}));
    REQUIRE((settlement && *settlement));
    REQUIRE(life.ask(life.authority.cancel(view.id, "acme")).value());
    life.pass(3);
    CHECK(life.complete(**settlement));
    life.pass(5);
    CHECK(life.phase(view.id) == Phase::Cancelled);
    CHECK(town.users() == 0);
    CHECK(life.view(view.id).refunded == kSeatPrice.value);
}

TEST_CASE("authority: a seat that the foundation closes is lost, and the money goes back", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = ready(life);
    const PublicKey seat = town.addresses().seat_reservation(town.device, kClientIp);
    REQUIRE(town.send("foundation", town.as("foundation").make(ix::CloseReservation{}, seat, town.device)) ==
            "ok");
    life.pass(5);
    CHECK(life.phase(view.id) == Phase::Lost);
    CHECK(life.view(view.id).refunded == kSeatPrice.value);
}

TEST_CASE("authority: a seat without a reservation is given back at the start", "[oracle]") {
    Town town;
    REQUIRE(town.send("oracle", town.as("oracle").make(ix::ReserveSeat{kClientIp}, town.device)) == "ok");
    REQUIRE(town.send("foundation",
                      town.as("foundation").make(ix::ReserveSeat{ip(9, 9, 9, 10)}, town.device)) == "ok");
    Life life(town);
    life.pass(3);
    CHECK_FALSE(town.exists(town.addresses().seat_reservation(town.device, kClientIp)));
    // The foundation's own is none of its business.
    CHECK(town.reserved() == 1);
}

TEST_CASE("authority: a ledger that is away is no loss", "[oracle]") {
    Town town;
    Life life(town);
    const auto view = life.must_reserve(town.request());
    town.rpc.fault = Error{Errc::Unavailable, "the ledger is away", 0};
    CHECK(code_of(life.reserve(town.request(ip(9, 9, 9, 10)))) == "ledger_unavailable");
    life.pass(kHoldSlots + 5);
    CHECK(life.phase(view.id) == Phase::Waiting);
    town.rpc.fault.reset();
    // The first look after the pause finds what was paid meanwhile.
    town.pay(address_of(view), kSeatPrice.value);
    life.pass(4);
    CHECK(life.phase(view.id) == Phase::Ready);
}

TEST_CASE("watch: what is over takes turns, so that every address is looked at", "[oracle]") {
    Town town;
    town.set_seats(3);
    Life life(town);
    oracle::Watch few(life.loop, life.clock, town.rpc, life.books, life.clerk, life.paperwork.addresses(),
                      life.paperwork.authority(), life.metrics, Log::none(),
                      {.commitment = ledger::Commitment::Confirmed, .over_at_a_time = 1});
    std::vector<PublicKey> addresses;
    for (std::uint32_t i = 0; i < 3; ++i)
        addresses.push_back(address_of(life.must_reserve(town.request(Ipv4{0x09090900U + i}))));
    life.pass(kHoldSlots + 10);
    REQUIRE(life.books.live() == 0);
    // From here on nobody looks but this one, at one reservation a time.
    life.stop();
    for (const PublicKey& address : addresses) town.pay(address, 1'000'000);
    std::set<PublicKey> seen;
    for (int i = 0; i < 3; ++i) {
        town.rpc.asked.clear();
        REQUIRE(dz::run(life.loop, few.look()));
        life.pass();
        REQUIRE(town.rpc.asked.size() == 4);
        seen.insert(town.rpc.asked.front());
    }
    CHECK(seen == std::set<PublicKey>(addresses.begin(), addresses.end()));
}

TEST_CASE("authority: objections stand in the order of what the client can do about them", "[oracle]") {
    oracle::Facts facts;
    CHECK(oracle::objection(facts)->problem.code == "no_device");
    facts.device.emplace();
    facts.device->status = ledger::DeviceStatus::Activated;
    CHECK(oracle::objection(facts)->problem.code == "no_seat");
    facts.device->max_users = 3;
    facts.device->users_count = 1;
    facts.device->reserved_seats = 1;
    CHECK_FALSE(oracle::objection(facts));
    facts.device->reserved_seats = 2;
    CHECK(oracle::objection(facts)->problem.code == "no_seat");
    facts.seat = true;
    CHECK(oracle::objection(facts)->problem.code == "seat_held");
}
