#include "daemon/local_api.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "daemon/api/event_stream.hpp"
#include "daemon/route_view.hpp"

namespace dz::daemon {

namespace {

/// Byte for byte what existing readers compare with.
constexpr std::string_view kNoService = R"([{"doublezero_status": {"session_status": "disconnected"}}])";

/// Of GET /v2/latency: with single echoes.
constexpr std::string_view kRecent = "recent";

http::Response json_line(const json::Ordered& value) {
    return {.status = 200, .body = json::dump(value) + "\n"};
}

http::Response plain(int status, std::string_view text) {
    return {.status = status, .body = std::string(text) + "\n", .content_type = "text/plain; charset=utf-8"};
}

/// How often a reader of events hears something. Proxies and watchers give up after a minute or so.
constexpr Duration kKeepAlive = 15s;

bool wants_stream(const http::Request& request) {
    const auto accept = request.headers.find("accept");
    return accept != request.headers.end() && accept->second.find(api::kEventStreamType) != std::string::npos;
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
    std::uint64_t id = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc() || rest != end) return {};
    return id;
}

/// "after=17"; 0 when nothing is asked. Empty: something else is.
std::optional<std::uint64_t> asked_after(std::string_view query) {
    constexpr std::string_view kKey = "after=";
    if (query.empty()) return 0;
    if (!query.starts_with(kKey)) return {};
    return parse_id(query.substr(kKey.size()));
}

}  // namespace

/// Somebody who reads the stream of events. Events are taken from the loop's own memory, so a reader that is
/// slow costs nothing; one that falls behind by more than is kept there finds a gap in the numbers.
struct LocalApi::Follower {
    Follower(Modules& modules, std::shared_ptr<std::set<Follower*>> all, std::uint64_t after)
        : others(std::move(all)), last(after), wake(modules.event_loop, modules.clock) {
        others->insert(this);
    }
    ~Follower() { others->erase(this); }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    const std::shared_ptr<std::set<Follower*>> others;  ///< shared: a connection may end after the API
    std::uint64_t last;
    Wake wake;
};

LocalApi::LocalApi(http::Router& router, Modules modules, Log log, api::Config config, std::string network,
                   Identity self)
    : modules_(modules),
      log_(std::move(log)),
      config_(std::move(config)),
      network_(std::move(network)),
      self_(self),
      followers_(std::make_shared<std::set<Follower*>>()),
      epoch_(fmt::format("{:x}", modules_.clock.wall().time_since_epoch().count())) {
    modules_.loop.on_event([all = followers_](const reconciler::Event&) {
        for (Follower* follower : *all) follower->wake.set();
    });
    const auto on = [this, &router](std::string method, std::string path,
                                    Task<http::Response> (LocalApi::*handler)(http::Request)) {
        router.on(std::move(method), path, [this, handler, path](http::Request request) {
            return counted(path, (this->*handler)(std::move(request)));
        });
    };
    on("GET", "/status", &LocalApi::status);
    on("GET", "/v2/status", &LocalApi::status_v2);
    on("GET", "/v2/plan", &LocalApi::plan);
    on("GET", "/v2/events", &LocalApi::events);
    on("GET", "/config", &LocalApi::config);
    on("GET", "/routes", &LocalApi::routes);
    if (modules_.latency != nullptr) {
        on("GET", "/latency", &LocalApi::latency);
        on("GET", "/v2/latency", &LocalApi::latency_v2);
    }
    on("POST", "/resolve-route", &LocalApi::resolve_route);
    on("POST", "/enable", &LocalApi::toggle);
    on("POST", "/disable", &LocalApi::toggle);
}

Task<http::Response> LocalApi::counted(std::string path, Task<http::Response> answer) {
    http::Response response = co_await std::move(answer);
    modules_.metrics.count_request(path, response.status);
    co_return response;
}

Task<http::Response> LocalApi::status(http::Request) {
    const auto rows = services(modules_.loop.report());
    if (!rows.empty()) co_return json_line(api::to_json(rows));
    co_return http::Response{.status = 200, .body = std::string(kNoService)};
}

Task<http::Response> LocalApi::status_v2(http::Request) {
    const auto report = modules_.loop.report();
    auto status =
        daemon::status_v2(report, modules_.fetcher.view(), modules_.problems, network_, config_.rpc_url);
    if (modules_.latency != nullptr) modules_.latency->enrich(status, report);
    co_return json_line(api::to_json(status));
}

Task<http::Response> LocalApi::latency(http::Request) {
    co_return json_line(api::to_json(modules_.latency->latencies(false).results));
}

Task<http::Response> LocalApi::latency_v2(http::Request request) {
    if (!request.query.empty() && request.query != kRecent)
        co_return refusal(400, "ask for /v2/latency, or for /v2/latency?recent with single echoes");
    co_return json_line(api::to_json(modules_.latency->latencies(request.query == kRecent)));
}

