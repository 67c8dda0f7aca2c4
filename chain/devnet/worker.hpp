// chain/devnet/worker.hpp: one thread for work that may block, awaited from the loop.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/task.hpp"

namespace dz::devnet {

/// Runs what it is given one after the other. Destroying it waits for the work in progress.
class Worker {
  public:
    ~Worker() { pool_.join(); }

    /// Runs `work` on the thread and resumes on the loop with its value. Not cancellable: what was begun
    /// ends.
    template <class Work>
    Task<std::invoke_result_t<Work>> run(Work work) {
        using Value = std::invoke_result_t<Work>;
        co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Value)>(
            [this](auto handler, Work job) {
                auto guard = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler));
                boost::asio::post(pool_, [done = std::move(handler), begun = std::move(job),
                                          loop = std::move(guard)]() mutable {
                    Value value = begun();
                    boost::asio::post(loop.get_executor(),
                                      [resume = std::move(done), result = std::move(value)]() mutable {
                                          std::move(resume)(std::move(result));
                                      });
                });
            },
            boost::asio::use_awaitable, std::move(work));
    }

  private:
    boost::asio::thread_pool pool_{1};
};

}  // namespace dz::devnet
