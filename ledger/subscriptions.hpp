// ledger/subscriptions.hpp: what a client subscribes to over one WebSocket connection (ledger.md 4.1), no
// I/O.
//
//     Subscriptions subscriptions(Commitment::Confirmed);
//     subscriptions.want({AccountTopic{key}, ProgramTopic{program, filters}});
//     for (auto& request : subscriptions.take_requests()) connection.send(std::move(request));
//     const auto change = subscriptions.on(message);
//
// What a server tells, by Solana's PubSub: an account in full each time it has changed. A program's
// subscribers are told of accounts that pass the filters after the change, so most servers do not tell them
// that an account was closed; whoever must know follows that account by its key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "ledger/rpc.hpp"

namespace dz::ledger {

/// One account.
struct AccountTopic {
    PublicKey key;
    bool operator==(const AccountTopic&) const = default;
};
/// The accounts of a program that pass all filters.
struct ProgramTopic {
    PublicKey program;
    Filters filters;
    bool operator==(const ProgramTopic&) const = default;
};
using Topic = std::variant<AccountTopic, ProgramTopic>;

/// What an account is since `slot`.
struct AccountChange {
    Slot slot;
    PublicKey key;
    AccountInfo account;  ///< of a closed one: no lamports, no data
    bool operator==(const AccountChange&) const = default;
};
bool is_closed(const AccountInfo& account);

class Subscriptions {
  public:
    explicit Subscriptions(Commitment commitment) : commitment_(commitment) {}

    /// Replaces what is wanted. The difference to before becomes requests.
    void want(std::vector<Topic> topics);

    /// A new connection, which knows nothing of the last one: all that is wanted becomes requests.
    void restart();

    /// What is to be sent, in order.
    std::vector<std::string> take_requests();

    /// Takes a message of the server: a change of an account, or nothing of interest. Errors, which make the
    /// connection useless: BadValue (no message of PubSub), Rejected and Unavailable (a subscription is
    /// refused, in the server's words).
    Result<std::optional<AccountChange>> on(std::string_view message);

    /// The server has confirmed everything that is wanted.
    bool complete() const;

    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        Topic topic;
        std::uint64_t request = 0;          ///< its number
        std::optional<std::uint64_t> id{};  ///< the server's, once confirmed
        bool wanted = true;
    };

    void subscribe(Entry& entry);
    void unsubscribe(const Entry& entry);
    Result<> on_answer(const json::Value& message);
    Result<std::optional<AccountChange>> on_notification(const json::Value& params) const;

    Commitment commitment_;
    std::uint64_t last_request_ = 0;
    std::vector<Entry> entries_;
    std::vector<std::string> requests_;
};

}  // namespace dz::ledger
