// chain/reservations/host.hpp: the consensus side: begins and ends the session of one block and says what
// comes of it.
#pragma once

#include <functional>

#include "chain/reservations/engine.hpp"
#include "chain/reservations/journal.hpp"
#include "chain/reservations/mode.hpp"

namespace dz::reservations {

/// For one block and one executor. After a node error neither may be used any more.
class Host {
  public:
    /// All must outlive the host.
    Host(Engine& engine, BlockContext block, const Journal& journal)
        : engine_(engine), block_(block), journal_(journal) {}
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    using Exists = std::function<bool(const Address&)>;
    /// Nothing is asked of the engine in legacy mode and for an empty plan. `exists`: whether the base state
    /// has that sender; one that it has not is SenderResolutionFailure.
    Verdict begin(const Plan& plan, const Exists& exists);
    /// The same for a plan that could not be built or encoded.
    Verdict begin(const Expected<Plan>& plan, const Exists& exists);
    /// Proceed, and no word to the engine, where no session was begun.
    Verdict end();
    /// Ends what an error left open: its failure is logged and goes no further.
    void leave();
    bool is_active() const { return active_; }

  private:
    Verdict conclude(Stage stage, Expected<> outcome);

    Engine& engine_;
    BlockContext block_;
    const Journal& journal_;
    bool active_ = false;
};

/// Leaves the session on every way out.
class SessionGuard {
  public:
    explicit SessionGuard(Host& host) : host_(host) {}
    ~SessionGuard() { host_.leave(); }
    SessionGuard(const SessionGuard&) = delete;
    SessionGuard& operator=(const SessionGuard&) = delete;

  private:
    Host& host_;
};

}  // namespace dz::reservations
