#include "services/oracle/books.hpp"

namespace dz::oracle {

Turn::Turn(EntryPointer entry) : entry_(std::move(entry)) {
    entry_->taken_ = true;
}

Turn::~Turn() {
    if (!entry_) return;
    entry_->taken_ = false;
    if (entry_->waiting_.empty()) return;
    entry_->waiting_.front()->set();
    entry_->waiting_.pop_front();
}

Task<Turn> Turn::wait_for(EntryPointer entry, EventLoop& loop, Clock& clock) {
    while (entry->taken_) {
        Wake wake(loop, clock);
        entry->waiting_.push_back(&wake);
        co_await wake.wait_until(TimePoint::max());
    }
    co_return Turn(std::move(entry));
}

std::optional<Turn> Turn::try_take(const EntryPointer& entry) {
    if (entry->taken_) return std::nullopt;
    return Turn(entry);
}

Books::Books(EventLoop& loop, Clock& clock, Journal& journal, Deposits& deposits, Metrics& metrics)
    : journal_(journal), deposits_(deposits), metrics_(metrics), failed_(loop, clock) {}

Result<> Books::read() {
    TRY(auto records, journal_.read());
    for (Reservation& record : records) {
        TRY_OK(deposits_.attach(record));
        const auto entry = std::make_shared<Entry>();
        entry->record = std::move(record);
        index(entry);
    }
    return {};
}

EntryPointer Books::find(const std::string& id) const {
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : at->second;
}

EntryPointer Books::live_at(const PublicKey& device, Ipv4 client_ip) const {
    const auto at = live_.find({device, client_ip});
    return at == live_.end() ? nullptr : at->second;
}

EntryPointer Books::by_request(const std::string& holder, const std::string& key) const {
    const auto at = by_request_.find({holder, key});
    return at == by_request_.end() ? nullptr : at->second;
}

std::size_t Books::live_of(const std::string& holder) const {
    const auto at = live_of_.find(holder);
    return at == live_of_.end() ? 0 : at->second;
}

Turn Books::add(Reservation record) {
    const auto entry = std::make_shared<Entry>();
    entry->record = std::move(record);
    index(entry);
    return Turn::try_take(entry).value();
}

void Books::index(const EntryPointer& entry) {
    const Reservation& record = entry->record;
    entries_.emplace(record.id, entry);
    show(record.state, 1);
    if (!record.is_over()) {
        live_.emplace(std::pair(record.device, record.client_ip), entry);
        ++live_of_[record.holder];
    }
    if (record.request_key) by_request_.emplace(std::pair(record.holder, *record.request_key), entry);
}

void Books::unindex(const Entry& entry) {
    const Reservation& record = entry.record;
    live_.erase({record.device, record.client_ip});
    --live_of_[record.holder];
}

Task<Result<>> Books::keep(Entry& entry, Reservation next) {
    CO_TRY_OK(co_await write({next, false}));
    const State before = entry.record.state;
    if (next.is_over() && !entry.record.is_over()) {
        unindex(entry);
        metrics_.ended(next.state, next.reason).Increment();
    }
    if (next.state == State::Paid && before != State::Paid) deposits_.mark_used(next.index);
    metrics_.refunded.Increment(static_cast<double>(next.refunded.value - entry.record.refunded.value));
    if (next.collected && !entry.record.collected)
        metrics_.collected.Increment(static_cast<double>(next.price.value));
    entry.record = std::move(next);
    show(before, -1);
    show(entry.record.state, 1);
    co_return Result<>{};
}

Task<Result<>> Books::forget(EntryPointer entry) {
    CO_TRY_OK(co_await write({entry->record, true}));
    const Reservation& record = entry->record;
    entry->gone = true;
    unindex(*entry);
    show(record.state, -1);
    if (record.request_key) by_request_.erase({record.holder, *record.request_key});
    deposits_.give_back(record.index);
    entries_.erase(record.id);
    co_return Result<>{};
}

Task<Result<>> Books::write(Change change) {
    if (failure_) co_return std::unexpected(*failure_);
    auto written = co_await journal_.write(std::move(change));
    if (!written && !failure_) {
        failure_ = written.error();
        failed_.set();
    }
    co_return written;
}

Task<> Books::failed() {
    while (!failure_) co_await failed_.wait_until(TimePoint::max());
}

void Books::show(State state, int change) {
    metrics_.reservations(state).Increment(change);
}

}  // namespace dz::oracle
