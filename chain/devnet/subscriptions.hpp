// chain/devnet/subscriptions.hpp: who is told what, as each commitment moves on.
//
// The ledger reports each transaction once, when it is executed. Its effects are kept until they are final,
// and each commitment walks through them at its own pace, always as far as `Ledger::view` of that commitment:
// what a subscriber was told is what a read with the same commitment finds. Several changes of an account
// that a commitment comes to see at once are one notification.
//
// An account that is closed is notified once more, without lamports and data and owned by the system program.
// To programSubscribe that goes by what the account was, which is more than Solana's nodes tell.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <set>

#include "chain/devnet/ledger.hpp"
#include "chain/devnet/subscription.hpp"
#include "chain/devnet/watcher.hpp"

namespace dz::devnet {

/// Where notifications go. Must not subscribe or unsubscribe while it is called.
class Subscriber {
  public:
    virtual ~Subscriber() = default;
    virtual void notify(std::string message) = 0;
    /// The subscription has told all it had to tell.
    virtual void ended(SubscriptionId id) = 0;
};

/// Watches `ledger` for as long as it lives. One thread.
class Subscriptions final : public Watcher {
  public:
    explicit Subscriptions(Ledger& ledger);
    ~Subscriptions() override;
    Subscriptions(const Subscriptions&) = delete;
    Subscriptions& operator=(const Subscriptions&) = delete;

    /// `subscriber` must live until the subscription has ended or is removed.
    SubscriptionId add(Topic topic, Subscriber& subscriber);
    /// Tells what has come about before: to be called when the subscriber knows the subscription's id.
    void catch_up(SubscriptionId id);
    void remove(SubscriptionId id);
    std::size_t size() const { return all_.size(); }

    void received(const Signature& signature) override;
    void executed(const Record& record, Version version, const std::vector<AccountWrite>& before) override;
    void moved() override;

  private:
    struct Subscription {
        Topic topic;
        Subscriber* subscriber;
    };
    struct Change {
        AccountPointer before, after;  ///< null = no such account
    };
    struct Event {
        Version version;
        Signature signature;
        std::optional<ledger::TransactionError> error;
        std::vector<std::string> log;
        std::vector<PublicKey> addresses;
        std::vector<std::pair<PublicKey, Change>> changes;
    };
    using Events = std::ranges::subrange<std::deque<Event>::const_iterator>;
    /// The subscriptions of one commitment, by what they wait for, and how far it is.
    struct Board {
        Version seen = 0;
        std::multimap<PublicKey, SubscriptionId> accounts, programs;
        std::multimap<Signature, SubscriptionId> signatures;
        std::set<SubscriptionId> logs;
    };

    Board& board(Commitment commitment) { return boards_[static_cast<std::size_t>(commitment)]; }
    void index(SubscriptionId id, const Topic& topic);
    void publish(Commitment commitment);
    void publish_accounts(const Board& board, const Events& events, std::uint64_t slot);
    void publish_logs(const Board& board, const Event& event, std::uint64_t slot);
    void publish_signature(Board& board, const Event& event, std::uint64_t slot);
    void publish_slots();
    void tell_account(SubscriptionId id, const AccountPointer& account, std::uint64_t slot);
    void tell_program(SubscriptionId id, const PublicKey& key, const Change& change, std::uint64_t slot);
    void tell(SubscriptionId id, std::string_view result);
    void finish(SubscriptionId id);

    Ledger& ledger_;
    SubscriptionId last_id_ = 0;
    std::map<SubscriptionId, Subscription> all_;
    std::array<Board, 3> boards_;
    std::set<SubscriptionId> slots_, roots_;
    std::deque<Event> events_;
    std::uint64_t slot_ = 0;
    std::uint64_t root_ = 0;
};

}  // namespace dz::devnet
