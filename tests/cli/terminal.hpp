// tests/cli/terminal.hpp: command lines over a ledger in memory, from the words that are typed to what is
// printed.
//
//     Network network;
//     Terminal type(network, "foundation");
//     CHECK(type("device list --json").json().size() == 1);
#pragma once

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <sstream>
#include <string>

#include "base/http_client.hpp"
#include "base/json.hpp"
#include "cli/context.hpp"
#include "tests/cli/world_rpc.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::test {

/// Runs a command to its end. While it waits on `clock`, the clock moves.
Result<> run_to_end(EventLoop& loop, FakeClock& clock, Task<Result<>> command);

/// Settings of the local network with a key file of `name`.
cli::Settings settings_for(World& world, const TemporaryDirectory& directory, const std::string& name,
                           const std::function<void(cli::Settings&)>& adjust = {});

/// What a command line printed, and its exit status.
struct Printed {
    int status = 0;
    std::string out, err;

    json::Value json() const {
        INFO(out << err);
        REQUIRE(status == 0);
        return json::parse(out).value();
    }
};

/// Types a command line: words are separated by spaces; "quoted ones" may have some. What goes to the
/// context's error stream must go to `err`.
Printed type_line(const std::string& line, EventLoop& loop, FakeClock& clock, cli::Context& context,
                  std::ostringstream& err);

class Terminal {
  public:
    /// Commands sign with the key of this name.
    explicit Terminal(World& world, const std::string& key = "foundation");

    Printed operator()(const std::string& line);

    WorldRpc rpc;

  private:
    EventLoop loop_;
    FakeClock clock_{loop_};
    TemporaryDirectory directory_{memory_directory()};
    http::Client http_{loop_};
    daemon::api::Client daemon_{http_, directory_ / "daemon.sock", std::chrono::seconds(5)};
    std::ostringstream err_;
    cli::Context context_;
};

}  // namespace dz::test
