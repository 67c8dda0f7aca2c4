// ledger/snapshot.hpp: one consistent, decoded, immutable view of the program's accounts.
//
// Shared as `std::shared_ptr<const Snapshot>`: may be read from any thread. Pointers into it live as long as
// it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "base/ip.hpp"
#include "base/units.hpp"
#include "ledger/accounts.hpp"
#include "ledger/public_key.hpp"
#include "ledger/rpc.hpp"

namespace dz::ledger {

/// What the accounts of a snapshot were selected by, so that absence is not misread: in `Mine` an account
/// that is not there may well exist, in `Catalogue` it does not.
enum class Scope { Mine, Catalogue };

/// One account and its address.
template <class T>
struct Entry {
    PublicKey key;
    T value;
    bool operator==(const Entry&) const = default;
};

/// The accounts of one kind, ordered by address.
template <class T>
class Table {
  public:
    using Entries = std::vector<Entry<T>>;

    /// Null when absent.
    const T* find(const PublicKey& key) const {
        const auto at = std::ranges::lower_bound(entries_, key, {}, &Entry<T>::key);
        return at != entries_.end() && at->key == key ? &at->value : nullptr;
    }
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }
    std::size_t size() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    bool operator==(const Table&) const = default;

  private:
    friend class Snapshot;
    Entries entries_;
};

class Snapshot {
  public:
    /// Accounts that are empty, of an unknown kind or undecodable are left out and counted. Of several
    /// accounts with one address the last wins.
    static Snapshot from(std::span<const KeyedAccount> accounts, Slot slot, Scope scope);

    Snapshot(Snapshot&&) noexcept = default;
    Snapshot& operator=(Snapshot&&) noexcept = default;
    // The index points into the tables.
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    Slot slot() const { return slot_; }
    Scope scope() const { return scope_; }

    /// All accounts of one kind: `snapshot.all<Device>()`, or by name below.
    template <class T>
    const Table<T>& all() const {
        return std::get<Table<T>>(tables_);
    }
    const Table<Location>& locations() const { return all<Location>(); }
    const Table<Exchange>& exchanges() const { return all<Exchange>(); }
    const Table<Contributor>& contributors() const { return all<Contributor>(); }
    const Table<Device>& devices() const { return all<Device>(); }
    const Table<Link>& links() const { return all<Link>(); }
    const Table<User>& users() const { return all<User>(); }
    const Table<MulticastGroup>& multicast_groups() const { return all<MulticastGroup>(); }
    const Table<AccessPass>& access_passes() const { return all<AccessPass>(); }
    const Table<ResourceExtension>& resources() const { return all<ResourceExtension>(); }
    const Table<Tenant>& tenants() const { return all<Tenant>(); }
    const Table<Permission>& permissions() const { return all<Permission>(); }
    const Table<Topology>& topologies() const { return all<Topology>(); }
    const Table<Feed>& feeds() const { return all<Feed>(); }

    /// Singletons; null when absent.
    const GlobalState* global_state() const { return single<GlobalState>(); }
    const GlobalConfig* global_config() const { return single<GlobalConfig>(); }
    const ProgramConfig* program_config() const { return single<ProgramConfig>(); }

    /// Null when absent, or when `Scope::Mine` left it out.
    const Device* device(const PublicKey& key) const { return devices().find(key); }
    const User* user(const PublicKey& key) const { return users().find(key); }
    const MulticastGroup* multicast_group(const PublicKey& key) const { return multicast_groups().find(key); }
    const AccessPass* access_pass(const PublicKey& key) const { return access_passes().find(key); }
    const Exchange* exchange(const PublicKey& key) const { return exchanges().find(key); }
    const Location* location(const PublicKey& key) const { return locations().find(key); }
    const Tenant* tenant(const PublicKey& key) const { return tenants().find(key); }

    /// Every user of a client address, in order of the accounts' addresses: at most one for each user type.
    std::span<const Entry<User>* const> users_of(Ipv4 client_ip) const;
    /// The device with this code, without regard to case; null when there is none.
    const Entry<Device>* device_by_code(std::string_view code) const;
    const Entry<MulticastGroup>* multicast_group_by_code(std::string_view code) const;

    /// Accounts left out: of a type byte that this build does not know, and damaged ones.
    std::size_t unknown_accounts() const { return unknown_; }
    std::size_t undecodable_accounts() const { return undecodable_; }

  private:
    template <class Variant>
    struct TablesOf;
    template <class... T>
    struct TablesOf<std::variant<T...>> {
        using type = std::tuple<Table<T>...>;
    };

    Snapshot() = default;
    template <class T>
    const T* single() const {
        return all<T>().empty() ? nullptr : &all<T>().begin()->value;
    }

    Slot slot_;
    Scope scope_ = Scope::Catalogue;
    std::size_t unknown_ = 0;
    std::size_t undecodable_ = 0;
    TablesOf<Account>::type tables_;
    std::vector<const Entry<User>*> users_by_ip_;
};

}  // namespace dz::ledger
