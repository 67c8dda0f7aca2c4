// base/worker.hpp: a helper thread for calls that block, such as the `fsync` of a state file.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <concepts>
#include <functional>
#include <memory>
#include <utility>

#include "base/task.hpp"

namespace dz {

/// Runs one call after the other, in order. The thread starts with the first call. Used from the loop's
/// thread only. Destroying it waits for the calls that were made; whoever awaits them is resumed by the loop,
/// if that still runs.
class Worker {
  public:
    explicit Worker(EventLoop& loop);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// `co_await worker.run([content] { return files::write_atomic(kPath, content); })`. The call owns what
    /// it uses, must not throw, and cannot be cancelled once made.
    template <std::invocable Call>
    Task<std::invoke_result_t<Call>> run(Call call) {
        using Value = std::invoke_result_t<Call>;
        co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Value)>(
            [](auto handler, Worker* self, Call blocking) {
                self->submit([self, work = std::move(blocking), resume = std::move(handler)]() mutable {
                    self->finish(
                        [value = work(), next = std::move(resume)]() mutable { next(std::move(value)); });
                });
            },
            boost::asio::use_awaitable, this, std::move(call));
    }

    /// The same for a call that nobody waits for: `done` gets its value on the loop, if that still runs, and
    /// must not refer to anything that may be gone by then.
    template <std::invocable Call, std::invocable<std::invoke_result_t<Call>> Done>
    void post(Call call, Done done) {
        submit([this, work = std::move(call), tell = std::move(done)]() mutable {
            finish([value = work(), next = std::move(tell)]() mutable { next(std::move(value)); });
        });
    }

    /// Nothing is under way: no call runs or waits, and every answer has been given.
    bool idle() const;

  private:
    using Job = std::move_only_function<void()>;
    /// To the helper thread.
    void submit(Job job);
    /// Back to the loop.
    void finish(Job job);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dz
