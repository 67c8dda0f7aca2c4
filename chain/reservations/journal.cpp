#include "chain/reservations/journal.hpp"

#include <algorithm>

namespace dz::reservations {

namespace {

prometheus::Gauge& gauge(metrics::Registry& registry, const char* name, const char* help,
                         const prometheus::Labels& labels = {}) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

double number(Amount amount) {
    return static_cast<double>(amount);
}

/// Counters only grow: an engine that was replaced begins at zero again.
void raise(prometheus::Counter& counter, Amount now) {
    const double more = number(now) - counter.Value();
    if (more > 0) counter.Increment(more);
}

}  // namespace

Metrics::Metrics(metrics::Registry& registry, const std::string& network)
    : senders_(gauge(registry, "vm_reservations_plan_senders", "Senders in the plan of the last block.",
                     {{"network", network}})),
      total_(gauge(registry, "vm_reservations_plan_total_atto",
                   "Reserved at most for the last block, in the smallest unit; 2^63-1 stands for more.",
                   {{"network", network}})),
      total_float_(gauge(registry, "vm_reservations_plan_total_atto_float",
                         "The same without an upper end, rounded.", {{"network", network}})),
      open_(gauge(registry, "doublezero_reservations_open", "1 while a block runs with reservations.")),
      begin_failed_(prometheus::BuildCounter()
                        .Name("doublezero_reservations_begin_failed_total")
                        .Help("Plans that the engine refused.")
                        .Register(registry)
                        .Add({})),
      settled_(prometheus::BuildCounter()
                   .Name("doublezero_reservations_settled_total")
                   .Help("What messages paid, and what of their reservations came free, by part.")
                   .Register(registry)),
      verdicts_(prometheus::BuildCounter()
                    .Name("doublezero_reservations_verdicts_total")
                    .Help("Ends of Begin and End by what followed.")
                    .Register(registry)),
      burn_(settled_.Add({{"part", "base_fee_burn"}})),
      tip_(settled_.Add({{"part", "tip"}})),
      over_burn_(settled_.Add({{"part", "over_estimation_burn"}})),
      refund_(settled_.Add({{"part", "refund"}})),
      proceed_(verdicts_.Add({{"verdict", "proceed"}})),
      fallback_(verdicts_.Add({{"verdict", "fallback"}})),
      invalid_(verdicts_.Add({{"verdict", "invalid"}})),
      node_error_(verdicts_.Add({{"verdict", "node_error"}})) {}

void Metrics::planned(std::size_t senders, Amount total) {
    senders_.Set(static_cast<double>(senders));
    total_.Set(number(std::min(total, kMostTold)));
    total_float_.Set(number(total));
}

void Metrics::judged(const Verdict& verdict) {
    prometheus::Counter* const counters[] = {&proceed_, &fallback_, &invalid_, &node_error_};
    counters[verdict.index()]->Increment();
}

void Metrics::told(const Telemetry& now) {
    open_.Set(now.open ? 1 : 0);
    raise(begin_failed_, now.begin_failed);
    raise(burn_, now.base_fee_burn);
    raise(tip_, now.tip);
    raise(over_burn_, now.over_burn);
    raise(refund_, now.refund);
}

void Journal::starting(const Plan& plan) const {
    const Amount total = plan.total();
    if (metrics_ != nullptr) metrics_->planned(plan.senders(), total);
    log_.info("starting tipset reservations",
              {{"subsystem", "reservations"}, {"senders", plan.senders()}, {"total", dz::to_string(total)}});
}

void Journal::skipped_empty() const {
    if (metrics_ != nullptr) metrics_->planned(0, 0);
    log_.debug("skipping tipset reservations for empty plan", {{"subsystem", "reservations"}});
}

void Journal::judged(const BlockContext& block, Stage stage, const Verdict& verdict) const {
    if (metrics_ != nullptr) metrics_->judged(verdict);
    const auto alarm = [&](std::string_view message, const Failure& reason) {
        log_.error(message, {{"subsystem", "reservations"},
                             {"mode", to_string(block.mode)},
                             {"nv", block.version},
                             {"epoch", block.epoch},
                             {"stage", to_string(stage)},
                             {"error", reason.to_string()}});
    };
    if (const auto* const fallback = std::get_if<Fallback>(&verdict)) {
        const bool unable = class_of(fallback->reason.kind) == Class::Capability;
        log_.debug(unable ? "engine has no reservations, the block runs without"
                          : "reservation failure ignored, the block runs without",
                   {{"subsystem", "reservations"},
                    {"stage", to_string(stage)},
                    {"error", fallback->reason.to_string()}});
    } else if (const auto* const invalid = std::get_if<BlockInvalid>(&verdict)) {
        alarm("block refused, it reserves what it cannot have", invalid->reason);
    } else if (const auto* const broken = std::get_if<NodeError>(&verdict)) {
        alarm("reservations failed on this node, no verdict about the block", broken->reason);
    }
}

void Journal::guard_failed(const Failure& failure) const {
    log_.warn("reservations were left open, executor discarded",
              {{"subsystem", "reservations"}, {"error", failure.to_string()}});
}

void Journal::prepack_off(std::uint64_t height, const Error& error) const {
    log_.warn("version lookup failed, selection goes on without pre-pack",
              {{"subsystem", "mempool"}, {"height", height}, {"error", error}});
}

void Journal::prepack_off(const Address& from, const Error& error) const {
    log_.warn("balance lookup failed, selection goes on without pre-pack",
              {{"subsystem", "mempool"}, {"from", from.to_hex()}, {"error", error}});
}

void Journal::told(const Telemetry& now) const {
    if (metrics_ != nullptr) metrics_->told(now);
}

}  // namespace dz::reservations
