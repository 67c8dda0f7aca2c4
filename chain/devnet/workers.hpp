// chain/devnet/workers.hpp: the executor's threads: runs numbered jobs, each after those it waits for.
//
// The order in which jobs that do not wait for each other run is left open; who needs one outcome whatever
// the order makes jobs that meet wait for each other (`Schedule`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace dz::devnet {

/// Which of several jobs may run side by side: those that have no resource in common, or only read it.
class Schedule {
  public:
    /// Resources are numbered from 0 to `resources` - 1.
    explicit Schedule(std::size_t resources) : resources_(resources) {}

    struct Use {
        std::uint32_t resource = 0;
        bool writes = false;
    };
    /// The next job. It waits for every earlier one that it meets.
    void add(std::span<const Use> uses);

    std::size_t size() const { return waits_for_.size(); }
    /// How many earlier jobs each job waits for.
    const std::vector<std::uint32_t>& waits_for() const { return waits_for_; }
    /// The jobs that wait for this one; one may be in it more than once, and then it waits as often.
    std::span<const std::uint32_t> followers(std::size_t job) const { return followers_[job]; }

  private:
    struct Resource {
        std::uint32_t last_writer = kNobody;
        std::vector<std::uint32_t> readers;  ///< since the last writer
    };
    static constexpr std::uint32_t kNobody = ~std::uint32_t{0};
    void wait(std::uint32_t job, std::uint32_t earlier);

    std::vector<Resource> resources_;
    std::vector<std::uint32_t> waits_for_;
    std::vector<std::vector<std::uint32_t>> followers_;
};

/// Threads that sleep between calls. Calls come from one thread, which works along: with `count` 1 there is
/// no other, and jobs run in their order.
class Workers {
  public:
    explicit Workers(std::size_t count);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    std::size_t count() const;
    using Job = std::function<void(std::size_t job)>;
    /// Returns when all are done. What a job wrote is seen by those that waited for it, and by the caller.
    void run(const Schedule& schedule, const Job& job);
    /// Of jobs that have nothing to do with each other: numbers 0 to `jobs` - 1.
    void run(std::size_t jobs, const Job& job);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dz::devnet
