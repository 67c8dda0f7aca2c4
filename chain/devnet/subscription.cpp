#include "chain/devnet/subscription.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dz::devnet {

namespace {

/// In the order of `Topic`'s alternatives.
constexpr std::array<std::string_view, std::variant_size_v<Topic>> kNames = {
    "account", "program", "signature", "logs", "slot", "root"};

Answer<std::optional<Topic>> read_account(const Params& params) {
    TRY(const auto key, params.key(0, "pubkey"));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    return AccountTopic{key, config};
}

Answer<std::optional<Topic>> read_program(const Params& params) {
    TRY(const auto program, params.key(0, "program"));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(auto filters, read_filters(raw));
    return ProgramTopic{program, std::move(filters), config};
}

Answer<std::optional<Topic>> read_signature(const Params& params) {
    TRY(const auto signature, params.signature(0, "signature"));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    TRY(const bool received, flag(raw, "enableReceivedNotification", false));
    return SignatureTopic{signature, config.commitment, received};
}

Answer<std::optional<ledger::PublicKey>> read_mentions(const json::Value* filter) {
    if (filter == nullptr) return invalid_params("filter is missing");
    if (*filter == "all" || *filter == "allWithVotes") return std::nullopt;
    const auto list = filter->is_object() ? filter->find("mentions") : filter->end();
    if (!filter->is_object() || list == filter->end() || !list->is_array()) {
        return invalid_params(R"(filter must be "all", "allWithVotes" or {"mentions":[address]})");
    }
    if (list->size() != 1) return invalid_params("Only 1 address supported");
    const json::Value& addresses = *list;
    TRY(const auto key, Params(&addresses).key(0, "mentions"));
    return key;
}

Answer<std::optional<Topic>> read_logs(const Params& params) {
    TRY(auto mentions, read_mentions(params.at(0)));
    TRY(const auto raw, params.config(1));
    TRY(const ReadConfig config, read_config(raw));
    return LogsTopic{mentions, config.commitment};
}

}  // namespace

Answer<std::optional<Topic>> read_topic(std::string_view method, const Params& params) {
    if (method == "accountSubscribe") return read_account(params);
    if (method == "programSubscribe") return read_program(params);
    if (method == "signatureSubscribe") return read_signature(params);
    if (method == "logsSubscribe") return read_logs(params);
    if (method == "slotSubscribe") return SlotTopic{};
    if (method == "rootSubscribe") return RootTopic{};
    return std::nullopt;
}

bool is_unsubscribe(std::string_view method) {
    constexpr std::string_view kSuffix = "Unsubscribe";
    if (!method.ends_with(kSuffix)) return false;
    method.remove_suffix(kSuffix.size());
    return std::ranges::find(kNames, method) != kNames.end();
}

std::string notification(const Topic& topic, SubscriptionId id, std::string_view result) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"{}Notification","params":{{"result":{},"subscription":{}}}}})",
        kNames[topic.index()], result, id);
}

std::string at_slot(std::uint64_t slot, std::string_view value) {
    return fmt::format(R"({{"context":{{"slot":{}}},"value":{}}})", slot, value);
}

}  // namespace dz::devnet
