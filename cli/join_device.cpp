// join_device.cpp: the device of a new account, by what the daemon has measured (cli.md 3.7, 3.8).
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "cli/failure.hpp"
#include "cli/join_checks.hpp"

namespace dz::cli {

namespace {

using daemon::api::Latencies;
using ledger::Device;
using ledger::Entry;

constexpr std::string_view kOtherDevice = "choose another device with --device, or leave it out";
constexpr Duration kLatencyPoll = 1s;
constexpr Duration kLatencyWait = 60s;

/// Asks the daemon until it knows `enough`. Errors: Unsupported when it does not measure; those that a person
/// may read.
Task<Result<Latencies>> read_latencies(std::function<bool(const Latencies&)> enough, Context& context,
                                       Progress& progress) {
    const TimePoint deadline = context.clock.now() + kLatencyWait;
    for (;;) {
        auto latencies = co_await context.daemon.latencies();
        if (!latencies && latencies.error().code == Errc::Unsupported) co_return latencies;
        if (!latencies) co_return daemon_failure("cannot read the daemon's latencies", latencies.error());
        if (enough(*latencies)) co_return latencies;
        const std::string measured =
            fmt::format("{} of {} addresses", latencies->results.size(), latencies->targets);
        if (context.clock.now() >= deadline)
            co_return failure("timed out waiting for the devices' latencies",
                              fmt::format("the daemon has measured {} so far", measured),
                              "doublezero latency shows them as they come; --device does without",
                              Errc::Timeout);
        progress.say(fmt::format("waiting for the daemon's first latencies: {}", measured));
        co_await context.clock.sleep_for(kLatencyPoll);
    }
}

/// Those that answered.
std::vector<placement::Latency> answers(const Latencies& latencies) {
    std::vector<placement::Latency> out;
    for (const auto& one : latencies.results) {
        const auto device = ledger::PublicKey::parse(one.device_pk);
        if (device && one.rtt) out.push_back({*device, one.device_ip, one.rtt->min, one.rtt->avg});
    }
    return out;
}

/// A device that was named needs no latencies, unless they decide between two of its addresses.
Task<Result<placement::Candidate>> consider_named(const Entry<Device>& device, placement::Request request,
                                                  Context& context, Progress& progress) {
    const std::vector<Ipv4> free = placement::free_endpoints(device.value, request.in_use);
    const auto enough = [free](const Latencies& latencies) {
        const auto measured = [&latencies](const Ipv4& address) {
            return std::ranges::find(latencies.results, address, &daemon::api::LatencyResult::device_ip) !=
                   latencies.results.end();
        };
        return latencies.ready || free.size() < 2 || std::ranges::all_of(free, measured);
    };
    const auto latencies = co_await read_latencies(enough, context, progress);
    if (!latencies && latencies.error().code != Errc::Unsupported)
        co_return std::unexpected(latencies.error());
    const auto known = latencies ? answers(*latencies) : std::vector<placement::Latency>{};
    co_return placement::consider(device, known, request);
}

void take(JoinPlan& plan, const placement::Candidate& chosen, std::string reason,
          const ledger::PublicKey& access_pass) {
    plan.create = JoinPlan::NewAccount{.access_pass = access_pass,
                                       .device = chosen.device->key,
                                       .device_code = chosen.device->value.code,
                                       .reason = std::move(reason),
                                       .tunnel_endpoint = chosen.endpoint};
}

std::unexpected<Error> no_latencies(const Error& error) {
    if (error.code != Errc::Unsupported) return std::unexpected(error);
    return failure("the daemon does not measure latencies, so it cannot tell which device is near", "",
                   "name one with --device (doublezero device list), or start doublezerod with "
                   "-latency-probing",
                   Errc::Unsupported);
}

}  // namespace

Result<const Entry<Device>*> named_device(const ledger::Snapshot& catalogue, const std::string& name) {
    const Entry<Device>* const device = find(catalogue.devices(), name);
    if (device != nullptr) return device;
    return failure(fmt::format("Device not found: {}", name), "", "doublezero device list", Errc::NotFound);
}

Task<Result<>> choose_device(JoinPlan& plan, placement::Request request, std::optional<std::string> named,
                             Entry<ledger::AccessPass> pass, Catalogue catalogue, Context& context,
                             Progress& progress) {
    if (named) {
        CO_TRY(const Entry<Device>* const device, named_device(*catalogue, *named));
        const std::string& code = device->value.code;
        if (const std::string why = placement::why_ineligible(*device, request); !why.empty())
            co_return failure(fmt::format("Device is not accepting more users: {}", code), why, kOtherDevice);
        if (placement::free_endpoints(device->value, request.in_use).empty())
            co_return failure(fmt::format("device {} has no free tunnel endpoint", code),
                              "this host already has a tunnel to each of its addresses", kOtherDevice);
        CO_TRY(const auto chosen, co_await consider_named(*device, request, context, progress));
        take(plan, chosen, "named by --device", pass.key);
        co_return Result<>{};
    }
    const auto latencies =
        co_await read_latencies([](const Latencies& all) { return all.ready; }, context, progress);
    if (!latencies) co_return no_latencies(latencies.error());
    const auto ranked = placement::rank(*catalogue, answers(*latencies), request);
    const auto best = placement::best(ranked);
    if (!best)
        co_return failure(best.error().text, "", "doublezero device list, doublezero latency",
                          best.error().code);
    take(plan, *best, placement::reason(ranked), pass.key);
    if (std::string caution = placement::caution(*best, ranked); !caution.empty())
        plan.notes.push_back(std::move(caution));
    co_return Result<>{};
}

}  // namespace dz::cli
