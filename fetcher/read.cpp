#include "fetcher/read.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <iterator>
#include <utility>

#include "ledger/accounts.hpp"

namespace dz::fetcher {

namespace {

using ledger::Commitment;
using ledger::KeyedAccount;
using ledger::PublicKey;
using ledger::Rpc;

/// A device refers to its exchange, and that to nothing we need.
constexpr int kMaxRounds = 3;

struct Accounts {
    std::vector<KeyedAccount> accounts;
    Slot slot;  ///< of the oldest part; 0 = not said

    void add_slot(Slot other) {
        if (other.value != 0 && (slot.value == 0 || other < slot)) slot = other;
    }
};

/// Users whose client address is `client_ip`.
ledger::Filters users_of(Ipv4 client_ip) {
    const auto ip = client_ip.to_bytes();
    return {.memcmp = {{.offset = 0, .bytes = {static_cast<std::uint8_t>(ledger::AccountType::User)}},
                       {.offset = ledger::User::kClientIpOffset, .bytes = Bytes(ip.begin(), ip.end())}},
            .data_size = {}};
}

/// Those of `keys` that exist, in as many questions as it takes.
Task<Result<Accounts>> read_keys(Rpc& rpc, std::vector<PublicKey> keys, Slot not_before) {
    Accounts result;
    for (std::size_t first = 0; first < keys.size(); first += Rpc::kMaxMultipleAccounts) {
        const std::size_t count = std::min(keys.size() - first, Rpc::kMaxMultipleAccounts);
        const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(first);
        std::vector<PublicKey> part(begin, begin + static_cast<std::ptrdiff_t>(count));
        CO_TRY(auto answer, co_await rpc.multiple_accounts(part, {Commitment::Confirmed, not_before}));
        if (answer.value.size() != count)
            co_return fail(Errc::BadValue, "an answer of another length than asked for");
        result.add_slot(answer.slot);
        for (std::size_t i = 0; i < count; ++i) {
            if (answer.value[i]) result.accounts.push_back({part[i], *std::move(answer.value[i])});
        }
    }
    co_return result;
}

Task<Result<Accounts>> read_users(Rpc& rpc, PublicKey program, Ipv4 client_ip, Slot not_before) {
    CO_TRY(auto answer,
           co_await rpc.program_accounts(program, users_of(client_ip), {Commitment::Confirmed, not_before}));
    co_return Accounts{.accounts = std::move(answer.value), .slot = answer.slot};
}

void merge(Accounts& into, Accounts part) {
    into.add_slot(part.slot);
    std::ranges::move(part.accounts, std::back_inserter(into.accounts));
}

std::vector<PublicKey> without(const std::vector<PublicKey>& keys, const std::vector<PublicKey>& known) {
    std::vector<PublicKey> rest;
    std::ranges::set_difference(keys, known, std::back_inserter(rest));
    return rest;
}

bool is_decodable(const KeyedAccount& account) {
    const auto decoded = ledger::decode_account(account.account.data);
    return decoded || decoded.error().code == Errc::Unsupported;
}

}  // namespace

std::vector<PublicKey> references(const ledger::Snapshot* snapshot, Ipv4 client_ip,
                                  const PublicKey& global_config) {
    std::vector<PublicKey> keys = {global_config};
    if (snapshot) {
        for (const auto* user : snapshot->users_of(client_ip)) {
            keys.push_back(user->value.device_pk);
            keys.push_back(user->value.tenant_pk);
            std::ranges::copy(user->value.publishers, std::back_inserter(keys));
            std::ranges::copy(user->value.subscribers, std::back_inserter(keys));
            if (const auto* device = snapshot->device(user->value.device_pk))
                keys.push_back(device->exchange_pk);
        }
    }
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
    std::erase_if(keys, [](const PublicKey& key) { return key.is_zero(); });
    return keys;
}

Answer make_answer(std::vector<KeyedAccount> accounts, Slot slot, ledger::Scope scope) {
    Answer answer;
    answer.snapshot = std::make_shared<const ledger::Snapshot>(ledger::Snapshot::from(accounts, slot, scope));
    if (answer.snapshot->undecodable_accounts() > 0) {
        for (const auto& account : accounts) {
            if (!is_decodable(account)) answer.undecodable.push_back(account.key);
        }
    }
    answer.accounts = std::move(accounts);
    return answer;
}

Task<Result<Answer>> read_mine(Rpc& rpc, ledger::Addresses addresses, Ipv4 client_ip,
                               std::vector<PublicKey> known, Slot not_before) {
    using namespace boost::asio::experimental::awaitable_operators;
    const PublicKey global_config = addresses.global_config();
    std::ranges::sort(known);

    auto [users, others] = co_await (read_users(rpc, addresses.program(), client_ip, not_before) &&
                                     read_keys(rpc, known, not_before));
    if (!users) co_return std::unexpected(std::move(users).error());
    if (!others) co_return std::unexpected(std::move(others).error());
    Accounts all = *std::move(users);
    merge(all, *std::move(others));

    for (int round = 0;; ++round) {
        auto answer = make_answer(all.accounts, all.slot, ledger::Scope::Mine);
        auto wanted = without(references(answer.snapshot.get(), client_ip, global_config), known);
        if (wanted.empty() || round == kMaxRounds) co_return answer;
        CO_TRY(auto more, co_await read_keys(rpc, wanted, not_before));
        merge(all, std::move(more));
        known.insert(known.end(), wanted.begin(), wanted.end());
        std::ranges::sort(known);
    }
}

std::vector<ledger::Topic> topics_of_mine(const PublicKey& program, Ipv4 client_ip,
                                          const ledger::Snapshot* snapshot,
                                          const std::vector<PublicKey>& known) {
    std::vector<ledger::Topic> out = {ledger::ProgramTopic{program, users_of(client_ip)}};
    if (snapshot != nullptr) {
        for (const auto* user : snapshot->users_of(client_ip))
            out.emplace_back(ledger::AccountTopic{user->key});
    }
    for (const PublicKey& key : known) out.emplace_back(ledger::AccountTopic{key});
    if (out.size() > kMaxTopics) out.resize(kMaxTopics);
    return out;
}

bool is_user_of(const ledger::AccountInfo& account, Ipv4 client_ip) {
    return std::ranges::all_of(users_of(client_ip).memcmp, [&](const ledger::Memcmp& filter) {
        return filter.offset + filter.bytes.size() <= account.data.size() &&
               std::equal(filter.bytes.begin(), filter.bytes.end(),
                          account.data.begin() + static_cast<std::ptrdiff_t>(filter.offset));
    });
}

Task<Result<Answer>> read_catalogue(Rpc& rpc, PublicKey program) {
    CO_TRY(auto answer, co_await rpc.program_accounts(program, {}, Commitment::Confirmed));
    co_return make_answer(std::move(answer.value), answer.slot, ledger::Scope::Catalogue);
}

}  // namespace dz::fetcher
