// tests/oracle/town.hpp: everything around an oracle: a ledger in memory that runs the real program, a disk,
// a client, and deaths of the oracle at chosen moments.
//
// The ledger and the disk live on when an oracle dies. Every effect of the oracle (a write to the journal, a
// transaction sent, an answer given) has two moments at which it may die, before and after it. From then on
// nothing it tries has an effect, as with a dead process.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/encoding.hpp"
#include "base/run.hpp"
#include "services/oracle/authority.hpp"
#include "tests/cli/world_rpc.hpp"

namespace dz::test {

inline constexpr Lamports kSeatPrice{50'000'000};
inline constexpr std::uint64_t kHoldSlots = 100;
inline constexpr std::uint64_t kSettleSlots = 1000;
inline const Ipv4 kClientIp = ip(9, 9, 9, 9);

/// When the oracle dies.
class Fate {
  public:
    /// At the moment with this number; they count from 0.
    std::optional<std::size_t> at;
    std::size_t moments = 0;
    bool dead = false;

    /// A moment passes. True when the oracle is dead.
    bool strikes() {
        if (!dead && at == moments++) dead = true;
        return dead;
    }
};

/// Sends no transaction twice, tries those that ask for it, and is not there for the dead.
class TownRpc final : public WorldRpc {
  public:
    TownRpc(World& world, Fate& fate) : WorldRpc(world), fate_(fate) {}

    /// The accounts that were asked for.
    std::vector<PublicKey> asked;
    Task<Result<ledger::At<std::vector<std::optional<ledger::AccountInfo>>>>> multiple_accounts(
        std::vector<PublicKey> keys, ledger::ReadAt at) override {
        asked.insert(asked.end(), keys.begin(), keys.end());
        return WorldRpc::multiple_accounts(std::move(keys), at);
    }

    /// Happens once, ahead of the next transaction.
    std::function<void()> ahead;

    Task<Result<ledger::Signature>> send_transaction(Bytes bytes, ledger::SendOptions options) override {
        if (auto happen = std::exchange(ahead, {})) happen();
        if (fate_.strikes()) co_return gone();
        CO_TRY(const ledger::Transaction transaction, ledger::decode_transaction(bytes));
        if (landed_.contains(transaction.id())) co_return transaction.id();
        if (!options.skip_preflight) {
            CO_TRY(const auto trial, co_await simulate_transaction(bytes, options.preflight_commitment));
            if (trial.value.error)
                co_return fail(Errc::Rejected, ledger::describe(*trial.value.error),
                               static_cast<long>(trial.value.error->custom.value_or(0)));
        }
        landed_.insert(transaction.id());
        auto sent = co_await WorldRpc::send_transaction(std::move(bytes), options);
        if (fate_.strikes()) co_return gone();
        co_return sent;
    }

  private:
    std::unexpected<Error> gone() {
        fault = Error{Errc::Unavailable, "the oracle is dead", 0};
        return std::unexpected(*fault);
    }

    Fate& fate_;
    std::set<ledger::Signature> landed_;
};

/// A disk that keeps what the real journal keeps, and refuses what it refuses.
class TownJournal final : public oracle::Journal {
  public:
    using Disk = std::map<std::string, oracle::Reservation>;
    TownJournal(Disk& disk, Fate& fate) : disk_(disk), fate_(fate) {}

    Result<std::vector<oracle::Reservation>> read() override {
        std::vector<oracle::Reservation> all;
        for (const auto& [id, record] : disk_) all.push_back(record);
        return all;
    }
    Task<Result<>> write(oracle::Change change) override {
        if (fate_.strikes()) co_return fail(Errc::Io, "the oracle is dead");
        const auto& record = change.reservation;
        for (const auto& [id, other] : disk_) {
            const bool same_seat = other.device == record.device && other.client_ip == record.client_ip;
            if (id != record.id &&
                (other.index == record.index || (same_seat && !other.is_over() && !record.is_over())))
                co_return fail(Errc::Exists, "a rule of the journal is broken");
        }
        if (change.remove) {
            disk_.erase(record.id);
        } else {
            disk_[record.id] = record;
        }
        if (fate_.strikes()) co_return fail(Errc::Io, "the oracle is dead");
        co_return Result<>{};
    }

  private:
    Disk& disk_;
    Fate& fate_;
};

/// What outlives an oracle.
struct Town : Network {
    Town() {
        REQUIRE(send("foundation", as("foundation").make(ix::SetAuthority{{}, {}, {}, pk("oracle")})) ==
                "ok");
        set_seats(2);
    }
    void set_seats(std::uint16_t seats) {
        ix::UpdateDevice args;
        args.max_users = seats;
        change_device(args);
    }
    void pay(const PublicKey& to, std::uint64_t lamports, const std::string& payer = "client") {
        REQUIRE(send(payer, ledger::system_transfer(pk(payer), to, Lamports{lamports})) == "ok");
    }
    oracle::api::ReservationRequest request(Ipv4 client_ip = kClientIp, const std::string& payer = "client") {
        return {device.to_string(), client_ip, pk(payer).to_string(), pk(payer).to_string()};
    }
    std::uint16_t reserved() const { return get_device().reserved_seats; }
    std::uint16_t users() const { return get_device().users_count; }

