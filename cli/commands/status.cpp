// status.cpp: status, enable, disable, routes (cli.md 5, 6).
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/status_view.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using daemon::api::EnrichedService;
using daemon::api::StatusV2;

std::int64_t unix_seconds(const Clock& clock) {
    return std::chrono::floor<std::chrono::seconds>(clock.wall()).time_since_epoch().count();
}

json::Ordered text_or_null(const std::string& text) {
    return text.empty() ? json::Ordered(nullptr) : json::Ordered(text);
}

/// The keys that the reference does not have; null where the daemon says nothing.
void add_learned(json::Ordered& row, const std::optional<daemon::api::LearnedRoute>& route) {
    const daemon::api::LearnedRoute learned = route.value_or(daemon::api::LearnedRoute{});
    const bool announced = !learned.origin.empty();
    row["prefix"] = route ? json::Ordered(learned.prefix.to_string()) : json::Ordered(nullptr);
    row["next_hop"] = text_or_null(to_text_or_empty(learned.next_hop));
    row["verdict"] = text_or_null(learned.verdict);
    row["why_not"] = text_or_null(learned.why_not);
    row["origin"] = text_or_null(learned.origin);
    row["as_path"] = announced ? json::Ordered(learned.as_path) : json::Ordered(nullptr);
    row["communities"] = announced ? json::Ordered(learned.communities) : json::Ordered(nullptr);
    row["age_seconds"] = announced ? json::Ordered(learned.age_seconds) : json::Ordered(nullptr);
    row["stale"] = announced ? json::Ordered(learned.stale) : json::Ordered(nullptr);
}

/// "59s", "12m", "3h", "4d".
std::string age_text(std::int64_t seconds) {
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3600) return fmt::format("{}m", seconds / 60);
    if (seconds < 86'400) return fmt::format("{}h", seconds / 3600);
    return fmt::format("{}d", seconds / 86'400);
}

/// Reads the status, again after 0.5, 1 and 2 s when that fails for a reason that may pass.
Task<Result<StatusV2>> read_status(Context& context) {
    for (Duration wait = 500ms;; wait *= 2) {
        auto status = co_await context.daemon.status_v2();
        const bool may_pass =
            !status && status.error().code != Errc::NotFound && status.error().code != Errc::Permission;
        if (!may_pass || wait > 2s) co_return status;
        co_await context.clock.sleep_for(wait);
    }
}

/// How the screen begins anew without flickering: the cursor goes home, each line erases what is left of the
/// one below it, and the rest is cleared.
std::string as_frame(const std::string& text) {
    std::string out = "\x1b[H";
    for (const char c : text) out += c == '\n' ? "\x1b[K\n" : std::string(1, c);
    return out + "\x1b[J";
}

/// One look at the daemon.
struct Look {
    std::string result;  ///< empty: there was no answer
    std::string notes;
    bool operator==(const Look&) const = default;
};

Look look(const Result<StatusV2>& status, OutputStyle style, const Context& context) {
    std::ostringstream text;
    if (!status) {
        const Error error = daemon_failure("cannot read the daemon's status", status.error()).error();
        if (style.machine_readable()) return {.result = {}, .notes = failure_json(error) + "\n"};
        print_failure(text, error);
        return {.result = {}, .notes = text.str()};
    }
    print_status(*status, context.settings.network, style, text);
    return {.result = text.str(), .notes = style.machine_readable() ? "" : status_notes(*status)};
}

/// Until interrupted. A terminal shows the present; elsewhere each change is printed, in JSON on a line of
/// its own. A daemon that is away may come back.
Task<Result<>> watch(OutputStyle style, Duration interval, Context& context, std::ostream& out) {
    if (style.machine_readable()) style = {.json_compact = true};
    const bool redraws = context.out_is_terminal && !style.machine_readable();
    std::optional<Look> shown;
    for (;; co_await context.clock.sleep_for(interval)) {
        const auto status = co_await context.daemon.status_v2();
        if (!status && !shown) co_return daemon_failure("cannot read the daemon's status", status.error());
        const Look now = look(status, style, context);
        if (redraws) {
            const std::string head = fmt::format("{}  every {}s, Ctrl-C ends",
                                                 utc_text(unix_seconds(context.clock)), interval / 1s);
            out << (shown ? "" : "\x1b[2J")
                << as_frame(fmt::format("{}\n\n{}\n{}", head, now.result, now.notes));
        } else if (now != shown) {
            out << (shown && !style.machine_readable() ? "\n" : "") << now.result;
            context.err << now.notes;
        }
        out << std::flush;
        shown = now;
    }
}

Task<Result<>> toggle(bool wanted, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    const auto status = co_await context.daemon.status_v2();
    const std::string_view word = wanted ? "enabled" : "disabled";
    if (status && status->reconciler_enabled == wanted) {
        out << "Reconciler already " << word << "\n";
        co_return Result<>{};
    }
    const bool active = status && std::ranges::any_of(status->services, [](const EnrichedService& service) {
                            return !service.service.user_type.empty();
                        });
    if (!wanted && active) out << "Active tunnels will be removed\n";
    const auto done = wanted ? co_await context.daemon.enable() : co_await context.daemon.disable();
    if (!done) co_return daemon_failure(fmt::format("the reconciler was not {}", word), done.error());
    out << "Reconciler " << word << "\n";
    co_return Result<>{};
}

}  // namespace

