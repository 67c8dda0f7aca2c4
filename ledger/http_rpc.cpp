#include "ledger/http_rpc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/encoding.hpp"
#include "ledger/rpc_answer.hpp"
#include "ledger/rpc_request.hpp"

namespace dz::ledger {

using rpc_request::account_config;
using rpc_request::config;

namespace {

/// Parses the `result` of an answer by `parse`, with `more` behind it.
template <class T, class... More>
std::function<Result<T>(std::string_view)> result_by(Result<T> (*parse)(const json::Value&, More...),
                                                     More... more) {
    return [=](std::string_view body) -> Result<T> {
        TRY(const json::Value result, rpc_answer::result(body));
        return parse(result, more...);
    };
}

Result<Slot> to_slot(const json::Value& result) {
    TRY(const std::uint64_t value, rpc_answer::number(result));
    return Slot{value};
}

Result<Lamports> to_lamports(const json::Value& result) {
    TRY(const std::uint64_t value, rpc_answer::number(result));
    return Lamports{value};
}

Result<> any_result(const json::Value&) {
    return {};
}

json::Ordered one(json::Ordered parameter) {
    return json::Ordered::array({std::move(parameter)});
}

}  // namespace

HttpRpc::HttpRpc(HttpRpcOptions options, http::Client& client, Clock& clock, RpcObserver* observer)
    : HttpRpc(
          std::move(options),
          [&client](http::ClientRequest request) { return client.send(std::move(request)); }, clock,
          observer) {}

HttpRpc::HttpRpc(HttpRpcOptions options, Send send, Clock& clock, RpcObserver* observer)
    : options_(std::move(options)), send_(std::move(send)), clock_(clock), observer_(observer) {}

Duration HttpRpc::backoff_before(int attempt) const {
    const Duration full = std::min(options_.backoff * (attempt - 1), options_.max_backoff);
    // Spread the clients of a server that has just come back.
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<Duration::rep> upper_half(full.count() / 2, full.count());
    return Duration(upper_half(random));
}

Task<Result<std::string>> HttpRpc::post(std::string request) {
    http::ClientRequest post;
    post.method = "POST";
    post.url = options_.url;
    post.body = std::move(request);
    post.headers = {{"Content-Type", "application/json"}};
    post.connect_timeout = options_.connect_timeout;
    post.timeout = options_.attempt_timeout;
    post.max_body = options_.max_answer;
    auto response = co_await send_(std::move(post));
    if (!response) co_return std::unexpected(std::move(response).error());
    if (response->status != 200) {
        co_return std::unexpected(rpc_answer::http_error(response->status, response->body));
    }
    co_return std::move(response->body);
}

template <class T>
Task<Result<T>> HttpRpc::call(std::string_view method, json::Ordered params, Parse<T> parse, Repeat repeat) {
    const std::string request = rpc_request::message(next_id_++, method, std::move(params));
    const TimePoint start = clock_.now();
    const int attempts = repeat == Repeat::Yes ? options_.max_attempts : 1;
    for (int attempt = 1;; ++attempt) {
        const auto body = co_await post(request);
        Result<T> answer = body ? parse(*body) : std::unexpected(body.error());
        const bool retryable = !answer && is_retryable(answer.error());
        if (!retryable || attempt >= attempts) {
            if (observer_ && retryable) observer_->gave_up(method, answer.error());
            if (observer_) observer_->finished(method, clock_.now() - start, answer.has_value());
            if (!answer) co_return wrap(std::move(answer).error(), method);
            co_return answer;
        }
        if (observer_) observer_->retried(method, answer.error());
        co_await clock_.sleep_for(backoff_before(attempt + 1));
    }
}

Task<Result<At<std::vector<KeyedAccount>>>> HttpRpc::program_accounts(PublicKey program, Filters filters,
                                                                      ReadAt at) {
    json::Ordered options = account_config(at);
    options["withContext"] = true;
    rpc_request::add_filters(options, filters);
    return call<At<std::vector<KeyedAccount>>>(
        "getProgramAccounts", {program.to_string(), std::move(options)}, rpc_answer::program_accounts);
}

Task<Result<At<std::optional<AccountInfo>>>> HttpRpc::account(PublicKey key, Commitment commitment) {
    return call("getAccountInfo", {key.to_string(), account_config(commitment)},
                result_by(rpc_answer::account));
}

Task<Result<At<std::vector<std::optional<AccountInfo>>>>> HttpRpc::multiple_accounts(
    std::vector<PublicKey> keys, ReadAt at) {
    if (keys.size() > kMaxMultipleAccounts) {
        co_return fail(Errc::LimitExceeded, fmt::format("{} accounts in one request", keys.size()));
    }
    auto list = json::Ordered::array();
    for (const PublicKey& key : keys) list.push_back(key.to_string());
    json::Ordered params = json::Ordered::array({std::move(list), account_config(at)});
    co_return co_await call("getMultipleAccounts", std::move(params),
                            result_by(rpc_answer::multiple_accounts, keys.size()));
}

Task<Result<At<LatestBlockhash>>> HttpRpc::latest_blockhash(Commitment commitment) {
    return call("getLatestBlockhash", one(config(commitment)), result_by(rpc_answer::latest_blockhash));
}

Task<Result<Signature>> HttpRpc::send_transaction(Bytes transaction, SendOptions options) {
    json::Ordered settings = {{"encoding", "base64"},
                              {"skipPreflight", options.skip_preflight},
                              {"preflightCommitment", to_string(options.preflight_commitment)}};
    if (options.max_retries) settings["maxRetries"] = *options.max_retries;
    return call("sendTransaction", {to_base64(transaction), std::move(settings)},
                result_by(rpc_answer::signature), Repeat::No);
}

Task<Result<At<Simulation>>> HttpRpc::simulate_transaction(Bytes transaction, Commitment commitment) {
    return call("simulateTransaction", {to_base64(transaction), account_config(commitment)},
                result_by(rpc_answer::simulation));
}

Task<Result<At<std::vector<std::optional<SignatureStatus>>>>> HttpRpc::signature_statuses(
    std::vector<Signature> signatures) {
    auto list = json::Ordered::array();
    for (const Signature& signature : signatures) list.push_back(signature.to_string());
    json::Ordered settings = {{"searchTransactionHistory", true}};
    return call("getSignatureStatuses", json::Ordered::array({std::move(list), std::move(settings)}),
                result_by(rpc_answer::signature_statuses, signatures.size()));
}

Task<Result<std::optional<TransactionRecord>>> HttpRpc::transaction(Signature signature,
                                                                    Commitment commitment) {
    json::Ordered settings = account_config(commitment);
    settings["maxSupportedTransactionVersion"] = 0;
    return call("getTransaction", {signature.to_string(), std::move(settings)},
                result_by(rpc_answer::transaction));
}

Task<Result<std::vector<SignatureRecord>>> HttpRpc::signatures_for_address(PublicKey address,
                                                                           HistoryRange range) {
    json::Ordered settings = {{"limit", range.limit}};
    if (range.before) settings["before"] = range.before->to_string();
    if (range.until) settings["until"] = range.until->to_string();
    return call("getSignaturesForAddress", {address.to_string(), std::move(settings)},
                result_by(rpc_answer::signatures));
}

Task<Result<At<Lamports>>> HttpRpc::balance(PublicKey key, Commitment commitment) {
    return call("getBalance", {key.to_string(), config(commitment)}, result_by(rpc_answer::balance));
}

Task<Result<Lamports>> HttpRpc::rent_minimum(std::size_t data_bytes) {
    return call("getMinimumBalanceForRentExemption", one(data_bytes), result_by(to_lamports));
}

Task<Result<EpochInfo>> HttpRpc::epoch_info(Commitment commitment) {
    return call("getEpochInfo", one(config(commitment)), result_by(rpc_answer::epoch_info));
}

Task<Result<Slot>> HttpRpc::slot(Commitment commitment) {
    return call("getSlot", one(config(commitment)), result_by(to_slot));
}

Task<Result<std::optional<std::int64_t>>> HttpRpc::block_time(Slot slot) {
    return call("getBlockTime", one(slot.value), result_by(rpc_answer::optional_time));
}

Task<Result<std::string>> HttpRpc::version() {
    return call("getVersion", json::Ordered::array(), result_by(rpc_answer::version));
}

Task<Result<>> HttpRpc::health() {
    // Asked once: an unhealthy node is an answer here, not a fault to wait out.
    return call("getHealth", json::Ordered::array(), result_by(any_result), Repeat::No);
}

Task<Result<Signature>> HttpRpc::airdrop(PublicKey to, Lamports amount) {
    return call("requestAirdrop", json::Ordered::array({to.to_string(), amount.value}),
                result_by(rpc_answer::signature), Repeat::No);
}

}  // namespace dz::ledger
