#include "chain/devnet/subscriptions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chain/devnet/account_json.hpp"

namespace dz::devnet {

namespace {

constexpr std::array kCommitments = {Commitment::Processed, Commitment::Confirmed, Commitment::Finalized};

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// The ids that wait for `key`; a copy, since telling may end them.
template <class Key>
std::vector<SubscriptionId> waiting_for(const std::multimap<Key, SubscriptionId>& index, const Key& key) {
    const auto [first, last] = index.equal_range(key);
    std::vector<SubscriptionId> ids;
    for (auto entry = first; entry != last; ++entry) ids.push_back(entry->second);
    return ids;
}

template <class Key>
void erase(std::multimap<Key, SubscriptionId>& index, const Key& key, SubscriptionId id) {
    const auto [first, last] = index.equal_range(key);
    const auto found = std::find_if(first, last, [id](const auto& entry) { return entry.second == id; });
    if (found != last) index.erase(found);
}

std::string account_text(const AccountPointer& account, const ReadConfig& config) {
    static const AccountState kClosed;
    std::string text;
    append_notified_account(account ? *account : kClosed, config, text);
    return text;
}

std::string error_text(const std::optional<ledger::TransactionError>& error) {
    return error ? json::dump(ledger::to_json(*error)) : "null";
}

}  // namespace

Subscriptions::Subscriptions(Ledger& ledger) : ledger_(ledger) {
    for (const Commitment commitment : kCommitments) board(commitment).seen = ledger.accounts().newest();
    slot_ = ledger.view(Commitment::Processed).slot;
    root_ = ledger.view(Commitment::Finalized).slot;
    ledger.watch(this);
}

Subscriptions::~Subscriptions() {
    ledger_.watch(nullptr);
}

// ---- Who wants what

SubscriptionId Subscriptions::add(Topic topic, Subscriber& subscriber) {
    const SubscriptionId id = ++last_id_;
    index(id, topic);
    all_.emplace(id, Subscription{std::move(topic), &subscriber});
    return id;
}

void Subscriptions::index(SubscriptionId id, const Topic& topic) {
    std::visit(
        Overloaded{
            [&](const AccountTopic& wish) { board(wish.config.commitment).accounts.emplace(wish.key, id); },
            [&](const ProgramTopic& wish) {
                board(wish.config.commitment).programs.emplace(wish.program, id);
            },
            [&](const SignatureTopic& wish) {
                board(wish.commitment).signatures.emplace(wish.signature, id);
            },
            [&](const LogsTopic& wish) { board(wish.commitment).logs.insert(id); },
            [&](const SlotTopic&) { slots_.insert(id); }, [&](const RootTopic&) { roots_.insert(id); }},
        topic);
}

void Subscriptions::remove(SubscriptionId id) {
    const auto found = all_.find(id);
    if (found == all_.end()) return;
    std::visit(
        Overloaded{
            [&](const AccountTopic& wish) { erase(board(wish.config.commitment).accounts, wish.key, id); },
            [&](const ProgramTopic& wish) {
                erase(board(wish.config.commitment).programs, wish.program, id);
            },
            [&](const SignatureTopic& wish) { erase(board(wish.commitment).signatures, wish.signature, id); },
            [&](const LogsTopic& wish) { board(wish.commitment).logs.erase(id); },
            [&](const SlotTopic&) { slots_.erase(id); }, [&](const RootTopic&) { roots_.erase(id); }},
        found->second.topic);
    all_.erase(found);
}

void Subscriptions::catch_up(SubscriptionId id) {
    const auto found = all_.find(id);
    if (found == all_.end()) return;
    const auto* const wish = std::get_if<SignatureTopic>(&found->second.topic);
    if (wish == nullptr) return;
    const auto status = ledger_.status(wish->signature);
    if (!status || status->commitment < wish->commitment) return;
    tell(id, at_slot(ledger_.view(wish->commitment).slot,
                     fmt::format(R"({{"err":{}}})", error_text(status->error))));
    finish(id);
}

void Subscriptions::tell(SubscriptionId id, std::string_view result) {
    const Subscription& subscription = all_.at(id);
    subscription.subscriber->notify(notification(subscription.topic, id, result));
}

void Subscriptions::finish(SubscriptionId id) {
    Subscriber& subscriber = *all_.at(id).subscriber;
    remove(id);
    subscriber.ended(id);
}

// ---- What the ledger reports

void Subscriptions::received(const Signature& signature) {
    const std::uint64_t slot = ledger_.view(Commitment::Processed).slot;
    for (const Board& board : boards_) {
        for (const SubscriptionId id : waiting_for(board.signatures, signature)) {
            if (!std::get<SignatureTopic>(all_.at(id).topic).wants_received) continue;
            tell(id, at_slot(slot, R"("receivedSignature")"));
        }
    }
}

void Subscriptions::executed(const Record& record, Version version, const std::vector<AccountWrite>& before) {
    Event event{version, record.signature, record.error, record.log, record.addresses, {}};
    for (const auto& [key, state] : before) {
        event.changes.emplace_back(key, Change{state, ledger_.accounts().find(key)});
    }
    events_.push_back(std::move(event));
}

void Subscriptions::moved() {
    for (const Commitment commitment : kCommitments) publish(commitment);
    publish_slots();
    // Nobody can be told of it any more.
    const Version settled = board(Commitment::Finalized).seen;
    while (!events_.empty() && events_.front().version <= settled) events_.pop_front();
}

// ---- What subscribers are told

void Subscriptions::publish(Commitment commitment) {
    const View view = ledger_.view(commitment);
    Board& told = board(commitment);
    const auto first = std::ranges::upper_bound(events_, told.seen, {}, &Event::version);
    const auto last = std::ranges::upper_bound(events_, view.version, {}, &Event::version);
    told.seen = std::max(told.seen, view.version);
    if (first >= last) return;
    const Events events(first, last);
    for (const Event& event : events) {
        publish_logs(told, event, view.slot);
        publish_signature(told, event, view.slot);
    }
    if (!told.accounts.empty() || !told.programs.empty()) publish_accounts(told, events, view.slot);
}

void Subscriptions::publish_accounts(const Board& board, const Events& events, std::uint64_t slot) {
    std::map<PublicKey, Change> changed;
    for (const Event& event : events) {
        for (const auto& [key, change] : event.changes) {
            changed.try_emplace(key, change).first->second.after = change.after;
        }
    }
    for (const auto& [key, change] : changed) {
        for (const SubscriptionId id : waiting_for(board.accounts, key)) {
            tell_account(id, change.after, slot);
        }
        // What is gone belongs to whom it belonged to.
        const AccountPointer& owned = change.after ? change.after : change.before;
        if (!owned) continue;
        for (const SubscriptionId id : waiting_for(board.programs, owned->owner)) {
            tell_program(id, key, change, slot);
        }
    }
}

void Subscriptions::tell_account(SubscriptionId id, const AccountPointer& account, std::uint64_t slot) {
    const auto& wish = std::get<AccountTopic>(all_.at(id).topic);
    tell(id, at_slot(slot, account_text(account, wish.config)));
}

void Subscriptions::tell_program(SubscriptionId id, const PublicKey& key, const Change& change,
                                 std::uint64_t slot) {
    const auto& wish = std::get<ProgramTopic>(all_.at(id).topic);
    const AccountPointer& owned = change.after ? change.after : change.before;
    if (!matches(owned->data, wish.filters)) return;
    tell(id, at_slot(slot, fmt::format(R"({{"pubkey":"{}","account":{}}})", key.to_string(),
                                       account_text(change.after, wish.config))));
}

void Subscriptions::publish_logs(const Board& board, const Event& event, std::uint64_t slot) {
    std::string result;
    for (const SubscriptionId id : board.logs) {
        const auto& wish = std::get<LogsTopic>(all_.at(id).topic);
        if (wish.mentions && std::ranges::find(event.addresses, *wish.mentions) == event.addresses.end()) {
            continue;
        }
        if (result.empty()) {
            const json::Ordered value = {
                {"signature", event.signature.to_string()},
                {"err", event.error ? ledger::to_json(*event.error) : json::Ordered()},
                {"logs", event.log}};
            result = at_slot(slot, json::dump(value));
        }
        tell(id, result);
    }
}

void Subscriptions::publish_signature(Board& board, const Event& event, std::uint64_t slot) {
    for (const SubscriptionId id : waiting_for(board.signatures, event.signature)) {
        tell(id, at_slot(slot, fmt::format(R"({{"err":{}}})", error_text(event.error))));
        finish(id);
    }
}

void Subscriptions::publish_slots() {
    const std::uint64_t slot = ledger_.view(Commitment::Processed).slot;
    const std::uint64_t root = ledger_.view(Commitment::Finalized).slot;
    if (slot > slot_) {
        for (const SubscriptionId id : slots_) {
            tell(id, fmt::format(R"({{"parent":{},"root":{},"slot":{}}})", slot - 1, root, slot));
        }
    }
    if (root > root_) {
        for (const SubscriptionId id : roots_) tell(id, std::to_string(root));
    }
    slot_ = std::max(slot_, slot);
    root_ = std::max(root_, root);
}

}  // namespace dz::devnet
