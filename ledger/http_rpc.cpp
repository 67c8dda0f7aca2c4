#include "ledger/http_rpc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/encoding.hpp"
#include "ledger/rpc_answer.hpp"

namespace dz::ledger {
namespace {

json::Ordered config(Commitment commitment) {
    return {{"commitment", to_string(commitment)}};
}

json::Ordered account_config(Commitment commitment) {
    return {{"encoding", "base64"}, {"commitment", to_string(commitment)}};
}

json::Ordered to_json(const Filters& filters) {
    auto list = json::Ordered::array();
    if (filters.data_size) list.push_back({{"dataSize", *filters.data_size}});
    for (const Memcmp& filter : filters.memcmp) {
        json::Ordered memcmp = {{"offset", filter.offset}, {"bytes", to_base58(filter.bytes)}};
        list.push_back({{"memcmp", std::move(memcmp)}});
    }
    return list;
}

/// The value of an answer that has no slot to go with it.
template <class T>
Result<T> read(const Result<std::string>& body, Result<T> (*parse)(const json::Value&)) {
    if (!body) return std::unexpected(body.error());
    TRY(const json::Value result, rpc_answer::result(*body));
    return parse(result);
}

template <class T>
Result<T> read(const Result<std::string>& body, std::size_t expected,
               Result<T> (*parse)(const json::Value&, std::size_t)) {
    if (!body) return std::unexpected(body.error());
    TRY(const json::Value result, rpc_answer::result(*body));
    return parse(result, expected);
}

/// Cheap check of an answer, so that an error inside it is seen by the retries. Only short bodies can be one.
Result<> check_for_error(std::string_view body) {
    constexpr std::size_t kLongestError = 64U << 10;
    if (body.size() > kLongestError) {
        const std::size_t last = body.find_last_not_of(" \t\r\n");
        if (body[last] != '}') return fail(Errc::Truncated, "the answer ended early");
        return {};
    }
    TRY_OK(rpc_answer::result(body));
    return {};
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

Task<Result<std::string>> HttpRpc::call_once(std::string_view method, std::string request) {
    http::ClientRequest post;
    post.method = "POST";
    post.url = options_.url;
    post.body = std::move(request);
    post.headers = {{"Content-Type", "application/json"}};
    post.connect_timeout = options_.connect_timeout;
    post.timeout = options_.attempt_timeout;
    post.max_body = options_.max_answer;
    auto response = co_await send_(std::move(post));
    if (!response) co_return wrap(std::move(response).error(), method);
    if (response->status != 200)
        co_return wrap(rpc_answer::http_error(response->status, response->body), method);
    if (auto checked = check_for_error(response->body); !checked)
        co_return wrap(std::move(checked).error(), method);
    co_return std::move(response->body);
}

Task<Result<std::string>> HttpRpc::call(std::string_view method, json::Ordered params, Repeat repeat) {
    const json::Ordered envelope = {
        {"jsonrpc", "2.0"}, {"id", next_id_++}, {"method", method}, {"params", std::move(params)}};
    const std::string request = json::dump(envelope);
    const TimePoint start = clock_.now();
    const int attempts = repeat == Repeat::Yes ? std::max(options_.max_attempts, 1) : 1;
    for (int attempt = 1;; ++attempt) {
        auto body = co_await call_once(method, request);
        const bool retryable = !body && is_retryable(body.error());
        if (!retryable || attempt >= attempts) {
            if (observer_ && retryable) observer_->gave_up(method, body.error());
            if (observer_) observer_->finished(method, clock_.now() - start, body.has_value());
            co_return body;
        }
        if (observer_) observer_->retried(method, body.error());
        co_await clock_.sleep_for(backoff_before(attempt + 1));
    }
}

Task<Result<At<std::vector<KeyedAccount>>>> HttpRpc::program_accounts(PublicKey program, Filters filters,
                                                                      Commitment commitment) {
    json::Ordered options = account_config(commitment);
    options["withContext"] = true;
    if (!filters.memcmp.empty() || filters.data_size) options["filters"] = to_json(filters);
    auto body = co_await call("getProgramAccounts", {program.to_string(), std::move(options)});
    if (!body) co_return std::unexpected(std::move(body).error());
    co_return rpc_answer::program_accounts(*body);
}

Task<Result<At<std::optional<AccountInfo>>>> HttpRpc::account(PublicKey key, Commitment commitment) {
    const auto body = co_await call("getAccountInfo", {key.to_string(), account_config(commitment)});
    co_return read(body, rpc_answer::account);
}

Task<Result<At<std::vector<std::optional<AccountInfo>>>>> HttpRpc::multiple_accounts(
    std::vector<PublicKey> keys, Commitment commitment) {
    if (keys.size() > kMaxMultipleAccounts) {
        co_return fail(Errc::LimitExceeded, fmt::format("{} accounts in one request", keys.size()));
    }
    auto list = json::Ordered::array();
    for (const PublicKey& key : keys) list.push_back(key.to_string());
    json::Ordered params = json::Ordered::array({std::move(list), account_config(commitment)});
    const auto body = co_await call("getMultipleAccounts", std::move(params));
    co_return read(body, keys.size(), rpc_answer::multiple_accounts);
}

Task<Result<At<LatestBlockhash>>> HttpRpc::latest_blockhash(Commitment commitment) {
    const auto body = co_await call("getLatestBlockhash", json::Ordered::array({config(commitment)}));
    co_return read(body, rpc_answer::latest_blockhash);
}

Task<Result<Signature>> HttpRpc::send_transaction(Bytes transaction, SendOptions options) {
    json::Ordered settings = {{"encoding", "base64"},
                              {"skipPreflight", options.skip_preflight},
                              {"preflightCommitment", to_string(options.preflight_commitment)}};
    if (options.max_retries) settings["maxRetries"] = *options.max_retries;
    json::Ordered params = json::Ordered::array({to_base64(transaction), std::move(settings)});
    const auto body = co_await call("sendTransaction", std::move(params), Repeat::No);
    co_return read(body, rpc_answer::signature);
}

Task<Result<At<Simulation>>> HttpRpc::simulate_transaction(Bytes transaction, Commitment commitment) {
    json::Ordered params = json::Ordered::array({to_base64(transaction), account_config(commitment)});
    const auto body = co_await call("simulateTransaction", std::move(params));
    co_return read(body, rpc_answer::simulation);
}

Task<Result<At<std::vector<std::optional<SignatureStatus>>>>> HttpRpc::signature_statuses(
    std::vector<Signature> signatures) {
    auto list = json::Ordered::array();
    for (const Signature& signature : signatures) list.push_back(signature.to_string());
    json::Ordered settings = {{"searchTransactionHistory", true}};
    json::Ordered params = json::Ordered::array({std::move(list), std::move(settings)});
    const auto body = co_await call("getSignatureStatuses", std::move(params));
    co_return read(body, signatures.size(), rpc_answer::signature_statuses);
}

Task<Result<std::optional<TransactionRecord>>> HttpRpc::transaction(Signature signature,
                                                                    Commitment commitment) {
    json::Ordered settings = account_config(commitment);
    settings["maxSupportedTransactionVersion"] = 0;
    const auto body = co_await call("getTransaction", {signature.to_string(), std::move(settings)});
    co_return read(body, rpc_answer::transaction);
}

Task<Result<std::vector<SignatureRecord>>> HttpRpc::signatures_for_address(PublicKey address,
                                                                           HistoryRange range) {
    json::Ordered settings = {{"limit", range.limit}};
    if (range.before) settings["before"] = range.before->to_string();
    if (range.until) settings["until"] = range.until->to_string();
    const auto body = co_await call("getSignaturesForAddress", {address.to_string(), std::move(settings)});
    co_return read(body, rpc_answer::signatures);
}

Task<Result<At<Lamports>>> HttpRpc::balance(PublicKey key, Commitment commitment) {
    const auto body = co_await call("getBalance", {key.to_string(), config(commitment)});
    co_return read(body, rpc_answer::balance);
}

Task<Result<Lamports>> HttpRpc::rent_minimum(std::size_t data_bytes) {
    const auto body =
        co_await call("getMinimumBalanceForRentExemption", json::Ordered::array({json::Ordered(data_bytes)}));
    CO_TRY(const std::uint64_t value, read(body, rpc_answer::number));
    co_return Lamports{value};
}

Task<Result<EpochInfo>> HttpRpc::epoch_info(Commitment commitment) {
    const auto body = co_await call("getEpochInfo", json::Ordered::array({config(commitment)}));
    co_return read(body, rpc_answer::epoch_info);
}

Task<Result<Slot>> HttpRpc::slot(Commitment commitment) {
    const auto body = co_await call("getSlot", json::Ordered::array({config(commitment)}));
    CO_TRY(const std::uint64_t value, read(body, rpc_answer::number));
    co_return Slot{value};
}

Task<Result<std::optional<std::int64_t>>> HttpRpc::block_time(Slot slot) {
    const auto body = co_await call("getBlockTime", json::Ordered::array({json::Ordered(slot.value)}));
    co_return read(body, rpc_answer::optional_time);
}

Task<Result<std::string>> HttpRpc::version() {
    const auto body = co_await call("getVersion", json::Ordered::array());
    co_return read(body, rpc_answer::version);
}

Task<Result<>> HttpRpc::health() {
    // Asked once: an unhealthy node is an answer here, not a fault to wait out.
    const auto body = co_await call("getHealth", json::Ordered::array(), Repeat::No);
    if (!body) co_return std::unexpected(body.error());
    co_return Result<>{};
}

Task<Result<Signature>> HttpRpc::airdrop(PublicKey to, Lamports amount) {
    json::Ordered params = json::Ordered::array({to.to_string(), json::Ordered(amount.value)});
    const auto body = co_await call("requestAirdrop", std::move(params), Repeat::No);
    co_return read(body, rpc_answer::signature);
}

}  // namespace dz::ledger
