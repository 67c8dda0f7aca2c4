#include "base/worker.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/run.hpp"

using namespace dz;
namespace asio = boost::asio;

namespace {

Task<> note(Worker& worker, int number, std::vector<int>& out) {
    out.push_back(co_await worker.run([number] { return number; }));
}

}  // namespace

TEST_CASE("worker: a call runs on another thread and its value comes back on the loop's", "[base]") {
    EventLoop loop;
    Worker worker(loop);
    const auto thread = run(loop, worker.run([] { return std::this_thread::get_id(); }));
    CHECK(thread != std::this_thread::get_id());
    CHECK(
        run(loop, worker.run([]() -> Result<std::string> { return fail(Errc::Io, "disk"); })).error().text ==
        "disk");
}

TEST_CASE("worker: calls run in the order in which they were made, and the loop waits for them", "[base]") {
    EventLoop loop;
    Worker worker(loop);
    std::vector<int> out;
    for (int i = 0; i < 5; ++i) asio::co_spawn(loop, note(worker, i, out), asio::detached);
    loop.run();
    CHECK(out == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("worker: destroying it waits for its calls, and nobody is resumed behind the loop's back",
          "[base]") {
    EventLoop loop;
    std::vector<int> out;
    {
        Worker worker(loop);
        asio::co_spawn(loop, note(worker, 7, out), asio::detached);
        loop.poll();
    }
    CHECK(out.empty());
    loop.restart();
    loop.run();
    CHECK(out == std::vector{7});
}

TEST_CASE("worker: a posted call is made though nobody waits, and tells the loop", "[base]") {
    EventLoop loop;
    std::vector<int> out;
    {
        Worker worker(loop);
        worker.post([] { return 1; }, [&out](int value) { out.push_back(value); });
        worker.post([] { return 2; }, [&out](int value) { out.push_back(value); });
    }
    CHECK(out.empty());
    loop.run();
    CHECK(out == std::vector{1, 2});
}
