#include "protocols/latency/prober.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <random>
#include <utility>

namespace dz::latency {

namespace {

/// Two coroutines that are cancelled together would end in an exception made of two, which nobody expects.
Task<> until_cancelled(Task<> task) {
    try {
        co_await std::move(task);
    } catch (const boost::system::system_error& error) {
        if (error.code() != boost::asio::error::operation_aborted) throw;
    }
}

}  // namespace

Prober::Prober(EventLoop& loop, Clock& clock, EchoSocket& socket, Log log, Pace pace)
    : clock_(clock),
      socket_(socket),
      log_(std::move(log)),
      rounds_(pace, std::random_device{}()),
      wake_(loop, clock) {}

void Prober::set_targets(SetTargets targets) {
    new_targets_ = std::move(targets);
    wake_.set();
}

Task<> Prober::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (until_cancelled(keep_time()) && until_cancelled(take_replies()));
}

Task<> Prober::keep_time() {
    for (;;) {
        open();
        if (auto targets = std::exchange(new_targets_, std::nullopt)) feed(*targets, clock_.now());
        feed(Tick{}, clock_.now());
        co_await wake_.wait_until(rounds_.next_deadline().value_or(TimePoint::max()));
    }
}

Task<> Prober::take_replies() {
    for (;;) {
        const Reply reply = co_await socket_.receive();
        feed(Replied{.from = reply.from, .sequence = reply.sequence}, reply.at);
        wake_.set();
    }
}

/// Tried again with each turn of ours, for as long as it fails.
void Prober::open() {
    auto opened = socket_.open();
    if (opened) {
        if (trouble_) log_.info("latencies can be measured again");
        trouble_.reset();
    } else if (trouble_ != opened.error()) {
        log_.warn("latencies cannot be measured, every device counts as unreachable",
                  {{"error", opened.error()}});
        trouble_ = std::move(opened).error();
    }
}

void Prober::feed(const Event& event, TimePoint now) {
    for (const Action& action : rounds_.on(event, now))
        std::visit([this](const auto& what) { perform(what); }, action);
    for (const std::uint16_t sequence : std::exchange(unsent_, {}))
        feed(SendFailed{.sequence = sequence}, now);
}

void Prober::perform(const Send& send) {
    const auto sent = socket_.send(send.to, send.sequence);
    if (sent) return;
    log_.debug("echo not sent", {{"to", send.to}, {"error", sent.error()}});
    unsent_.push_back(send.sequence);
}

void Prober::perform(const Measured& measured) const {
    if (measured_) measured_(measured.address);
}

void Prober::perform(const RoundEnded& ended) {
    log_.debug("latencies measured", {{"addresses", rounds_.measurements().size()}, {"all", ended.full}});
    if (round_) round_();
}

}  // namespace dz::latency
