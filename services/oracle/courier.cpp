#include "services/oracle/courier.hpp"

#include <algorithm>

namespace dz::oracle {

namespace {

/// That one question may ask for.
constexpr std::size_t kMaxSignatures = 256;

}  // namespace

struct Courier::Parcel {
    Parcel(EventLoop& loop, Clock& clock, Bytes bytes, std::uint64_t height)
        : transaction(std::move(bytes)), last_valid(height), decided(loop, clock) {}

    Bytes transaction;
    ledger::Signature signature;
    std::uint64_t last_valid = 0;
    Wake decided;
    std::optional<Outcome> outcome;
};

class Courier::Listed {
  public:
    Listed(std::list<Parcel*>& all, Parcel& parcel) : all_(all), at_(all.insert(all.end(), &parcel)) {}
    ~Listed() { all_.erase(at_); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

  private:
    std::list<Parcel*>& all_;
    std::list<Parcel*>::iterator at_;
};

Courier::Courier(EventLoop& loop, Clock& clock, ledger::Rpc& rpc, Log log, Config config)
    : loop_(loop), clock_(clock), rpc_(rpc), log_(std::move(log)), config_(config), work_(loop, clock) {}

Task<Result<ledger::LatestBlockhash>> Courier::blockhash() {
    if (has_blockhash_ && clock_.now() < blockhash_from_ + config_.blockhash_age) co_return blockhash_;
    const TimePoint asked = clock_.now();
    CO_TRY(const auto latest, co_await rpc_.latest_blockhash(ledger::Commitment::Confirmed));
    blockhash_ = latest.value;
    blockhash_from_ = asked;
    has_blockhash_ = true;
    co_return blockhash_;
}

Task<Courier::Outcome> Courier::carry(Bytes transaction, std::uint64_t last_valid_block_height, Sent sent) {
    const auto decoded = ledger::decode_transaction(transaction);
    if (!decoded) co_return Outcome{Outcome::Kind::Failed, 0, decoded.error()};
    if (stopped_) co_return Outcome{.kind = Outcome::Kind::Abandoned};
    Parcel parcel(loop_, clock_, std::move(transaction), last_valid_block_height);
    parcel.signature = decoded->id();
    if (sent == Sent::Never && co_await is_refused(parcel)) co_return *std::move(parcel.outcome);
    const Listed listed(parcels_, parcel);
    work_.set();
    // A process that is killed again and again must not put this off until the blockhash is too old.
    if (sent == Sent::Perhaps) co_await rpc_.send_transaction(parcel.transaction, {});
    while (!stopped_ && !co_await parcel.decided.wait_until(clock_.now() + config_.resend)) {
        // Its refusal means nothing: it may have landed by now.
        co_await rpc_.send_transaction(parcel.transaction, {});
    }
    if (!parcel.outcome) co_return Outcome{.kind = Outcome::Kind::Abandoned};
    co_return *std::move(parcel.outcome);
}

/// Sends it for the first time. Whatever is not a clear refusal may have arrived.
Task<bool> Courier::is_refused(Parcel& parcel) {
    const ledger::SendOptions options{
        .skip_preflight = false, .preflight_commitment = ledger::Commitment::Processed, .max_retries = {}};
    const auto done = co_await rpc_.send_transaction(parcel.transaction, options);
    if (done || done.error().code != Errc::Rejected) co_return false;
    parcel.outcome = Outcome{Outcome::Kind::Failed, 0, done.error()};
    co_return true;
}

void Courier::stop() {
    stopped_ = true;
    for (Parcel* parcel : parcels_) parcel->decided.set();
}

Task<> Courier::run() {
    for (;;) {
        if (parcels_.empty()) {
            co_await work_.wait_until(TimePoint::max());
            continue;
        }
        // First how far the ledger is, then what it has: what is missing then is missing for good.
        const std::uint64_t now = co_await height();
        std::vector<ledger::Signature> all;
        for (const Parcel* parcel : parcels_) all.push_back(parcel->signature);
        for (std::size_t first = 0; first < all.size(); first += kMaxSignatures) {
            const auto from = all.begin() + static_cast<std::ptrdiff_t>(first);
            const auto count = static_cast<std::ptrdiff_t>(std::min(kMaxSignatures, all.size() - first));
            co_await ask({from, from + count}, now);
        }
        co_await clock_.sleep_for(config_.poll);
    }
}

Task<std::uint64_t> Courier::height() {
    if (const auto info = co_await rpc_.epoch_info(ledger::Commitment::Confirmed))
        seen_height_ = info->block_height;
    co_return seen_height_;
}

Task<> Courier::ask(std::vector<ledger::Signature> signatures, std::uint64_t height) {
    const auto statuses = co_await rpc_.signature_statuses(signatures);
    if (!statuses) {
        log_.debug("the ledger does not say what became of transactions, asking again",
                   {{"error", statuses.error()}});
        co_return;
    }
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        const auto& status = statuses->value[i];
        for (Parcel* parcel : parcels_) {
            if (parcel->signature == signatures[i]) decide(*parcel, status, height);
        }
    }
}

void Courier::decide(Parcel& parcel, const std::optional<ledger::SignatureStatus>& status,
                     std::uint64_t height) {
    if (!status) {
        if (height <= parcel.last_valid) return;
        parcel.outcome = Outcome{};
    } else if (status->commitment < ledger::Commitment::Confirmed) {
        return;
    } else if (status->error) {
        parcel.outcome = Outcome{Outcome::Kind::Failed, status->slot.value,
                                 Error{Errc::Rejected, ledger::describe(*status->error),
                                       static_cast<long>(status->error->custom.value_or(0))}};
    } else {
        parcel.outcome = Outcome{Outcome::Kind::Landed, status->slot.value, {}};
    }
    parcel.decided.set();
}

}  // namespace dz::oracle
