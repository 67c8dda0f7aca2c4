#include "services/oracle/authority.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/encoding.hpp"
#include "ledger/program_error.hpp"

namespace dz::oracle {

using api::Problem;
using ledger::Device;

namespace {

constexpr std::size_t kIdBytes = 16;
constexpr Duration kLedgerRetry = 2s;

std::unexpected<Refusal> refuse(int status, std::string code, std::string message) {
    return std::unexpected(Refusal{status, Problem{std::move(code), std::move(message)}});
}

Refusal no_seat() {
    return {409, {"no_seat", "the device has no free seat: ask for another device, or again later"}};
}

std::unexpected<Refusal> no_ledger(const Error& error) {
    return refuse(503, "ledger_unavailable",
                  fmt::format("the ledger cannot be asked now, try again: {}", error.text));
}

Refusal broken() {
    return {
        503,
        {"stopping", "the oracle cannot finish this now: ask again, the same request is never done twice"}};
}

std::string fresh_id() {
    std::array<std::uint8_t, kIdBytes> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    return to_hex(bytes);
}

Verdict verdict_of(const Answer<Authority::Given>& answer) {
    if (answer) return answer->fresh ? Verdict::Accepted : Verdict::Repeated;
    if (answer.error().problem.code == "no_seat") return Verdict::NoSeat;
    return answer.error().status < 500 ? Verdict::Refused : Verdict::Failed;
}

/// Either holds a refusal or a reservation.
Answer<Authority::Given> given(Answer<std::optional<Authority::Given>> known) {
    if (!known) return std::unexpected(std::move(known).error());
    return **std::move(known);
}

bool is_same(const Reservation& record, const api::ReservationRequest& request) {
    return record.device.to_string() == request.device && record.client_ip == request.client_ip &&
           record.user_payer.to_string() == request.user_payer &&
           record.refund_to.to_string() == request.refund_to;
}

}  // namespace

std::optional<Refusal> objection(const Facts& facts) {
    if (!facts.device)
        return Refusal{
            404,
            {"no_device", "there is no such device: give the account of one, see `doublezero device list`"}};
    if (facts.device->status != ledger::DeviceStatus::Activated)
        return Refusal{409, {"device_inactive", "the device is not active: ask for another one"}};
    if (facts.user)
        return Refusal{409, {"connected", "this client address has a user already: disconnect it first"}};
    if (facts.seat)
        return Refusal{409,
                       {"seat_held", "somebody else holds a seat for this client address on the device"}};
    if (facts.foreign_pass)
        return Refusal{409,
                       {"foreign_pass",
                        "this address and key have an access pass that another authority made: "
                        "connect with that one, or use another key"}};
    const unsigned taken = unsigned{facts.device->users_count} + facts.device->reserved_seats;
    if (taken >= facts.device->max_users) return no_seat();
    return std::nullopt;
}

Refusal refusal_of(const Error& error) {
    if (error.code != Errc::Rejected) return {503, {"ledger_unavailable", error.text}};
    if (error.detail == static_cast<long>(ledger::ProgramError::MaxUsersExceeded)) return no_seat();
    return {502, {"ledger_refused", fmt::format("the ledger refused the seat: {}", error.text)}};
}

Authority::Authority(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Books& books, Clerk& clerk,
                     Courier& courier, Watch& watch, Deposits& deposits, const Paperwork& paperwork,
                     Metrics& metrics, Log log, const Config& config)
    : loop_(loop),
      clock_(clock),
      rpc_(rpc),
      books_(books),
      clerk_(clerk),
      courier_(courier),
      watch_(watch),
      deposits_(deposits),
      paperwork_(paperwork),
      metrics_(metrics),
      log_(std::move(log)),
      config_(config),
      idle_(loop, clock) {}

class Authority::Request {
  public:
    explicit Request(Authority& authority) : authority_(authority) { ++authority_.requests_; }
    ~Request() {
        if (--authority_.requests_ == 0) authority_.idle_.set();
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

  private:
    Authority& authority_;
};

Task<Result<>> Authority::recover() {
    CO_TRY_OK(books_.read());
    log_.info("journal read", {{"reservations", books_.all().size()}, {"live", books_.live()}});
    clerk_.resume();
    for (;;) {
        const auto done = co_await watch_.close_unknown_seats();
        if (done) break;
        log_.warn("the ledger cannot be read, no requests until it can", {{"error", done.error()}});
        co_await clock_.sleep_for(kLedgerRetry);
    }
    co_return Result<>{};
}

Task<Result<>> Authority::run() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (books_.failed() || watch_.run());
    co_return wrap(*books_.failure(), "the journal cannot be written");
}

Task<> Authority::stop() {
    co_await clerk_.stop();
    while (requests_ > 0) co_await idle_.wait_until(TimePoint::max());
}

Task<Answer<Authority::Given>> Authority::reserve(api::ReservationRequest request, Requester from) {
    const Request under_way(*this);
    const TimePoint start = clock_.now();
    auto answer = co_await decide(std::move(request), std::move(from));
    metrics_.request(verdict_of(answer)).Increment();
    if (answer && answer->fresh)
        metrics_.reserve_seconds.Observe(std::chrono::duration<double>(clock_.now() - start).count());
    co_return answer;
}

Task<Answer<Authority::Given>> Authority::decide(api::ReservationRequest request, Requester from) {
    if (!is_global(request.client_ip))
        co_return refuse(400, "bad_request",
                         fmt::format("client_ip: {} is not a public address", request.client_ip));
    const Parties parties{PublicKey::parse(request.device).value(),
                          PublicKey::parse(request.user_payer).value(),
                          PublicKey::parse(request.refund_to).value()};
    if (auto known = co_await earlier(request, from); !known || *known) co_return given(std::move(known));
    const auto found = co_await facts(parties, request.client_ip);
    if (!found) co_return std::unexpected(found.error());
    if (auto no = objection(*found)) co_return std::unexpected(*std::move(no));
    const auto blockhash = co_await courier_.blockhash();
    if (!blockhash) co_return no_ledger(blockhash.error());
    // Others may have asked for the same meanwhile. From here on nothing waits until the place is taken.
    if (auto known = co_await earlier(request, from); !known || *known) co_return given(std::move(known));
    co_return co_await open(std::move(request), std::move(from), parties, found->slot, *blockhash);
}

/// What was asked for before: by the same key, or for the same seat. Waits where that is still being decided.
Task<Answer<std::optional<Authority::Given>>> Authority::earlier(api::ReservationRequest request,
                                                                 Requester from) {
    EntryPointer entry;
    if (from.request_key) {
        entry = books_.by_request(from.holder, *from.request_key);
        if (entry && !is_same(entry->record, request))
            co_return refuse(422, "idempotency_mismatch",
                             "this Idempotency-Key was used for another request: use a new one");
    }
    if (!entry) {
        entry = books_.live_at(PublicKey::parse(request.device).value(), request.client_ip);
        if (entry && (entry->record.holder != from.holder || !is_same(entry->record, request)))
            co_return refuse(409, "seat_held",
                             "somebody else holds a seat for this client address on the device");
    }
    if (!entry) co_return std::nullopt;
    auto given = co_await wait_for(std::move(entry));
    if (!given) co_return std::unexpected(std::move(given).error());
    co_return *std::move(given);
}

Task<Answer<Authority::Given>> Authority::wait_for(EntryPointer entry) {
    while (entry->record.state == State::Opening && !entry->gone && !courier_.is_stopped())
        (void)co_await Turn::wait_for(entry, loop_, clock_);
    if (entry->gone) co_return std::unexpected(no_seat());
    if (entry->record.state == State::Opening) co_return std::unexpected(broken());
    co_return Given{view_of(entry->record), false};
}

Task<Answer<Facts>> Authority::facts(Parties parties, Ipv4 client_ip) {
    const ledger::Addresses& addresses = paperwork_.addresses();
    const auto read =
        co_await rpc_.multiple_accounts({parties.device, addresses.user(client_ip, ledger::UserType::Ibrl),
                                         addresses.user(client_ip, ledger::UserType::IbrlWithAllocatedIp),
                                         addresses.seat_reservation(parties.device, client_ip),
                                         addresses.access_pass(client_ip, parties.user_payer)},
                                        ledger::Commitment::Confirmed);
    if (!read) co_return no_ledger(read.error());
    const auto& accounts = read->value;
    Facts facts;
    facts.slot = read->slot.value;
    const bool ours = accounts[0] && accounts[0]->owner == addresses.program();
    if (const auto device = ours ? ledger::decode<Device>(accounts[0]->data) : fail(Errc::NotFound, ""))
        facts.device = *device;
    facts.user = accounts[1] || accounts[2];
    facts.seat = accounts[3].has_value();
    if (const auto pass =
            accounts[4] ? ledger::decode<ledger::AccessPass>(accounts[4]->data) : fail(Errc::NotFound, ""))
        facts.foreign_pass = pass->owner != paperwork_.authority();
    co_return facts;
}

Task<Answer<Authority::Given>> Authority::open(api::ReservationRequest request, Requester from,
                                               Parties parties, std::uint64_t slot,
                                               ledger::LatestBlockhash blockhash) {
    if (books_.live_of(from.holder) >= config_.max_live)
        co_return refuse(429, "too_many_reservations",
                         fmt::format("{} reservations wait already, which is the limit: pay or cancel some",
                                     config_.max_live));
    const auto lease = deposits_.lease();
    if (!lease) co_return refuse(503, "no_address", lease.error().text);
    Reservation record;
    record.id = fresh_id();
    record.index = lease->index;
    record.deposit = lease->address;
    record.device = parties.device;
    record.client_ip = request.client_ip;
    record.user_payer = parties.user_payer;
    record.refund_to = parties.refund_to;
    record.holder = std::move(from.holder);
    record.request_key = std::move(from.request_key);
    record.price = config_.price;
    record.expires_slot = slot + config_.hold_slots;
    const auto wait = config_.slot_time * static_cast<std::int64_t>(config_.hold_slots);
    record.expires_at =
        std::chrono::floor<std::chrono::seconds>(clock_.wall() + wait).time_since_epoch().count();
    auto flight = paperwork_.open(record, blockhash);
    if (!flight) {
        deposits_.give_back(lease->index);
        co_return refuse(500, "internal", flight.error().text);
    }
    const Turn turn = books_.add(record);
    record.flight = *std::move(flight);
    const auto end = co_await clerk_.send(turn, std::move(record));
    if (!end || end->ending == Clerk::Ending::Abandoned) co_return std::unexpected(broken());
    if (end->ending != Clerk::Ending::Landed) co_return std::unexpected(refusal_of(end->error));
    co_return Given{view_of(turn->record), true};
}

Answer<EntryPointer> Authority::entry_of(const std::string& id, const std::string& holder) const {
    auto entry = books_.find(id);
    // Another's reservation is none: its existence is nobody's business.
    if (!entry || entry->record.holder != holder || entry->record.state == State::Opening)
        return refuse(404, "no_reservation", "there is no such reservation");
    return entry;
}

Answer<api::ReservationView> Authority::find(const std::string& id, const std::string& holder) const {
    const auto entry = entry_of(id, holder);
    if (!entry) return std::unexpected(entry.error());
    return view_of((*entry)->record);
}

std::vector<api::ReservationView> Authority::list(const std::string& holder) const {
    std::vector<api::ReservationView> views;
    for (const auto& [id, entry] : books_.all()) {
        const Reservation& record = entry->record;
        if (record.holder == holder && !record.is_over() && record.state != State::Opening)
            views.push_back(view_of(record));
    }
    return views;
}

Task<Answer<api::ReservationView>> Authority::cancel(std::string id, std::string holder) {
    const Request under_way(*this);
    const auto entry = entry_of(id, holder);
    if (!entry) co_return std::unexpected(entry.error());
    const Turn turn = co_await Turn::wait_for(*entry, loop_, clock_);
    auto next = cancelled(turn->record);
    if (next == turn->record) co_return view_of(turn->record);
    if (!co_await books_.keep(*turn, std::move(next))) co_return std::unexpected(broken());
    log_.info("reservation cancelled", {{"reservation", id}, {"holder", holder}});
    watch_.poke();
    co_return view_of(turn->record);
}

Task<Answer<api::SettlementView>> Authority::settle(std::string id, std::string holder, SettlementWish wish) {
    const Request under_way(*this);
    const auto entry = entry_of(id, holder);
    if (!entry) co_return std::unexpected(entry.error());
    const Reservation record = (*entry)->record;
    if (record.state != State::Ready)
        co_return refuse(409, "not_ready",
                         fmt::format("the reservation is {}; it can be settled while it is ready",
                                     api::to_string(view_of(record).phase)));
    const auto account = co_await rpc_.account(record.device, ledger::Commitment::Confirmed);
    if (!account) co_return no_ledger(account.error());
    const auto device =
        account->value ? ledger::decode<Device>(account->value->data) : fail(Errc::NotFound, "");
    if (!device)
        co_return refuse(409, "no_device",
                         "the device is gone: cancel the reservation to get the money back");
    const auto blockhash = co_await courier_.blockhash();
    if (!blockhash) co_return no_ledger(blockhash.error());
    const auto prefixes = static_cast<std::uint8_t>(device->dz_prefixes.size());
    const auto transaction = paperwork_.settlement(record, wish, prefixes, *blockhash);
    if (!transaction) co_return refuse(500, "internal", transaction.error().text);
    co_return api::SettlementView{.transaction = to_base64(encode(*transaction)),
                                  .authority = paperwork_.authority().to_string(),
                                  .last_valid_block_height = blockhash->last_valid_block_height};
}

}  // namespace dz::oracle
