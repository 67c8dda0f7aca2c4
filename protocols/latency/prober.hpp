// protocols/latency/prober.hpp: measures how far away a set of addresses is, over and over.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/log.hpp"
#include "protocols/latency/echo_socket.hpp"
#include "protocols/latency/rounds.hpp"

namespace dz::latency {

/// Moves echoes between the socket and `Rounds`. One thread.
class Prober {
  public:
    /// All references must outlive the prober. Nothing is sent before `run`.
    Prober(EventLoop& loop, Clock& clock, EchoSocket& socket, Log log, Pace pace);

    /// What to measure from now on. New addresses are asked at once; others keep what is known of them.
    void set_targets(SetTargets targets);

    const Measurements& measurements() const { return rounds_.measurements(); }
    /// Each address has been asked at least once.
    bool ready() const { return rounds_.ready(); }
    std::size_t targets() const { return rounds_.targets(); }
    /// Why nothing can be asked.
    const std::optional<Error>& trouble() const { return trouble_; }

    /// Called with each address that was measured.
    void on_measured(std::function<void(Ipv4)> notify) { measured_ = std::move(notify); }
    /// Called at the end of each round.
    void on_round(std::function<void()> notify) { round_ = std::move(notify); }

    /// Works until cancelled.
    Task<> run();

  private:
    Task<> keep_time();
    Task<> take_replies();
    void feed(const Event& event, TimePoint now);
    void perform(const Send& send);
    void perform(const Measured& measured) const;
    void perform(const RoundEnded& ended);
    void open();

    Clock& clock_;
    EchoSocket& socket_;
    Log log_;
    Rounds rounds_;
    Wake wake_;
    std::optional<SetTargets> new_targets_;
    std::optional<Error> trouble_;
    std::function<void(Ipv4)> measured_;
    std::function<void()> round_;
    std::vector<std::uint16_t> unsent_;
};

}  // namespace dz::latency
