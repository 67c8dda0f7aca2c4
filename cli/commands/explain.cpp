// explain.cpp: plan and events: what the daemon would do now, and what it has done.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using daemon::api::EventRow;

constexpr Duration kRetry = 1s;

/// One event on a line of its own: whoever follows does not know how wide the next one is.
void print_event(const EventRow& event, OutputStyle style, std::ostream& out) {
    if (style.machine_readable())
        out << json::dump(to_json(event)) << "\n";
    else
        out << fmt::format("{}  {:<8}  {}\n", event.time, event.cause, event.text);
    out << std::flush;
}

bool is_away(const Error& error) {
    return error.code == Errc::NotFound || error.code == Errc::Unavailable || error.code == Errc::Timeout;
}

/// The daemon was there a moment ago: goes on over its restarts. `last` is where the stream was left.
Task<Result<>> follow(OutputStyle style, Context& context, std::ostream& out) {
    std::string last;
    for (bool away = false;; co_await context.clock.sleep_for(kRetry)) {
        if (away && co_await context.daemon.config()) {
            context.err << "Note: the daemon is back\n";
            away = false;
        }
        const auto ended = co_await context.daemon.follow_events(
            last, [&last, &out, style](const std::string& id, const EventRow& event) {
                print_event(event, style, out);
                last = id;
            });
        if (!is_away(ended.error()))
            co_return daemon_failure("cannot read the daemon's events", ended.error());
        if (!std::exchange(away, true)) context.err << "Note: the daemon does not answer; waiting for it\n";
    }
}

}  // namespace

Task<Result<>> plan(OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    const auto plan = co_await context.daemon.plan();
    if (!plan) co_return daemon_failure("cannot read the daemon's plan", plan.error());
    if (style.machine_readable()) {
        print_json(out, to_json(*plan), style);
        co_return Result<>{};
    }
    for (const std::string& step : plan->steps) out << step << "\n";
    if (plan->steps.empty()) out << "Nothing to do: everything is as the ledger wants it\n";
    if (!plan->reconciler_enabled)
        context.err << "Note: the reconciler is disabled: the daemon keeps no tunnels\n"
                       "Try: doublezero enable\n";
    co_return Result<>{};
}

Task<Result<>> events(EventsOptions options, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    if (options.follow) co_return co_await follow(options.style, context, out);
    const auto answer = co_await context.daemon.events();
    if (!answer) co_return daemon_failure("cannot read the daemon's events", answer.error());
    if (options.style.machine_readable()) {
        print_json(out, to_json(*answer)["events"], options.style);
        co_return Result<>{};
    }
    Table table({"Time", "Cause", "Event"});
    for (const EventRow& event : answer->events) table.add({event.time, event.cause, event.text});
    table.print(out);
    co_return Result<>{};
}

}  // namespace dz::cli