    Fate fate;
    TownRpc rpc{*this, fate};
    TownJournal::Disk disk;
};

/// One oracle, until it is destroyed.
class Life {
  public:
    explicit Life(Town& from)
        : town(from),
          deposits(oracle::Deposits::make(kSeed).value()),
          metrics(registry),
          paperwork(town.addresses().program(), town.key("oracle"), town.pk("treasury")),
          courier(loop, clock, town.rpc, Log::none(), {.blockhash_age = 0s}),
          books(loop, clock, journal, deposits, metrics),
          clerk(loop, clock, town.rpc, books, courier, deposits, paperwork, metrics, Log::none(),
                clerk_config()),
          watch(loop, clock, town.rpc, books, clerk, paperwork.addresses(), paperwork.authority(), metrics,
                Log::none(), {.commitment = ledger::Commitment::Confirmed, .poll = 1s}),
          authority(loop, clock, town.rpc, books, clerk, courier, watch, deposits, paperwork, metrics,
                    Log::none(), {.price = kSeatPrice, .hold_slots = kHoldSlots, .max_live = 1000}) {
        town.rpc.fault.reset();
        boost::asio::co_spawn(loop, work(), [this](const std::exception_ptr& error) {
            CHECK_FALSE(error);
            ended = true;
        });
        while (!ready && !town.fate.dead) pass();
    }
    ~Life() { stop(); }
    void stop() {
        stop_.set();
        while (!ended) pass();
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    /// A slot passes, and as much time as the oracle needs to notice.
    void pass() {
        town.wait_slots(1);
        clock.advance(2s);
    }
    void pass(int slots) {
        for (int i = 0; i < slots; ++i) pass();
    }

    /// The answer; nothing when the oracle died before it could be given.
    template <class T>
    std::optional<T> ask(Task<T> question) {
        std::optional<T> answer;
        bool done = false;
        boost::asio::co_spawn(loop, std::move(question), [&](const std::exception_ptr& error, T value) {
            CHECK_FALSE(error);
            answer.emplace(std::move(value));
            done = true;
        });
        clock.advance(0s);
        while (!done) {
            if (town.fate.dead) stop_.set();
            pass();
        }
        // It may die with the answer on its lips, or when it has just been given.
        if (town.fate.strikes()) return std::nullopt;
        (void)town.fate.strikes();
        return answer;
    }
    auto reserve(oracle::api::ReservationRequest request, std::optional<std::string> request_key = {}) {
        return ask(authority.reserve(std::move(request), {"acme", std::move(request_key)}));
    }
    oracle::api::ReservationView must_reserve(oracle::api::ReservationRequest request) {
        const auto answer = reserve(std::move(request));
        REQUIRE(answer);
        if (!*answer) FAIL((*answer).error().problem.message);
        return (**answer).view;
    }
    oracle::api::ReservationView view(const std::string& id) const {
        return authority.find(id, "acme").value();
    }
    oracle::api::Phase phase(const std::string& id) const { return view(id).phase; }

    /// The user completes a settlement and sends it himself.
    std::optional<ledger::TransactionError> complete(const oracle::api::SettlementView& settlement,
                                                     const std::string& user = "client") {
        auto transaction = ledger::decode_transaction(from_base64(settlement.transaction).value()).value();
        REQUIRE(ledger::cosign(transaction, town.key(user)));
        REQUIRE(ledger::verify(transaction));
        return town.land(transaction);
    }

    Town& town;
    EventLoop loop{1};
    FakeClock clock{loop};
    TownJournal journal{town.disk, town.fate};
    oracle::Deposits deposits;
    metrics::Registry registry;
    oracle::Metrics metrics;
    oracle::Paperwork paperwork;
    oracle::Courier courier;
    oracle::Books books;
    oracle::Clerk clerk;
    oracle::Watch watch;
    oracle::Authority authority;
    bool ready = false;
    bool ended = false;

  private:
    static constexpr std::array<std::uint8_t, 32> kSeed{7};
    static oracle::Clerk::Config clerk_config() {
        oracle::Clerk::Config config;
        config.rules.settle_slots = kSettleSlots;
        return config;
    }

    Task<> work() {
        using namespace boost::asio::experimental::awaitable_operators;
        co_await ((serve() && courier.run()) || stop_.wait_until(TimePoint::max()));
        co_await authority.stop();
    }
    Task<> serve() {
        if (!co_await authority.recover()) co_return;
        ready = true;
        (void)co_await authority.run();
    }

    Wake stop_{loop, clock};
};

}  // namespace dz::test
