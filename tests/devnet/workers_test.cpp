#include "chain/devnet/workers.hpp"

#include <rapidcheck/catch.h>

#include <atomic>

using namespace dz::devnet;

namespace {

using Use = Schedule::Use;

Schedule schedule_of(const std::vector<std::vector<Use>>& jobs, std::size_t resources) {
    Schedule schedule(resources);
    for (const auto& uses : jobs) schedule.add(uses);
    return schedule;
}

}  // namespace

TEST_CASE("schedule: a writer waits for the readers since the last one, a reader for the last writer",
          "[devnet]") {
    const Schedule schedule =
        schedule_of({{{0, true}}, {{0, false}}, {{0, false}}, {{0, true}}, {{1, true}}}, 2);
    CHECK(schedule.waits_for() == std::vector<std::uint32_t>{0, 1, 1, 3, 0});
    CHECK(schedule.followers(0).size() == 3);
    CHECK(schedule.followers(4).empty());
}

TEST_CASE("schedule: who names a resource twice does not wait for itself", "[devnet]") {
    const Schedule schedule = schedule_of({{{0, true}, {0, false}, {0, true}}}, 1);
    CHECK(schedule.waits_for() == std::vector<std::uint32_t>{0});
}

TEST_CASE("workers: every job runs once, after all that it meets, with any number of threads", "[devnet]") {
    rc::prop("the last writer that a job sees is the one before it",
             [](const std::vector<std::vector<std::pair<std::uint8_t, bool>>>& raw) {
                 constexpr std::size_t kResources = 5;
                 std::vector<std::vector<Use>> jobs;
                 for (const auto& one : raw) {
                     std::vector<Use> uses;
                     for (const auto& [resource, writes] : one)
                         uses.push_back({static_cast<std::uint32_t>(resource % kResources), writes});
                     jobs.push_back(std::move(uses));
                 }
                 // What each job reads when they run one after the other.
                 const auto run = [&](std::size_t threads) {
                     Workers workers(threads);
                     std::vector<std::size_t> resources(kResources, 0);
                     std::vector<std::vector<std::size_t>> seen(jobs.size());
                     workers.run(schedule_of(jobs, kResources), [&](std::size_t job) {
                         for (const Use& use : jobs[job]) seen[job].push_back(resources[use.resource]);
                         for (const Use& use : jobs[job])
                             if (use.writes) resources[use.resource] = job + 1;
                     });
                     return seen;
                 };
                 RC_ASSERT(run(1) == run(2));
                 RC_ASSERT(run(1) == run(4));
             });
}

TEST_CASE("workers: jobs that have nothing in common all run, call after call", "[devnet]") {
    Workers workers(3);
    for (std::size_t jobs : {0U, 1U, 1000U, 7U}) {
        std::vector<std::atomic<int>> done(jobs);
        workers.run(jobs, [&](std::size_t job) { ++done[job]; });
        for (const auto& one : done) CHECK(one == 1);
    }
}
