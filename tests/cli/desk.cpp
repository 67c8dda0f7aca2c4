#include "tests/cli/desk.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "cli/text.hpp"
#include "daemon/api/event_stream.hpp"
#include "ledger/keypair.hpp"

namespace dz::test {

using daemon::api::EnrichedService;

ScriptedDaemon::ScriptedDaemon(EventLoop& loop, Clock& clock, World& world, Ipv4 client_ip,
                               std::filesystem::path socket)
    : loop_(loop), clock_(clock), world_(world), socket_(std::move(socket)) {
    config = {world.addresses().program().to_string(), "http://localhost:8899"};
    status.client_ip = client_ip;
    status.network = "localnet";
    on("GET", "/config", [this] { return json::dump(daemon::api::to_json(config)); });
    on("GET", "/routes", [this] { return json::dump(daemon::api::to_json(routes)); });
    on("GET", "/v2/plan", [this] { return json::dump(daemon::api::to_json(plan)); });
    on("GET", "/v2/events", [this] {
        if (!streams_) return json::dump(daemon::api::to_json(daemon::api::Events{events}));
        std::string text;
        for (const auto& event : events) {
            const std::string id = epoch + "-" + std::to_string(event.id);
            if (id == last_seen_)
                text.clear();
            else
                text += daemon::api::to_text({.id = id, .event = "", .data = json::dump(to_json(event))});
        }
        return text;
    });
    on("GET", "/v2/status", [this] {
        daemon::api::StatusV2 now = status;
        now.services = services_now();
        return json::dump(daemon::api::to_json(now));
    });
    on("GET", "/status", [this] {
        std::vector<daemon::api::ServiceStatus> rows;
        for (const auto& service : services_now()) rows.push_back(service.service);
        return json::dump(daemon::api::to_json(rows));
    });
    on("GET", "/v2/latency", [this] {
        if (!probes) return daemon::api::error_body("not measured");
        return json::dump(daemon::api::to_json(latencies ? *latencies : latencies_now()));
    });
    on("POST", "/enable", [this] {
        if (!refuses_enable) status.reconciler_enabled = true;
        return refuses_enable ? daemon::api::error_body("the state file cannot be written")
                              : R"({"status":"ok"})";
    });
    on("POST", "/disable", [this] {
        status.reconciler_enabled = false;
        return std::string(R"({"status":"ok"})");
    });
}

void ScriptedDaemon::on(const std::string& method, const std::string& path,
                        std::function<std::string()> body) {
    router_.on(method, path,
               [this, body](http::Request request) { return answer(std::move(request), body); });
}

Task<http::Response> ScriptedDaemon::answer(http::Request request, std::function<std::string()> body) {
    requests.push_back(request.method + " " + request.path);
    streams_ = request.headers["accept"] == daemon::api::kEventStreamType;
    last_seen_ = request.headers["last-event-id"];
    if (on_request) on_request();
    if (stuck) co_await clock_.sleep_for(1h);
    http::Response response;
    if (failures > 0) {
        --failures;
        response.status = 500;
        response.body = daemon::api::error_body("busy");
        co_return response;
    }
    if (streams_) response.content_type = daemon::api::kEventStreamType;
    response.body = body();
    if (request.path == "/enable" && refuses_enable) response.status = 500;
    if (request.path == "/v2/latency" && !probes) response.status = 404;
    co_return response;
}

std::vector<EnrichedService> ScriptedDaemon::services_now() const {
    if (services) return *services;
    std::vector<EnrichedService> out;
    if (!status.reconciler_enabled) return out;
    using enum ledger::UserType;
    for (const auto type : {Ibrl, IbrlWithAllocatedIp, Multicast}) {
        const PublicKey key = world_.addresses().user(status.client_ip, type);
        if (!world_.exists(key)) continue;
        const auto user = world_.get<ledger::User>(key);
        const bool receives_only = type == Multicast && user.publishers.empty();
        EnrichedService service;
        service.service = {.tunnel_name = type == Multicast ? "doublezero1" : "doublezero0",
                           .tunnel_src = status.client_ip,
                           .tunnel_dst = user.tunnel_endpoint,
                           .doublezero_ip = receives_only ? Ipv4{} : user.dz_ip,
                           .session_status = session,
                           .last_session_update = 1'772'600'767,
                           .user_type = std::string(cli::user_type_text(type))};
        out.push_back(std::move(service));
    }
    return out;
}

daemon::api::Latencies ScriptedDaemon::latencies_now() const {
    daemon::api::Latencies out;
    out.ready = true;
    for (const auto& [key, state] : world_.accounts()) {
        const auto device = ledger::decode<ledger::Device>(state->data);
        if (!device) continue;
        const auto known = round_trips.find(device->code);
        const auto rtt = known == round_trips.end() ? 1ms : known->second;
        std::vector<Ipv4> addresses{device->public_ip};
        for (const auto& interface : device->interfaces) {
            if (interface.user_tunnel_endpoint) addresses.push_back(interface.ip_net.address);
        }
        for (const Ipv4& address : addresses) {
            daemon::api::LatencyResult result;
            result.device_pk = key.to_string();
            result.device_ip = address;
            result.device_code = device->code;
            if (rtt > 0ns) result.rtt = {rtt, rtt, rtt};
            out.results.push_back(std::move(result));
        }
    }
    out.targets = static_cast<std::int64_t>(out.results.size());
    return out;
}

void ScriptedDaemon::start() {
    server_.emplace(loop_, clock_, Log::none(), router_);
    REQUIRE(server_->listen_unix(socket_, 0666));
    boost::asio::co_spawn(loop_, server_->run(), boost::asio::detached);
    loop_.poll();  // It accepts from here on, and may be stopped before a command runs.
}

void ScriptedDaemon::stop() {
    server_.reset();
}

std::size_t ScriptedDaemon::count(const std::string& request) const {
    return static_cast<std::size_t>(std::ranges::count(requests, request));
}

Desk::Desk(std::function<void(cli::Settings&)> adjust, const std::string& key)
    : context(
          loop, clock, settings_for(network, directory, key, adjust), rpc, client, err,
          [](std::string_view) { return std::nullopt; }, cli::ProgressStyle::Silent) {
    daemon.start();
}

Result<> Desk::run(Task<Result<>> command) {
    return run_to_end(loop, clock, std::move(command));
}

bool Desk::run_for(Duration limit, Task<Result<>> command) {
    bool done = false;
    boost::asio::cancellation_signal stop;
    boost::asio::co_spawn(
        loop, std::move(command),
        boost::asio::bind_cancellation_slot(
            stop.slot(), [&done](const std::exception_ptr&, const Result<>&) { done = true; }));
    loop.restart();
    for (const TimePoint end = clock.now() + limit; !done && clock.now() < end;) {
        if (clock.sleepers() > 0) {
            clock.advance(50ms);
        } else {
            REQUIRE(loop.run_one() > 0);
        }
    }
    if (done) return true;
    stop.emit(boost::asio::cancellation_type::terminal);
    while (!done) REQUIRE(loop.run_one() > 0);
    return false;
}

}  // namespace dz::test
