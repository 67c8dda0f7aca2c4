#include "services/oracle/metrics.hpp"

#include <array>

#include "base/version.hpp"

namespace dz::oracle {

namespace {

template <class Builder>
auto& family(metrics::Registry& registry, Builder builder, const char* name, const char* help) {
    return builder.Name(name).Help(help).Register(registry);
}

prometheus::Gauge& gauge(metrics::Registry& registry, const char* name, const char* help) {
    return family(registry, prometheus::BuildGauge(), name, help).Add({});
}

prometheus::Counter& counter(metrics::Registry& registry, const char* name, const char* help) {
    return family(registry, prometheus::BuildCounter(), name, help).Add({});
}

const prometheus::Histogram::BucketBoundaries kSeconds{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60};

constexpr std::array kVerdicts = {"accepted", "repeated", "no_seat", "refused", "failed"};
constexpr std::array kLandings = {"landed", "failed", "lapsed"};

std::string end_of(State state, Reason reason) {
    return std::string(state == State::Settled ? to_string(state) : to_string(reason));
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry)
    : requests_(family(registry, prometheus::BuildCounter(), "doublezero_oracle_requests_total",
                       "Requests for a reservation by their answer.")),
      barriers_(family(registry, prometheus::BuildCounter(), "doublezero_oracle_requests_barred_total",
                       "Requests that were not looked at, by reason.")),
      ended_(family(registry, prometheus::BuildCounter(), "doublezero_oracle_reservations_ended_total",
                    "Reservations that are over, by how.")),
      transactions_(family(registry, prometheus::BuildCounter(), "doublezero_oracle_transactions_total",
                           "Transactions by what they were for and how they ended.")),
      reservations_(family(registry, prometheus::BuildGauge(), "doublezero_oracle_reservations",
                           "Reservations in the journal by state.")),
      late_payments(counter(registry, "doublezero_oracle_late_payments_total",
                            "Payments to an address whose reservation was over.")),
      collected(counter(registry, "doublezero_oracle_collected_lamports_total",
                        "Prices that reached the treasury.")),
      refunded(counter(registry, "doublezero_oracle_refunded_lamports_total", "What went back to clients.")),
      unknown_seats(
          counter(registry, "doublezero_oracle_unknown_seats_total",
                  "Seats of ours on the ledger that no reservation knew, and that were given back.")),
      last_look(gauge(registry, "doublezero_oracle_last_look_timestamp_seconds",
                      "Unix time of the last complete look at the ledger.")),
      reserve_seconds(family(registry, prometheus::BuildHistogram(),
                             "doublezero_oracle_reserve_duration_seconds",
                             "From a request to a seat on the ledger.")
                          .Add({}, kSeconds)) {
    family(registry, prometheus::BuildGauge(), "doublezero_build_info",
           "Always 1; what is running is in the labels.")
        .Add({{"version", std::string(version_with_commit())},
              {"commit", std::string(commit())},
              {"date", std::string(commit_date())}})
        .Set(1);
    // From the start, so that an alarm on their growth sees the first one.
    for (const auto verdict :
         {Verdict::Accepted, Verdict::Repeated, Verdict::NoSeat, Verdict::Refused, Verdict::Failed})
        request(verdict);
    for (const auto barrier : {Barrier::Unauthorized, Barrier::RateLimit}) barred(barrier);
}

prometheus::Counter& Metrics::request(Verdict verdict) {
    return requests_.Add({{"result", kVerdicts.at(static_cast<std::size_t>(verdict))}});
}

prometheus::Counter& Metrics::barred(Barrier barrier) {
    return barriers_.Add({{"reason", barrier == Barrier::Unauthorized ? "unauthorized" : "rate_limit"}});
}

prometheus::Counter& Metrics::ended(State state, Reason reason) {
    return ended_.Add({{"end", end_of(state, reason)}});
}

prometheus::Counter& Metrics::transaction(Purpose purpose, Landing landing) {
    return transactions_.Add({{"purpose", std::string(to_string(purpose))},
                              {"result", kLandings.at(static_cast<std::size_t>(landing))}});
}

prometheus::Gauge& Metrics::reservations(State state) {
    return reservations_.Add({{"state", std::string(to_string(state))}});
}

}  // namespace dz::oracle
