// services/oracle/metrics.hpp: metrics of the reservation oracle (docs/metrics-oracle.md).
#pragma once

#include "base/metrics.hpp"
#include "services/oracle/reservation.hpp"

namespace dz::oracle {

/// How a request for a reservation was answered.
enum class Verdict { Accepted, Repeated, NoSeat, Refused, Failed };
/// Why a request was not even looked at.
enum class Barrier { Unauthorized, RateLimit };
/// How a transaction ended.
enum class Landing { Landed, Failed, Lapsed };

/// Built once by the composition root.
class Metrics {
    // Built first: the series below belong to these families.
    prometheus::Family<prometheus::Counter>& requests_;
    prometheus::Family<prometheus::Counter>& barriers_;
    prometheus::Family<prometheus::Counter>& ended_;
    prometheus::Family<prometheus::Counter>& transactions_;
    prometheus::Family<prometheus::Gauge>& reservations_;

  public:
    /// Also sets doublezero_build_info.
    explicit Metrics(metrics::Registry& registry);

    /// doublezero_oracle_requests_total
    prometheus::Counter& request(Verdict verdict);
    /// doublezero_oracle_requests_barred_total
    prometheus::Counter& barred(Barrier barrier);
    /// doublezero_oracle_reservations_ended_total
    prometheus::Counter& ended(State state, Reason reason);
    /// doublezero_oracle_transactions_total
    prometheus::Counter& transaction(Purpose purpose, Landing landing);
    /// doublezero_oracle_reservations
    prometheus::Gauge& reservations(State state);

    prometheus::Counter& late_payments;
    prometheus::Counter& collected;  ///< lamports
    prometheus::Counter& refunded;   ///< lamports
    prometheus::Counter& unknown_seats;
    prometheus::Gauge& last_look;  ///< unix time
    prometheus::Histogram& reserve_seconds;
};

}  // namespace dz::oracle
