// base/task.hpp: the coroutine type of everything that waits, and the loop it runs on.
//
// One io_context, one thread. A coroutine takes its parameters by value, or by reference to objects that
// outlive it; a lambda coroutine captures nothing (its captures die with the lambda).
#pragma once

#include <boost/asio/awaitable.hpp>

namespace boost::asio {
class io_context;
}

namespace dz {

template <class T = void>
using Task = boost::asio::awaitable<T>;

using EventLoop = boost::asio::io_context;

}  // namespace dz
