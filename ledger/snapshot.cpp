#include "ledger/snapshot.hpp"

#include <cstdint>
#include <utility>

namespace dz::ledger {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

template <class T>
const Entry<T>* by_code(const Table<T>& table, std::string_view code) {
    for (const Entry<T>& entry : table) {
        if (std::ranges::equal(entry.value.code, code, {}, lower, lower)) return &entry;
    }
    return nullptr;
}

/// By address; of several accounts with one address only the last.
std::vector<const KeyedAccount*> in_order(std::span<const KeyedAccount> accounts) {
    std::vector<const KeyedAccount*> order;
    order.reserve(accounts.size());
    for (const KeyedAccount& account : accounts) order.push_back(&account);
    std::ranges::sort(order, [](const KeyedAccount* a, const KeyedAccount* b) {
        return std::pair(a->key, b) < std::pair(b->key, a);
    });
    const auto rest = std::ranges::unique(order, {}, &KeyedAccount::key);
    order.erase(rest.begin(), rest.end());
    return order;
}

std::uint32_t client_ip(const Entry<User>* user) {
    return user->value.client_ip.to_uint();
}

}  // namespace

Snapshot Snapshot::from(std::span<const KeyedAccount> accounts, Slot slot, Scope scope) {
    Snapshot snapshot;
    snapshot.slot_ = slot;
    snapshot.scope_ = scope;
    // Accounts are added in order of their addresses, so that the tables need no sorting.
    for (const KeyedAccount* account : in_order(accounts)) {
        const ByteView data = account->account.data;
        if (account_type(data) == AccountType::None) {
            ++snapshot.unknown_;
            continue;
        }
        auto decoded = decode_account(data);
        if (!decoded) {
            ++snapshot.undecodable_;
            continue;
        }
        std::visit(
            [&]<class T>(T& value) {
                std::get<Table<T>>(snapshot.tables_).entries_.push_back({account->key, std::move(value)});
            },
            *decoded);
    }
    for (const Entry<User>& user : snapshot.users()) snapshot.users_by_ip_.push_back(&user);
    std::ranges::sort(snapshot.users_by_ip_, [](const Entry<User>* a, const Entry<User>* b) {
        return std::pair(client_ip(a), a) < std::pair(client_ip(b), b);
    });
    return snapshot;
}

std::span<const Entry<User>* const> Snapshot::users_of(Ipv4 ip) const {
    const auto range = std::ranges::equal_range(users_by_ip_, ip.to_uint(), {}, client_ip);
    return {range.begin(), range.end()};
}

const Entry<Device>* Snapshot::device_by_code(std::string_view code) const {
    return by_code(devices(), code);
}

const Entry<MulticastGroup>* Snapshot::multicast_group_by_code(std::string_view code) const {
    return by_code(multicast_groups(), code);
}

}  // namespace dz::ledger
