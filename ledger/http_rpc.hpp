// ledger/http_rpc.hpp: `Rpc` over JSON-RPC 2.0 by HTTP POST, with retries of reads (daemon.md 3.2).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "base/json.hpp"
#include "ledger/rpc.hpp"

namespace dz::ledger {

/// What happened on the way to an answer: for metrics. Called on the loop's thread.
class RpcObserver {
  public:
    virtual ~RpcObserver() = default;
    /// An attempt failed and another follows.
    virtual void retried(std::string_view /*method*/, const Error& /*error*/) {}
    /// All attempts failed with errors worth repeating.
    virtual void gave_up(std::string_view /*method*/, const Error& /*error*/) {}
    /// A call is over, its retries included.
    virtual void finished(std::string_view /*method*/, Duration /*took*/, bool /*ok*/) {}
};

struct HttpRpcOptions {
    std::string url;
    Duration connect_timeout = 10s;
    Duration attempt_timeout = 10s;
    /// Of reads. Sending a transaction and asking for an airdrop are done once.
    int max_attempts = 4;
    /// Wait before attempt n: n-1 times this, at most `max_backoff`, then a random part of its upper half.
    Duration backoff = 500ms;
    Duration max_backoff = 5s;
    std::size_t max_answer = 256U << 20;
};

/// Keeps no state between calls but the request number. Everything it refers to must outlive it.
class HttpRpc final : public Rpc {
  public:
    using Send = std::function<Task<Result<http::ClientResponse>>(http::ClientRequest)>;

    HttpRpc(HttpRpcOptions options, http::Client& client, Clock& clock, RpcObserver* observer = nullptr);
    /// With another way to carry the request, for tests.
    HttpRpc(HttpRpcOptions options, Send send, Clock& clock, RpcObserver* observer = nullptr);

    const std::string& url() const { return options_.url; }

    Task<Result<At<std::vector<KeyedAccount>>>> program_accounts(PublicKey program, Filters filters,
                                                                 ReadAt at) override;
    Task<Result<At<std::optional<AccountInfo>>>> account(PublicKey key, Commitment commitment) override;
    Task<Result<At<std::vector<std::optional<AccountInfo>>>>> multiple_accounts(std::vector<PublicKey> keys,
                                                                                ReadAt at) override;
    Task<Result<At<LatestBlockhash>>> latest_blockhash(Commitment commitment) override;
    Task<Result<Signature>> send_transaction(Bytes transaction, SendOptions options) override;
    Task<Result<At<Simulation>>> simulate_transaction(Bytes transaction, Commitment commitment) override;
    Task<Result<At<std::vector<std::optional<SignatureStatus>>>>> signature_statuses(
        std::vector<Signature> signatures) override;
    Task<Result<std::optional<TransactionRecord>>> transaction(Signature signature,
                                                               Commitment commitment) override;
    Task<Result<std::vector<SignatureRecord>>> signatures_for_address(PublicKey address,
                                                                      HistoryRange range) override;
    Task<Result<At<Lamports>>> balance(PublicKey key, Commitment commitment) override;
    Task<Result<Lamports>> rent_minimum(std::size_t data_bytes) override;
    Task<Result<EpochInfo>> epoch_info(Commitment commitment) override;
    Task<Result<Slot>> slot(Commitment commitment) override;
    Task<Result<std::optional<std::int64_t>>> block_time(Slot slot) override;
    Task<Result<std::string>> version() override;
    Task<Result<>> health() override;
    Task<Result<Signature>> airdrop(PublicKey to, Lamports amount) override;

  private:
    enum class Repeat { Yes, No };
    /// An answer's body to a value; an error that may pass makes a read start over.
    template <class T>
    using Parse = std::function<Result<T>(std::string_view)>;

    template <class T>
    Task<Result<T>> call(std::string_view method, json::Ordered params, Parse<T> parse,
                         Repeat repeat = Repeat::Yes);
    Task<Result<std::string>> post(std::string request);
    Duration backoff_before(int attempt) const;

    HttpRpcOptions options_;
    Send send_;
    Clock& clock_;
    RpcObserver* observer_;
    std::uint64_t next_id_ = 1;
};

}  // namespace dz::ledger
