// tests/telemetry/fake_sink.hpp: a ledger that takes statuses, refuses some, or does not answer.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "services/telemetry/sink.hpp"

namespace dz::test {

class FakeSink final : public telemetry::Sink {
  public:
    explicit FakeSink(Clock& clock) : clock_(clock) {}

    Task<std::vector<Result<ledger::Receipt>>> write(std::vector<telemetry::Write> writes) override {
        batches.push_back(writes);
        if (latency > Duration{}) co_await clock_.sleep_for(latency);
        const bool fails = failures > 0 && failures-- > 0;
        std::vector<Result<ledger::Receipt>> results;
        for (const auto& one : writes) {
            if (fails) {
                results.emplace_back(fail(failure, "the ledger is down"));
            } else if (refused.contains(one.user)) {
                results.emplace_back(fail(Errc::Rejected, "NotAllowed (8)", 8));
            } else {
                written[one.user] = one;
                results.emplace_back(ledger::Receipt{.signature = {}, .slot = {++slot}});
            }
        }
        co_return results;
    }

    std::vector<std::vector<telemetry::Write>> batches;  ///< one for each attempt
    std::map<ledger::PublicKey, telemetry::Write> written;
    std::set<ledger::PublicKey> refused;
    int failures = 0;  ///< attempts from now on that fail as a whole
    Errc failure = Errc::Unavailable;
    Duration latency{};
    std::uint64_t slot = 1000;

  private:
    Clock& clock_;
};

}  // namespace dz::test
