#include "chain/devnet/workers.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/result.hpp"

namespace dz::devnet {

// ---- Schedule

void Schedule::wait(std::uint32_t job, std::uint32_t earlier) {
    if (earlier == job) return;
    followers_[earlier].push_back(job);
    ++waits_for_[job];
}

void Schedule::add(std::span<const Use> uses) {
    const auto job = static_cast<std::uint32_t>(size());
    waits_for_.push_back(0);
    followers_.emplace_back();
    for (const Use& use : uses) {
        Resource& resource = resources_[use.resource];
        if (resource.last_writer != kNobody) wait(job, resource.last_writer);
        if (!use.writes) {
            resource.readers.push_back(job);
            continue;
        }
        for (const std::uint32_t reader : resource.readers) wait(job, reader);
        resource.readers.clear();
        resource.last_writer = job;
    }
}

// ---- Workers

namespace {

/// Jobs that a thread takes at once: enough to make the lock cheap, few enough to share the last ones.
constexpr std::size_t kTake = 16;

/// One call, shared by all threads.
struct Batch {
    const Schedule* schedule = nullptr;  ///< null: nobody waits for anybody
    const Workers::Job* job = nullptr;
    std::vector<std::size_t> ready;  ///< the next at the end
    std::vector<std::atomic<std::uint32_t>> missing;
    std::size_t left = 0;
};

}  // namespace

struct Workers::State {
    std::mutex mutex;
    std::condition_variable changed;
    Batch* batch = nullptr;
    std::size_t inside = 0;  ///< threads that have hold of the batch
    bool stopping = false;
    std::vector<std::thread> threads;

    void live() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return stopping || (batch != nullptr && batch->left > 0); });
            if (stopping) return;
            ++inside;
            work(*batch, lock);
            --inside;
            changed.notify_all();
        }
    }

    /// Until the batch is done. `lock` is held before, after and between jobs.
    void work(Batch& all, std::unique_lock<std::mutex>& lock) {
        std::vector<std::size_t> mine;
        std::vector<std::size_t> freed;
        while (all.left > 0) {
            if (all.ready.empty()) {
                changed.wait(lock, [&] { return all.left == 0 || !all.ready.empty(); });
                continue;
            }
            // A fair share, so that nobody sits on what others could do.
            const std::size_t share = all.ready.size() / (threads.size() + 1);
            const std::size_t taken = std::clamp<std::size_t>(share, 1, kTake);
            mine.assign(all.ready.end() - static_cast<std::ptrdiff_t>(taken), all.ready.end());
            all.ready.resize(all.ready.size() - taken);
            lock.unlock();
            freed.clear();
            for (auto job = mine.rbegin(); job != mine.rend(); ++job) {
                (*all.job)(*job);
                if (all.schedule == nullptr) continue;
                for (const std::uint32_t next : all.schedule->followers(*job)) {
                    if (all.missing[next].fetch_sub(1, std::memory_order_acq_rel) == 1) freed.push_back(next);
                }
            }
            lock.lock();
            all.left -= taken;
            all.ready.insert(all.ready.end(), freed.begin(), freed.end());
            if (all.left == 0 || !freed.empty()) changed.notify_all();
        }
    }

    void run(Batch& all) {
        std::unique_lock lock(mutex);
        batch = &all;
        changed.notify_all();
        work(all, lock);
        batch = nullptr;
        changed.wait(lock, [&] { return inside == 0; });
    }
};

Workers::Workers(std::size_t count) : state_(std::make_unique<State>()) {
    DZ_ASSERT(count > 0);
    for (std::size_t i = 1; i < count; ++i) state_->threads.emplace_back([this] { state_->live(); });
}

Workers::~Workers() {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->stopping = true;
    }
    state_->changed.notify_all();
    for (std::thread& thread : state_->threads) thread.join();
}

std::size_t Workers::count() const {
    return state_->threads.size() + 1;
}

void Workers::run(const Schedule& schedule, const Job& job) {
    if (count() == 1) {
        for (std::size_t i = 0; i < schedule.size(); ++i) job(i);
        return;
    }
    Batch batch;
    batch.schedule = &schedule;
    batch.job = &job;
    batch.left = schedule.size();
    batch.missing = std::vector<std::atomic<std::uint32_t>>(schedule.size());
    for (std::size_t i = schedule.size(); i-- > 0;) {
        batch.missing[i] = schedule.waits_for()[i];
        if (schedule.waits_for()[i] == 0) batch.ready.push_back(i);
    }
    state_->run(batch);
}

void Workers::run(std::size_t jobs, const Job& job) {
    if (count() == 1) {
        for (std::size_t i = 0; i < jobs; ++i) job(i);
        return;
    }
    Batch batch;
    batch.job = &job;
    batch.left = jobs;
    for (std::size_t i = jobs; i-- > 0;) batch.ready.push_back(i);
    state_->run(batch);
}

}  // namespace dz::devnet
