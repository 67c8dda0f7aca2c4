#include "services/device_agent/agent.hpp"

#include "base/files.hpp"
#include "ledger/snapshot.hpp"
#include "services/device_agent/bird.hpp"

namespace dz::device_agent {

Agent::Agent(AgentConfig config, EventLoop& loop, Clock& clock, ledger::Rpc& rpc, netlink::Kernel& kernel,
             Log log)
    : config_(std::move(config)),
      loop_(loop),
      clock_(clock),
      rpc_(rpc),
      kernel_(kernel),
      log_(std::move(log)) {}

Task<Result<>> Agent::pass() {
    CO_TRY(const auto accounts,
           co_await rpc_.program_accounts(config_.program, ledger::Filters{}, ledger::Commitment::Confirmed));
    const auto snapshot = ledger::Snapshot::from(accounts.value, accounts.slot, ledger::Scope::Catalogue);
    CO_TRY(const Rendering desired, render(snapshot, config_.options));
    using netlink::Parts;
    CO_TRY(const auto actual, co_await kernel_.read(Parts::Links | Parts::Addresses | Parts::Rules));
    CO_TRY_OK(co_await apply(plan(desired, actual)));
    co_return co_await configure_bird(bird_config(desired, config_.options));
}

Task<Result<>> Agent::apply(std::vector<netlink::Change> changes) {
    if (changes.empty()) co_return Result<>{};
    const auto results = co_await kernel_.apply_all(changes);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (!results[i]) co_return wrap(results[i].error(), to_string(changes[i]));
        log_.info("kernel changed", {{"change", to_string(changes[i])}});
    }
    co_return Result<>{};
}

Task<Result<>> Agent::configure_bird(std::string text) {
    if (text == bird_text_) co_return Result<>{};
    CO_TRY_OK(files::write_atomic(config_.bird_config, text));
    const auto told = co_await bird_configure(loop_, clock_, config_.bird_socket);
    // Not running yet: it will read the file when it starts, and is told once more then, which does no harm.
    if (!told && told.error().code == Errc::NotFound) co_return Result<>{};
    CO_TRY_OK(told);
    bird_text_ = std::move(text);
    log_.info("bird configured", {{"path", config_.bird_config.string()}});
    co_return Result<>{};
}

Task<> Agent::run() {
    for (;;) {
        const auto done = co_await pass();
        const std::string error = done ? "" : done.error().text;
        if (!error.empty() && error != last_error_)
            log_.warn("pass failed, trying again", {{"error", error}});
        if (error.empty() && !last_error_.empty()) log_.info("passes succeed again");
        last_error_ = error;
        co_await clock_.sleep_for(config_.interval);
    }
}

}  // namespace dz::device_agent
