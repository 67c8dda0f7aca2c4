// base/run.hpp: starting coroutines: from `main`, from tests, and as children of an owner.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "base/task.hpp"

namespace dz {

/// Runs `task` on `loop` until it has finished and returns its value: for tests, and for programs whose whole
/// work is one coroutine. Other work of the loop goes on meanwhile and is left standing afterwards.
template <class T>
T run(EventLoop& loop, Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& error, T result) {
        failure = error;
        if (!error) value.emplace(std::move(result));
        done = true;
    });
    loop.restart();
    while (!done && loop.run_one() != 0) {
    }
    if (failure) std::rethrow_exception(failure);
    return std::move(value).value();
}

inline void run(EventLoop& loop, Task<> task) {
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& error) {
        failure = error;
        done = true;
    });
    loop.restart();
    while (!done && loop.run_one() != 0) {
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace dz
