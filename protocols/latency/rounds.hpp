// protocols/latency/rounds.hpp: which address is asked when, and what the answers mean, without I/O.
//
// A round sends a few echoes to each address, paced over all of them, so that a thousand addresses are
// measured within ten seconds by a rate that no device notices. Each address has its result as soon as its
// last echo is back or given up. The first round is of all addresses; of a large network most later ones are
// of the nearest only, since nobody moves to the other side of the world (users, not devices, are many).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"

namespace dz::latency {

struct Pace {
    unsigned packets_per_second = 500;  ///< of all echoes; 84 bytes each: 336 kbit/s
    unsigned echoes = 3;                ///< to each address in a round
    Duration spacing = 300ms;           ///< at least, between two echoes to one address
    Duration patience = 2s;             ///< then an echo is lost
    Duration interval = 300s;           ///< from the end of a round to the next
    double jitter = 0.1;                ///< part of the interval by which rounds are spread, either way
    Duration retry = 30s;               ///< instead, while nothing at all is reachable; doubles up to it
    std::size_t nearest = 32;           ///< addresses in a round that is not of all
    unsigned full_every = 12;           ///< each so many rounds is of all addresses
    std::size_t remembered = 30;        ///< echoes of each address
};

/// More addresses are left out: each echo in flight has one of 65536 sequence numbers.
inline constexpr std::size_t kMaxTargets = 10'000;
/// After a delay of ours so many echoes leave at once, and the rest at their pace.
inline constexpr unsigned kBurst = 10;

/// Of the echoes that came back; each more than zero.
struct RoundTrip {
    Duration min{}, max{}, avg{};
    bool operator==(const RoundTrip&) const = default;
};

/// What is known of one address.
struct Measurement {
    std::optional<RoundTrip> rtt;  ///< none: unreachable
    unsigned sent = 0, received = 0;
    TimePoint at;                                ///< when the last echo was back or given up
    std::deque<std::optional<Duration>> recent;  ///< single echoes of this and earlier rounds, oldest first
    Duration last_min = Duration::max();         ///< of the last round that reached it

    /// Percent; of a measurement that could not even send: 100.
    double loss() const {
        return sent == 0 ? 100.0 : 100.0 * static_cast<double>(sent - received) / static_cast<double>(sent);
    }
};
using Measurements = std::map<Ipv4, Measurement>;

// What happens.
struct SetTargets {
    std::set<Ipv4> addresses;
    std::set<Ipv4> always;  ///< of these, the ones that no round leaves out: where we are connected
    bool operator==(const SetTargets&) const = default;
};
struct Tick {};
struct Replied {
    Ipv4 from;
    std::uint16_t sequence = 0;
};
/// This host did not let the echo out: counts as lost.
struct SendFailed {
    std::uint16_t sequence = 0;
};
using Event = std::variant<SetTargets, Tick, Replied, SendFailed>;

// What the owner has to do.
struct Send {
    Ipv4 to;
    std::uint16_t sequence = 0;
    bool operator==(const Send&) const = default;
};
/// `measurements()` has news of this address.
struct Measured {
    Ipv4 address;
    bool operator==(const Measured&) const = default;
};
struct RoundEnded {
    bool full = false;  ///< it was of all addresses
    bool operator==(const RoundEnded&) const = default;
};
using Action = std::variant<Send, Measured, RoundEnded>;

/// Feed it events and carry out the actions it returns, in order. Owns no socket and no timer: tick when
/// `next_deadline()` has come. Waits for the first `SetTargets`. Not for use from several threads.
class Rounds {
  public:
    explicit Rounds(Pace pace, std::uint32_t seed = 1);

    std::vector<Action> on(const Event& event, TimePoint now);

    std::optional<TimePoint> next_deadline() const;
    const Measurements& measurements() const { return measurements_; }
    /// A full round has ended. Stays true.
    bool ready() const { return ready_; }
    std::size_t targets() const { return targets_.addresses.size(); }

  private:
    /// One address in this round.
    struct Probe {
        std::vector<std::optional<Duration>> echoes;  ///< as sent; none: lost or still away
        std::size_t settled = 0;                      ///< of them, back or lost
    };
    struct Turn {
        Ipv4 address;
        TimePoint not_before;
    };
    struct Flight {
        Ipv4 address;
        std::size_t echo = 0;  ///< of its probe
        TimePoint sent_at;
    };

    void handle(const SetTargets& event);
    void handle(const Tick&);
    void handle(const Replied& reply);
    void handle(const SendFailed& failure);

    void forget_unwanted();
    void begin_round();
    std::vector<Ipv4> chosen(bool full) const;
    void enlist(Ipv4 address);
    void send_due();
    void give_up_late();
    void settle(std::uint16_t sequence, std::optional<Duration> rtt);
    void finish(Ipv4 address);
    void end_round_if_done();
    std::optional<TimePoint> next_send() const;
    Duration until_next_round();

    Pace pace_;
    Duration gap_;  ///< between two echoes to anybody
    std::minstd_rand random_;
    SetTargets targets_;
    Measurements measurements_;
    bool ready_ = false;

    bool in_round_ = false, full_ = false;
    bool extra_ = false;  ///< this round is of new addresses, out of turn
    unsigned rounds_ = 0, lost_rounds_ = 0;
    std::optional<TimePoint> next_round_;
    std::map<Ipv4, Probe> probes_;  ///< of this round, unfinished
    std::deque<Turn> turns_;        ///< in order of their time
    TimePoint free_at_;             ///< when the pace lets the next echo out
    std::uint16_t sequence_ = 0;
    std::unordered_map<std::uint16_t, Flight> flights_;
    std::deque<std::uint16_t> in_order_;  ///< sequence numbers as sent, some of them back already

    TimePoint now_;
    std::vector<Action> actions_;
};

}  // namespace dz::latency
