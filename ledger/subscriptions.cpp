#include "ledger/subscriptions.hpp"

#include <algorithm>

#include "ledger/rpc_answer.hpp"
#include "ledger/rpc_request.hpp"

namespace dz::ledger {

namespace {

std::string_view kind_of(const Topic& topic) {
    return std::holds_alternative<AccountTopic>(topic) ? "account" : "program";
}

json::Ordered params_of(const Topic& topic, Commitment commitment) {
    json::Ordered config = rpc_request::account_config(commitment);
    if (const auto* account = std::get_if<AccountTopic>(&topic))
        return json::Ordered::array({account->key.to_string(), std::move(config)});
    const auto& program = std::get<ProgramTopic>(topic);
    rpc_request::add_filters(config, program.filters);
    return json::Ordered::array({program.program.to_string(), std::move(config)});
}

}  // namespace

bool is_closed(const AccountInfo& account) {
    return account.lamports.value == 0 && account.data.empty();
}

void Subscriptions::want(std::vector<Topic> topics) {
    for (Entry& entry : entries_) {
        const bool wanted = std::ranges::find(topics, entry.topic) != topics.end();
        if (entry.wanted && !wanted && entry.id) unsubscribe(entry);
        entry.wanted = wanted;
    }
    // One that waits for its number cannot be ended before it has come.
    std::erase_if(entries_, [](const Entry& entry) { return !entry.wanted && entry.id; });
    for (Topic& topic : topics) {
        if (std::ranges::find(entries_, topic, &Entry::topic) != entries_.end()) continue;
        subscribe(entries_.emplace_back(Entry{.topic = std::move(topic)}));
    }
}

void Subscriptions::restart() {
    requests_.clear();
    std::erase_if(entries_, [](const Entry& entry) { return !entry.wanted; });
    for (Entry& entry : entries_) subscribe(entry);
}

void Subscriptions::subscribe(Entry& entry) {
    entry.request = ++last_request_;
    entry.id.reset();
    requests_.push_back(rpc_request::message(entry.request, std::string(kind_of(entry.topic)) + "Subscribe",
                                             params_of(entry.topic, commitment_)));
}

void Subscriptions::unsubscribe(const Entry& entry) {
    requests_.push_back(rpc_request::message(++last_request_,
                                             std::string(kind_of(entry.topic)) + "Unsubscribe",
                                             json::Ordered::array({*entry.id})));
}

std::vector<std::string> Subscriptions::take_requests() {
    return std::exchange(requests_, {});
}

bool Subscriptions::complete() const {
    return std::ranges::all_of(entries_, [](const Entry& entry) { return entry.id || !entry.wanted; });
}

Result<std::optional<AccountChange>> Subscriptions::on(std::string_view message) {
    TRY(const json::Value json, json::parse(message));
    if (!json.is_object()) return fail(Errc::BadValue, "the message is not an object");
    if (json.contains("method")) {
        TRY(const auto* params, json::object(json, "params"));
        return on_notification(*params);
    }
    TRY_OK(on_answer(json));
    return std::nullopt;
}

/// Answers to `unsubscribe` belong to nobody.
Result<> Subscriptions::on_answer(const json::Value& message) {
    const auto number = json::natural(message, "id");
    const auto error = message.find("error");
    const bool refused = error != message.end() && !error->is_null();
    // A request that could not even be read is answered without its number.
    if (!number) return fail(Errc::BadValue, "an answer without the number of its request");
    const auto entry = std::ranges::find(entries_, *number, &Entry::request);
    if (entry == entries_.end()) return {};
    if (refused) return wrap(rpc_answer::server_error(*error), "subscription refused");
    TRY(entry->id, json::natural(message, "result"));
    if (entry->wanted) return {};
    unsubscribe(*entry);
    entries_.erase(entry);
    return {};
}

Result<std::optional<AccountChange>> Subscriptions::on_notification(const json::Value& params) const {
    TRY(const auto id, json::natural(params, "subscription"));
    const auto entry = std::ranges::find(entries_, id, &Entry::id);
    // What was under way when the subscription ended.
    if (entry == entries_.end() || !entry->wanted) return std::nullopt;
    TRY(const auto* result, json::object(params, "result"));
    if (const auto* topic = std::get_if<AccountTopic>(&entry->topic)) {
        TRY(auto answer, rpc_answer::account(*result));
        return AccountChange{answer.slot, topic->key, std::move(answer.value).value_or(AccountInfo{})};
    }
    TRY(auto answer, rpc_answer::keyed_account(*result));
    return AccountChange{answer.slot, answer.value.key, std::move(answer.value.account)};
}

}  // namespace dz::ledger
