#include "base/worker.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <memory>

namespace dz {

namespace asio = boost::asio;

struct Worker::State {
    explicit State(EventLoop& event_loop) : loop(event_loop) {}

    EventLoop& loop;
    std::unique_ptr<asio::thread_pool> pool;
    /// Calls whose answer has not been given; touched on the loop's thread only. An answer may be given after
    /// the worker has gone.
    std::shared_ptr<std::size_t> open = std::make_shared<std::size_t>(0);
};

Worker::Worker(EventLoop& loop) : state_(std::make_unique<State>(loop)) {}

Worker::~Worker() {
    if (state_->pool) state_->pool->join();
}

void Worker::submit(Job job) {
    if (!state_->pool) state_->pool = std::make_unique<asio::thread_pool>(1);
    ++*state_->open;
    // The guard keeps the loop running while the answer is only on the other thread.
    asio::post(*state_->pool,
               [job = std::move(job), guard = asio::make_work_guard(state_->loop)]() mutable { job(); });
}

void Worker::finish(Job job) {
    asio::post(state_->loop, [job = std::move(job), open = state_->open]() mutable {
        --*open;
        job();
    });
}

bool Worker::idle() const {
    return *state_->open == 0;
}

}  // namespace dz
