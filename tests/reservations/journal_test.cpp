#include "chain/reservations/journal.hpp"

#include <catch2/catch.hpp>

#include "base/json.hpp"
#include "chain/reservations/host.hpp"
#include "tests/reservations/gas_ledger.hpp"
#include "tests/reservations/spy_engine.hpp"

using namespace dz;
using namespace dz::test;

namespace {

struct Desk {
    metrics::Registry registry;
    Metrics metrics{registry, "local"};
    std::vector<std::string> lines;
    Journal journal{Log::to_lines(lines), &metrics};

    std::string value(const std::string& series) const {
        const std::string text = "\n" + metrics::expose(registry);
        const auto at = text.find("\n" + series + " ");
        if (at == std::string::npos) return "absent";
        const auto from = at + series.size() + 2;
        return text.substr(from, text.find('\n', from) - from);
    }
    std::string at(std::size_t line, const char* key) const {
        const json::Value object = json::parse(lines.at(line)).value();
        return object.contains(key)
                   ? (object[key].is_string() ? object[key].get<std::string>() : object[key].dump())
                   : "";
    }
};

Plan plan_of(Amount amount) {
    return Plan::of(std::vector<Charge>{{address("A"), amount}, {address("B"), 0}}).value();
}

}  // namespace

TEST_CASE("journal: a plan is told before Begin, with senders and total", "[reservations]") {
    Desk desk;
    SpyEngine engine;
    engine.begin_with = Failure{Kind::InsufficientFunds, "A has too little"};
    Host host(engine, {Mode::Active, 28, 7}, desk.journal);
    host.begin(plan_of(12), [](const Address&) { return true; });
    REQUIRE(desk.lines.size() == 2);
    CHECK(desk.at(0, "msg") == "starting tipset reservations");
    CHECK(desk.at(0, "level") == "INFO");
    CHECK(desk.at(0, "subsystem") == "reservations");
    CHECK(desk.at(0, "senders") == "2");
    CHECK(desk.at(0, "total") == "12");
    CHECK(desk.at(1, "level") == "ERROR");
    CHECK(desk.at(1, "mode") == "active");
    CHECK(desk.at(1, "nv") == "28");
    CHECK(desk.at(1, "epoch") == "7");
    CHECK(desk.at(1, "stage") == "begin");
    CHECK(desk.at(1, "error") == "ErrReservationsInsufficientFunds: A has too little");
    CHECK(desk.value(R"(vm_reservations_plan_senders{network="local"})") == "2");
    CHECK(desk.value(R"(vm_reservations_plan_total_atto{network="local"})") == "12");
    CHECK(desk.value(R"(doublezero_reservations_verdicts_total{verdict="invalid"})") == "1");
}

TEST_CASE("journal: an empty plan sets the gauges to zero", "[reservations]") {
    Desk desk;
    SpyEngine engine;
    desk.journal.starting(plan_of(12));
    Host(engine, {Mode::Active, 28, 7}, desk.journal).begin(Plan{}, [](const Address&) { return true; });
    CHECK(desk.at(1, "msg") == "skipping tipset reservations for empty plan");
    CHECK(desk.at(1, "level") == "DEBUG");
    CHECK(desk.value(R"(vm_reservations_plan_senders{network="local"})") == "0");
    CHECK(desk.value(R"(vm_reservations_plan_total_atto{network="local"})") == "0");
}

TEST_CASE("journal: totals beyond a signed number stay at its end, the second gauge goes on",
          "[reservations]") {
    Desk desk;
    desk.journal.starting(plan_of(Amount{1} << 100));
    CHECK(std::stod(desk.value(R"(vm_reservations_plan_total_atto{network="local"})")) ==
          Approx(9.223372036854775e18));
    CHECK(std::stod(desk.value(R"(vm_reservations_plan_total_atto_float{network="local"})")) ==
          Approx(1.2676506002282294e30));
}

TEST_CASE("journal: fallbacks are for those who debug, node errors for those who act", "[reservations]") {
    Desk desk;
    SpyEngine engine;
    engine.begin_with = Failure{Kind::NotImplemented};
    const auto all = [](const Address&) { return true; };
    Host(engine, {Mode::Lax, 27, 7}, desk.journal).begin(plan_of(1), all);
    CHECK(desk.at(1, "level") == "DEBUG");
    CHECK_THAT(desk.at(1, "msg"), Catch::Contains("engine has no reservations"));
    engine.begin_with = Failure{Kind::PlanTooLarge};
    Host(engine, {Mode::Lax, 27, 7}, desk.journal).begin(plan_of(1), all);
    CHECK(desk.at(3, "level") == "DEBUG");
    CHECK(desk.at(3, "stage") == "begin");
    engine.begin_with = Failure{Kind::SessionOpen};
    Host(engine, {Mode::Lax, 27, 7}, desk.journal).begin(plan_of(1), all);
    CHECK(desk.at(5, "level") == "ERROR");
    CHECK(desk.at(5, "mode") == "lax");
    CHECK(desk.value(R"(doublezero_reservations_verdicts_total{verdict="fallback"})") == "2");
    CHECK(desk.value(R"(doublezero_reservations_verdicts_total{verdict="node_error"})") == "1");
}

TEST_CASE("journal: pre-pack that cannot look something up says so", "[reservations]") {
    Desk desk;
    desk.journal.prepack_off(7, Error{Errc::NotFound, "no such height"});
    desk.journal.prepack_off(address("A"), Error{Errc::Io, "disk"});
    CHECK(desk.at(0, "level") == "WARN");
    CHECK(desk.at(0, "height") == "7");
    CHECK(desk.at(0, "error") == "no such height");
    CHECK(desk.at(1, "from") == "41");
}

TEST_CASE("journal: an engine's sums are counters, which never fall", "[reservations]") {
    Desk desk;
    desk.journal.told({.open = true, .begin_failed = 2, .base_fee_burn = 10, .tip = 3, .refund = 5});
    desk.journal.told({.open = false, .begin_failed = 2, .base_fee_burn = 12, .tip = 3, .refund = 5});
    desk.journal.told({});
    CHECK(desk.value("doublezero_reservations_open") == "0");
    CHECK(desk.value("doublezero_reservations_begin_failed_total") == "2");
    CHECK(desk.value(R"(doublezero_reservations_settled_total{part="base_fee_burn"})") == "12");
    CHECK(desk.value(R"(doublezero_reservations_settled_total{part="refund"})") == "5");
}