Task<Result<>> status(StatusOptions options, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    if (options.watch) co_return co_await watch(options.style, *options.watch, context, out);
    auto status = co_await read_status(context);
    if (!status) co_return daemon_failure("cannot read the daemon's status", status.error());
    print_status(*status, context.settings.network, options.style, out);
    if (!options.style.machine_readable()) context.err << status_notes(*status);
    co_return Result<>{};
}

Task<Result<>> enable(Context& context, std::ostream& out) {
    co_return co_await toggle(true, context, out);
}

Task<Result<>> disable(Context& context, std::ostream& out) {
    co_return co_await toggle(false, context, out);
}

Task<Result<>> routes(OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY_OK(co_await require_daemon(context));
    const auto routes = co_await context.daemon.routes();
    if (!routes) co_return daemon_failure("cannot read the daemon's routes", routes.error());
    if (style.machine_readable()) {
        json::Ordered rows = json::Ordered::array();
        for (const auto& route : *routes) {
            const auto& liveness = route.liveness;
            const auto text = [&liveness](const std::string daemon::api::RouteLiveness::* field) {
                return liveness ? text_or_null((*liveness).*field) : json::Ordered(nullptr);
            };
            using daemon::api::RouteLiveness;
            rows.push_back({{"network", route.network},
                            {"local_ip", route.local_ip.to_string()},
                            {"peer_ip", route.peer_ip.to_string()},
                            {"kernel_state", route.kernel_state},
                            {"liveness_last_updated", text(&RouteLiveness::last_updated)},
                            {"liveness_state", text(&RouteLiveness::state)},
                            {"liveness_state_reason", text(&RouteLiveness::reason)},
                            {"peer_client_version", text(&RouteLiveness::peer_client_version)}});
            add_learned(rows.back(), route.learned);
        }
        print_json(out, rows, style);
        co_return Result<>{};
    }
    if (routes->empty())
        co_return failure("No routes found", "the device has announced none yet", "doublezero status",
                          Errc::NotFound);
    Table table({"Network", "Local IP", "Peer IP", "Kernel State", "Liveness Last Updated", "Liveness State",
                 "Liveness State Reason", "Peer Client Version", "Prefix", "AS Path", "Communities", "Age",
                 "Verdict", "Why Not"});
    for (const auto& route : *routes) {
        const daemon::api::RouteLiveness liveness = route.liveness.value_or(daemon::api::RouteLiveness{});
        const daemon::api::LearnedRoute learned = route.learned.value_or(daemon::api::LearnedRoute{});
        table.add({route.network, route.local_ip.to_string(), route.peer_ip.to_string(), route.kernel_state,
                   liveness.last_updated, liveness.state, liveness.reason, liveness.peer_client_version,
                   route.learned ? route.learned->prefix.to_string() : "", learned.as_path,
                   join(learned.communities, " "),
                   learned.origin.empty() ? "" : age_text(learned.age_seconds), learned.verdict,
                   learned.why_not});
    }
    table.print(out);
    co_return Result<>{};
}

}  // namespace dz::cli
