#include "ledger/submit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dz::ledger {
namespace {

/// How a wait for one signature ended when no error did.
enum class Outcome { Reached, Expired };

struct Wait {
    Outcome outcome = Outcome::Expired;
    SignatureStatus status;
};

/// Submits one list of instructions. Lives in `submit`'s frame.
class Submission {
  public:
    Submission(Rpc& rpc, Clock& clock, const Keypair& payer, SubmitOptions options)
        : rpc_(rpc),
          clock_(clock),
          payer_(payer),
          options_(std::move(options)),
          deadline_(clock.now() + options_.timeout) {}

    Task<Result<Receipt>> run(std::vector<TransactionInstruction> instructions);

  private:
    Task<Result<Signature>> send(const std::vector<TransactionInstruction>& instructions);
    Task<Result<Wait>> wait_for(Signature signature);
    Task<bool> is_too_late();
    Task<> fetch_log(Signature signature);

    Rpc& rpc_;
    Clock& clock_;
    const Keypair& payer_;
    SubmitOptions options_;
    TimePoint deadline_;
    std::uint64_t last_valid_block_height_ = 0;
};

std::unexpected<Error> failed(const TransactionError& error) {
    return fail(Errc::Rejected, describe(error), static_cast<long>(error.custom.value_or(0)));
}

Task<Result<Receipt>> Submission::run(std::vector<TransactionInstruction> instructions) {
    std::vector<TransactionInstruction> all = encode(options_.budget);
    std::ranges::move(instructions, std::back_inserter(all));
    for (int rebuilds = 0;; ++rebuilds) {
        CO_TRY(const Signature signature, co_await send(all));
        CO_TRY(const Wait wait, co_await wait_for(signature));
        if (wait.outcome == Outcome::Reached) {
            if (!wait.status.error) co_return Receipt{signature, wait.status.slot};
            if (options_.on_failure_log) co_await fetch_log(signature);
            co_return failed(*wait.status.error);
        }
        if (rebuilds >= options_.max_rebuilds) {
            co_return fail(Errc::Timeout,
                           "the ledger dropped the transaction: it expired before it was included");
        }
    }
}

Task<Result<Signature>> Submission::send(const std::vector<TransactionInstruction>& instructions) {
    CO_TRY(const auto latest, co_await rpc_.latest_blockhash(options_.commitment));
    last_valid_block_height_ = latest.value.last_valid_block_height;
    CO_TRY(Message message, compile(payer_.public_key(), instructions, latest.value.blockhash));
    CO_TRY(const Transaction transaction, sign(std::move(message), payer_));
    const auto sent = co_await rpc_.send_transaction(encode(transaction), SendOptions{});
    // The request may have arrived although its answer did not: only the ledger knows, so ask it.
    const bool unknown =
        !sent && (sent.error().code == Errc::Timeout || sent.error().code == Errc::Truncated);
    if (!sent && !unknown) co_return std::unexpected(sent.error());
    co_return transaction.id();
}

Task<Result<Wait>> Submission::wait_for(Signature signature) {
    bool too_late = false;
    for (;;) {
        const auto statuses = co_await rpc_.signature_statuses({signature});
        // The transaction is on its way: a fault that may pass must not hide what becomes of it.
        if (!statuses && !is_retryable(statuses.error())) co_return std::unexpected(statuses.error());
        if (statuses) {
            const auto& status = statuses->value.front();
            if (status && status->commitment >= options_.commitment)
                co_return Wait{Outcome::Reached, *status};
            // Asked again after the last block that could hold it, and still not there.
            if (!status && too_late) co_return Wait{};
            too_late = !status && co_await is_too_late();
        }
        if (clock_.now() >= deadline_) {
            co_return fail(Errc::Timeout,
                           fmt::format("no decision about transaction {} yet; it may still succeed",
                                       signature.to_string()));
        }
        co_await clock_.sleep_for(options_.poll_interval);
    }
}

Task<bool> Submission::is_too_late() {
    const auto info = co_await rpc_.epoch_info(options_.commitment);
    co_return info && info->block_height > last_valid_block_height_;
}

Task<> Submission::fetch_log(Signature signature) {
    const auto record = co_await rpc_.transaction(signature, options_.commitment);
    // The log is a help, not the answer: without it the error itself is still reported.
    if (record && *record) options_.on_failure_log(program_log((*record)->log_messages));
}

}  // namespace

Task<Result<Receipt>> submit(Rpc& rpc, Clock& clock, const Keypair& payer,
                             std::vector<TransactionInstruction> instructions, SubmitOptions options) {
    Submission submission(rpc, clock, payer, std::move(options));
    co_return co_await submission.run(std::move(instructions));
}

}  // namespace dz::ledger
