// chain/reservations/engine.hpp: what a host asks of whoever executes a block.
#pragma once

#include "chain/reservations/plan.hpp"

namespace dz::reservations {

/// One executor, for one block at a time. Knows no network version: what an error means is the host's affair.
class Engine {
  public:
    virtual ~Engine() = default;
    virtual Expected<> begin(const Plan& plan) = 0;
    virtual Expected<> end() = 0;
    /// The executor is about to be discarded.
    virtual void abort() = 0;
};

/// An executor from before reservations.
class LegacyEngine final : public Engine {
  public:
    Expected<> begin(const Plan&) override { return failed(Kind::NotImplemented); }
    Expected<> end() override { return failed(Kind::NotImplemented); }
    void abort() override {}
};

}  // namespace dz::reservations
