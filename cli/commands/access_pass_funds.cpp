// access_pass_funds.cpp: access-pass user-balances and fund (cli.md 1.3, 7.7).
#include <fmt/format.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/pass_funds.hpp"
#include "cli/record.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

struct Balance {
    PassHolder holder;
    Lamports has;
    Lamports missing() const { return {holder.required.value - std::min(holder.required.value, has.value)}; }
};

Task<Result<std::vector<Balance>>> balances(Context& context) {
    CO_TRY(const Catalogue all,
           co_await read_kinds(context,
                               {ledger::GlobalState::kType, ledger::AccessPass::kType, ledger::User::kType}));
    const ledger::GlobalState* const state = all->global_state();
    std::vector<Balance> out;
    for (const PassHolder& holder : pass_holders(*all, {state == nullptr ? 0 : state->user_airdrop_lamports}))
        out.push_back({holder, {}});
    for (std::size_t first = 0; first < out.size(); first += ledger::Rpc::kMaxMultipleAccounts) {
        const std::size_t end = std::min(out.size(), first + ledger::Rpc::kMaxMultipleAccounts);
        std::vector<ledger::PublicKey> keys;
        keys.reserve(end - first);
        for (std::size_t i = first; i < end; ++i) keys.push_back(out[i].holder.user_payer);
        const auto answer =
            co_await context.rpc.multiple_accounts(std::move(keys), ledger::Commitment::Confirmed);
        if (!answer) co_return ledger_failure(context, "cannot read the balances", answer.error());
        for (std::size_t i = first; i < end; ++i) {
            const auto& account = answer->value.at(i - first);
            if (account) out[i].has = account->lamports;
        }
    }
    co_return out;
}

Record to_record(std::size_t index, const Balance& balance) {
    const auto add = [](Record& to, std::string_view key, Lamports amount) {
        to.add(key, amount.value, {.text = credits(amount)});
    };
    Record record;
    record.add("index", index, {.title = "#"});
    record.add("user_payer", balance.holder.user_payer.to_string());
    record.add("access_passes", balance.holder.passes);
    record.add("unicast", balance.holder.unicast, {.title = "connected_unicast"});
    record.add("multicast", balance.holder.multicast, {.title = "connected_multicast"});
    add(record, "balance", balance.has);
    add(record, "required", balance.holder.required);
    add(record, "missing", balance.missing());
    return record;
}

Task<Result<>> user_balances(None, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const auto rows, co_await balances(context));
    std::vector<Record> records;
    records.reserve(rows.size());
    for (const Balance& row : rows) records.push_back(to_record(records.size() + 1, row));
    print_list(out, style, to_record(0, {}), records);
    co_return Result<>{};
}

/// "0.25": lamports.
Result<std::uint64_t> parse_credits(std::string_view text) {
    constexpr std::uint64_t kPerCredit = 1'000'000'000, kMostCredits = 1'000'000'000;
    constexpr std::size_t kPlaces = 9;
    const std::size_t point = text.find('.');
    std::string places(point == std::string_view::npos ? "0" : text.substr(point + 1));
    const bool exact = !places.empty() && places.size() <= kPlaces;
    places.resize(kPlaces, '0');
    const auto whole = Value<std::uint64_t>::parse(text.substr(0, point));
    const auto rest = Value<std::uint64_t>::parse(places);
    if (!exact || !whole || !rest || *whole > kMostCredits)
        return fail(Errc::BadValue, "not a number of credits such as 2 or 0.25, with up to 9 places");
    return *whole * kPerCredit + *rest;
}

struct Fund {
    std::optional<KeyOrMe> user_payer;
    std::optional<std::uint64_t> min_balance;  ///< lamports
    bool force = false;
};

/// Errors when the signer does not have `sum`.
Task<Result<>> expect_funds(Lamports sum, Context& context, ledger::PublicKey payer) {
    const auto has = co_await context.rpc.balance(payer, ledger::Commitment::Confirmed);
    if (!has) co_return ledger_failure(context, "cannot read the balance", has.error());
    if (has->value < sum)
        co_return failure(fmt::format("this takes {} and key {} has {}", credits(sum), payer.to_string(),
                                      credits(has->value)),
                          "", "give that key more, or use another one with --keypair");
    co_return Result<>{};
}

/// One transfer for each key that has too little, but for the signer: nobody can fund himself.
Task<Result<>> fund(Fund options, Draft& draft) {
    CO_TRY(auto rows, co_await balances(draft.context()));
    if (options.user_payer) {
        const ledger::PublicKey wanted = options.user_payer->or_payer(draft.payer());
        std::erase_if(rows, [&](const Balance& row) { return row.holder.user_payer != wanted; });
        if (rows.empty())
            co_return failure(fmt::format("key {} has no access pass", wanted.to_string()), "",
                              "doublezero access-pass user-balances", Errc::NotFound);
    }
    Lamports sum;
    for (Balance& row : rows) {
        row.holder.required.value = std::max(row.holder.required.value, options.min_balance.value_or(0));
        const Lamports missing = row.missing();
        if (missing.value == 0) continue;
        if (row.holder.user_payer == draft.payer()) {
            draft.note(
                fmt::format("the signer lacks {} itself; another key has to send it", credits(missing)));
            continue;
        }
        sum.value += missing.value;
        draft.send(ledger::system_transfer(draft.payer(), row.holder.user_payer, missing));
    }
    const std::size_t keys = draft.instructions().size();
    if (keys == 0) {
        if (draft.notes().empty()) draft.note("every key has enough; nothing was sent");
        co_return Result<>{};
    }
    if (keys > 1 && !options.force)
        co_return failure(fmt::format("this would send {} to {} keys", credits(sum), keys), "",
                          "look at doublezero access-pass user-balances, then add --force, or name one key "
                          "with --user-payer");
    co_return co_await expect_funds(sum, draft.context(), draft.payer());
}

}  // namespace

void add_access_pass_funds(Group& pass) {
    pass.command<None>("user-balances", "List what keys with passes have, and what they will need")
        .reads(Output::List, user_balances);
    auto give = pass.command<Fund>("fund", "Send keys with passes what they lack");
    give.take("--user-payer", give->user_payer, "This key only");
    give.take("--min-balance", give->min_balance, "Credits that each shall have at least", parse_credits);
    give.flag("--force", give->force, "Several keys at once");
    give.writes(fund);
}

}  // namespace dz::cli