Task<http::Response> LocalApi::plan(http::Request) {
    const auto plan = co_await modules_.loop.plan();
    if (!plan) co_return refusal(503, "the plan cannot be worked out now: " + plan.error().text);
    co_return json_line(api::to_json(daemon::plan_view(modules_.loop.enabled(), *plan)));
}

Task<http::Response> LocalApi::events(http::Request request) {
    if (wants_stream(request)) co_return stream_of_events(request);
    const auto after = asked_after(request.query);
    if (!after)
        co_return refusal(400, "ask for /v2/events, or for /v2/events?after=ID with the id of an event");
    co_return json_line(api::to_json(daemon::event_rows(modules_.loop.events(*after))));
}

/// An id of another process, or none of ours, means the beginning.
http::Response LocalApi::stream_of_events(const http::Request& request) {
    std::uint64_t after = asked_after(request.query).value_or(0);
    if (const auto last = request.headers.find("last-event-id"); last != request.headers.end()) {
        const std::string_view text = last->second;
        const std::size_t dash = text.find('-');
        const bool ours = dash != std::string_view::npos && text.substr(0, dash) == epoch_;
        after = ours ? parse_id(text.substr(dash + 1)).value_or(0) : 0;
    }
    const auto follower = std::make_shared<Follower>(modules_, followers_, after);
    return {.status = 200,
            .body = std::string(api::kStillHere),
            .content_type = std::string(api::kEventStreamType),
            .headers = {{"Cache-Control", "no-cache"}},
            .more = [this, follower] { return next_events(follower); }};
}

Task<std::optional<std::string>> LocalApi::next_events(std::shared_ptr<Follower> follower) {
    auto events = modules_.loop.events(follower->last);
    if (events.empty()) {
        co_await follower->wake.wait_until(modules_.clock.now() + kKeepAlive);
        events = modules_.loop.events(follower->last);
    }
    if (events.empty()) co_return std::string(api::kStillHere);
    follower->last = events.back().id;
    std::string text;
    for (const api::EventRow& row : daemon::event_rows(events).events)
        text += api::to_text(
            {.id = fmt::format("{}-{}", epoch_, row.id), .event = "", .data = json::dump(api::to_json(row))});
    co_return text;
}

Task<http::Response> LocalApi::config(http::Request) {
    co_return json_line(api::to_json(config_));
}

Task<http::Response> LocalApi::routes(http::Request) {
    const auto kernel = co_await modules_.kernel.read(netlink::Parts::Routes);
    if (!kernel) {
        log_.warn("kernel routes cannot be listed, answering 500", {{"error", kernel.error()}});
        co_return plain(500, "failed to get routes");
    }
    const auto report = modules_.loop.report();
    const auto refused = modules_.loop.refused_routes();
    co_return json_line(api::to_json(
        daemon::routes({report, kernel->routes, modules_.speaker, refused, modules_.clock.now()}, network_)));
}

Task<http::Response> LocalApi::resolve_route(http::Request request) {
    const auto body = json::parse(request.body);
    if (!body || !body->is_object()) co_return plain(400, "malformed request");
    const auto text = json::string_or(*body, "dst", "");
    if (!text) co_return plain(400, "malformed request");
    if (text->empty()) co_return plain(400, "invalid request");
    const auto destination = parse_ipv4(*text);
    if (!destination) co_return plain(400, "malformed request");
    const auto path = co_await modules_.kernel.route_to(*destination);
    if (!path && path.error().code == Errc::NotFound) co_return plain(404, "route not found");
    if (!path) co_return plain(500, "failed to resolve route");
    co_return json_line({{"src", to_text_or_empty(path->source)}});
}

/// State file first, then memory. The worker takes one call after the other, so the last one wins in both.
Task<http::Response> LocalApi::toggle(http::Request request) {
    const bool enable = request.path == "/enable";
    if (!may_change(request, self_)) {
        log_.warn("refused to change the state for a user without the right",
                  {{"request", request.path}, {"uid", request.peer_uid.value_or(0)}});
        co_return refuse_change(self_, enable ? "enable tunnels" : "disable tunnels");
    }
    const auto saved =
        co_await modules_.worker.run([file = modules_.state_file, enable] { return file.save(enable); });
    if (!saved) {
        log_.error("state file cannot be written, nothing is changed", {{"error", saved.error()}});
        co_return refusal(500, fmt::format("{}; check the directory of -state-dir", saved.error().text));
    }
    if (modules_.loop.enabled() != enable)
        log_.info(enable ? "enabled" : "disabled", {{"uid", request.peer_uid.value_or(0)}});
    modules_.loop.set_enabled(enable);
    modules_.fetcher.poke();
    if (on_toggle_) on_toggle_();
    co_return http::Response{.status = 200, .body = json::dump({{"status", "ok"}}) + "\n"};
}

}  // namespace dz::daemon
