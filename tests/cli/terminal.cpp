#include "tests/cli/terminal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <iomanip>
#include <optional>
#include <utility>

#include "cli/failure.hpp"
#include "cli/parser.hpp"

namespace dz::test {

Result<> run_to_end(EventLoop& loop, FakeClock& clock, Task<Result<>> command) {
    std::optional<Result<>> done;
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop, std::move(command), [&](const std::exception_ptr& error, Result<> result) {
        thrown = error;
        done = std::move(result);
    });
    loop.restart();
    // Whoever sleeps on this clock is the command, and while it sleeps nothing else is on its way.
    while (!done) {
        if (clock.sleepers() > 0) {
            clock.advance(50ms);
        } else {
            REQUIRE(loop.run_one() > 0);
        }
    }
    if (thrown) std::rethrow_exception(thrown);
    return *std::move(done);
}

cli::Settings settings_for(World& world, const TemporaryDirectory& directory, const std::string& name,
                           const std::function<void(cli::Settings&)>& adjust) {
    REQUIRE(ledger::write_keypair(directory / "id.json", world.key(name), true));
    cli::GlobalOptions options;
    options.env = "local";
    options.keypair = directory / "id.json";
    options.sock_file = directory / "daemon.sock";
    auto settings = cli::resolve(options, std::nullopt, [](std::string_view) { return std::nullopt; });
    REQUIRE(settings);
    if (adjust) adjust(*settings);
    return *std::move(settings);
}

namespace {

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> std::quoted(word);) words.push_back(word);
    return words;
}

}  // namespace

Printed type_line(const std::string& line, EventLoop& loop, FakeClock& clock, cli::Context& context,
                  std::ostringstream& err) {
    std::ostringstream out;
    err.str("");
    const auto parsed = cli::parse(words_of(line), out, err);
    if (const int* const status = std::get_if<int>(&parsed)) return {*status, out.str(), err.str()};
    const auto& invocation = std::get<cli::Invocation>(parsed);
    const auto done = run_to_end(loop, clock, invocation.run(context, out));
    if (!done && invocation.wants_json) err << cli::failure_json(done.error()) << "\n";
    if (!done && !invocation.wants_json) cli::print_failure(err, done.error());
    return {done ? 0 : 1, out.str(), err.str()};
}

Terminal::Terminal(World& world, const std::string& key)
    : rpc(world),
      context_(
          loop_, clock_, settings_for(world, directory_, key), rpc, daemon_, err_,
          [](std::string_view) { return std::nullopt; }, cli::ProgressStyle::Silent) {}

Printed Terminal::operator()(const std::string& line) {
    return type_line(line, loop_, clock_, context_, err_);
}

}  // namespace dz::test
