// ledger/instruction_builder.hpp: whole instructions: arguments plus the account lists of
// ledger-instructions.md 4.
//
// One overload of `make` for each instruction. Addresses that follow from the arguments are derived; the
// others are parameters, named in a struct where several keys could be mixed up. The payer and the system
// program are always appended.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ledger/address.hpp"
#include "ledger/instructions.hpp"
#include "ledger/transaction.hpp"

namespace dz::ledger {

namespace detail {
template <class T, class... Options>
concept OneOf = (std::same_as<T, Options> || ...);
}

/// Instructions whose only account is the global state.
template <class T>
concept OnGlobalState =
    detail::OneOf<T, ix::SetAuthority, ix::AddFoundationAllowlist, ix::RemoveFoundationAllowlist,
                  ix::SetAirdrop, ix::AddQaAllowlist, ix::RemoveQaAllowlist, ix::SetFeatureFlags>;

/// Instructions on one entity, with the global state.
template <class T>
concept OnEntity =
    detail::OneOf<T, ix::UpdateLocation, ix::SuspendLocation, ix::ResumeLocation, ix::DeleteLocation,
                  ix::SuspendExchange, ix::ResumeExchange, ix::DeleteExchange, ix::UpdateContributor,
                  ix::SuspendContributor, ix::ResumeContributor, ix::DeleteContributor,
                  ix::SuspendMulticastGroup, ix::ReactivateMulticastGroup, ix::CloseAccessPass,
                  ix::UpdateFeed, ix::DeleteFeed>;

/// The same with the global state read only.
template <class T>
concept OnEntityReading =
    detail::OneOf<T, ix::SetDeviceHealth, ix::SetLinkHealth, ix::CheckStatusAccessPass,
                  ix::SetAccessPassFlags, ix::UpdateTenant, ix::AddTenantAdministrator,
                  ix::RemoveTenantAdministrator, ix::UpdatePaymentStatus, ix::SuspendPermission,
                  ix::ResumePermission, ix::DeletePermission, ix::UpdatePermission, ix::DeleteIndex>;

/// A device and whoever owns the rent of its closed accounts.
struct DeleteDeviceAccounts {
    PublicKey device;
    PublicKey contributor;
    PublicKey location;
    PublicKey exchange;
    PublicKey device_owner;
    /// Owner of each resource, tunnel ids first, then the prefixes; resource_count of the arguments entries.
    std::vector<PublicKey> resource_owners;
};
struct CreateDeviceAccounts {
    u128 index = 0;  ///< account_index of the global state plus one
    PublicKey contributor;
    PublicKey location;
    PublicKey exchange;
};
struct UpdateDeviceAccounts {
    PublicKey device;
    PublicKey contributor;
    /// When the device moves.
    std::optional<PublicKey> location_old, location_new;
};
struct DeviceAccounts {
    PublicKey device;
    PublicKey contributor;
};
struct CreateLinkAccounts {
    u128 index = 0;
    PublicKey contributor;
    PublicKey side_a;
    PublicKey side_z;
};
struct LinkAccounts {
    PublicKey link;
    PublicKey contributor;
    PublicKey side_a;
    PublicKey side_z;
};
struct UpdateLinkAccounts {
    PublicKey link;
    PublicKey contributor;
    /// Set when contributor Z asks.
    std::optional<PublicKey> side_z;
    /// Both set when `tunnel_net` is given.
    std::optional<PublicKey> tunnel_side_a, tunnel_side_z;
    std::vector<PublicKey> topologies;
};
struct DeleteLinkAccounts {
    LinkAccounts link;
    PublicKey owner;
    std::vector<PublicKey> topologies;
};
struct CreateUserAccounts {
    PublicKey device;
    PublicKey access_pass;
    std::optional<PublicKey> tenant;
};
struct CreateSubscribeUserAccounts {
    PublicKey device;
    PublicKey multicast_group;
    PublicKey access_pass;
    std::optional<PublicKey> feed;
};
struct UserAccounts {
    PublicKey user;
    PublicKey device;
};
struct UpdateUserAccounts {
    PublicKey user;
    PublicKey device;
    /// Both or neither; the zero key stands for none.
    std::optional<PublicKey> tenant_old, tenant_new;
};
struct DeleteUserAccounts {
    PublicKey user;
    PublicKey device;
    PublicKey access_pass;
    PublicKey owner;
    std::optional<PublicKey> tenant;
};
struct SetAccessPassAccounts {
    PublicKey user_payer;
    /// Both or neither; the zero key stands for none.
    std::optional<PublicKey> tenant_remove, tenant_add;
};
struct RolesAccounts {
    PublicKey multicast_group;
    PublicKey access_pass;
    PublicKey user;
};
struct AllowlistAccounts {
    PublicKey multicast_group;
    PublicKey access_pass;
    /// Topped up when it is given. Adding only.
    std::optional<PublicKey> user_payer;
};
struct FeedSubscriptionAccounts {
    PublicKey access_pass;
    PublicKey user;
    PublicKey device;
    std::vector<PublicKey> feeds;           ///< feed_count of the arguments
    std::vector<PublicKey> retained_feeds;  ///< unsubscribing only
    std::vector<PublicKey> groups;
};
struct OwnedAccounts {
    PublicKey account;
    PublicKey owner;
};

/// Builds instructions for one deployment of the program and one payer.
class InstructionBuilder {
  public:
    /// `permission`: the payer's permission account, only when it exists; it is appended to every instruction
    /// but CreateUser and DeleteUser, whose account counts mean something.
    InstructionBuilder(Addresses addresses, PublicKey payer,
                       std::optional<PublicKey> permission = std::nullopt);

    const Addresses& addresses() const { return addresses_; }
    const PublicKey& payer() const { return payer_; }

    /// `accounts`, then payer and system program: for account lists that no overload below covers.
    template <class Args>
    TransactionInstruction with_accounts(const Args& args, std::vector<AccountMeta> accounts) const {
        return finish(Instruction(std::in_place_type<Args>, args), std::move(accounts));
    }

    template <OnGlobalState Args>
    TransactionInstruction make(const Args& args) const {
        return with_accounts(args, {writable(addresses_.global_state())});
    }
    template <OnEntity Args>
    TransactionInstruction make(const Args& args, const PublicKey& entity) const {
        return with_accounts(args, {writable(entity), writable(addresses_.global_state())});
    }
    template <OnEntityReading Args>
    TransactionInstruction make(const Args& args, const PublicKey& entity) const {
        return with_accounts(args, {writable(entity), read_only(addresses_.global_state())});
    }

    // Global settings
    TransactionInstruction make(const ix::Migrate& args, const PublicKey& old_user,
                                const PublicKey& new_user) const;
    TransactionInstruction make(const ix::InitGlobalState& args) const;
    TransactionInstruction make(const ix::SetGlobalConfig& args) const;
    TransactionInstruction make(const ix::SetMinVersion& args) const;

    // Places and contributors; `index` is account_index of the global state plus one.
    TransactionInstruction make(const ix::CreateLocation& args, u128 index) const;
    TransactionInstruction make(const ix::CreateExchange& args, u128 index) const;
    TransactionInstruction make(const ix::UpdateExchange& args, const PublicKey& exchange) const;
    TransactionInstruction make(const ix::SetDeviceExchange& args, const PublicKey& exchange,
                                const PublicKey& device) const;
    TransactionInstruction make(const ix::CreateContributor& args, u128 index, const PublicKey& owner) const;

    // Devices and interfaces
    TransactionInstruction make(const ix::CreateDevice& args, const CreateDeviceAccounts& accounts) const;
    /// resource_count of the arguments decides about config and allocators.
    TransactionInstruction make(const ix::UpdateDevice& args, const UpdateDeviceAccounts& accounts) const;
    TransactionInstruction make(const ix::DeleteDevice& args, const DeleteDeviceAccounts& accounts) const;
    TransactionInstruction make(const ix::CreateDeviceInterface& args, const DeviceAccounts& accounts,
                                std::span<const PublicKey> topologies = {}) const;
    TransactionInstruction make(const ix::UpdateDeviceInterface& args, const DeviceAccounts& accounts,
                                std::span<const PublicKey> topologies = {}) const;
    TransactionInstruction make(const ix::DeleteDeviceInterface& args, const DeviceAccounts& accounts) const;

    // Links
    TransactionInstruction make(const ix::CreateLink& args, const CreateLinkAccounts& accounts) const;
    TransactionInstruction make(const ix::UpdateLink& args, const UpdateLinkAccounts& accounts) const;
    TransactionInstruction make(const ix::DeleteLink& args, const DeleteLinkAccounts& accounts) const;
    TransactionInstruction make(const ix::AcceptLink& args, const LinkAccounts& accounts) const;

    // Users
    TransactionInstruction make(const ix::CreateUser& args, const CreateUserAccounts& accounts) const;
    TransactionInstruction make(const ix::CreateSubscribeUser& args,
                                const CreateSubscribeUserAccounts& accounts) const;
    TransactionInstruction make(const ix::UpdateUser& args, const UpdateUserAccounts& accounts) const;
    TransactionInstruction make(const ix::DeleteUser& args, const DeleteUserAccounts& accounts) const;
    TransactionInstruction make(const ix::RequestBanUser& args, const UserAccounts& accounts) const;
    TransactionInstruction make(const ix::CheckUserAccessPass& args, const PublicKey& user,
                                const PublicKey& access_pass) const;
    TransactionInstruction make(const ix::SetUserBgpStatus& args, const UserAccounts& accounts) const;

    // Access passes
    TransactionInstruction make(const ix::SetAccessPass& args, const SetAccessPassAccounts& accounts) const;
    TransactionInstruction make(const ix::SetAccessPassFeeds& args, std::span<const PublicKey> feeds) const;

    // Multicast groups and feeds
    TransactionInstruction make(const ix::CreateMulticastGroup& args, u128 index) const;
    TransactionInstruction make(const ix::UpdateMulticastGroup& args, const PublicKey& group) const;
    TransactionInstruction make(const ix::DeleteMulticastGroup& args, const OwnedAccounts& group) const;
    TransactionInstruction make(const ix::AddMulticastGroupPubAllowlist& args,
                                const AllowlistAccounts& accounts) const;
    TransactionInstruction make(const ix::AddMulticastGroupSubAllowlist& args,
                                const AllowlistAccounts& accounts) const;
    TransactionInstruction make(const ix::RemoveMulticastGroupPubAllowlist& args,
                                const AllowlistAccounts& accounts) const;
    TransactionInstruction make(const ix::RemoveMulticastGroupSubAllowlist& args,
                                const AllowlistAccounts& accounts) const;
    TransactionInstruction make(const ix::UpdateMulticastGroupRoles& args,
                                const RolesAccounts& accounts) const;
    TransactionInstruction make(const ix::SubscribeFeed& args,
                                const FeedSubscriptionAccounts& accounts) const;
    TransactionInstruction make(const ix::UnsubscribeFeed& args,
                                const FeedSubscriptionAccounts& accounts) const;
    /// Errors: LimitExceeded (a code that is too long for an address).
    Result<TransactionInstruction> make(const ix::CreateFeed& args) const;

    // Allocators
    TransactionInstruction make(const ix::AllocateResource& args) const;
    TransactionInstruction make(const ix::CreateResource& args) const;
    TransactionInstruction make(const ix::DeallocateResource& args) const;
    TransactionInstruction make(const ix::CloseResource& args, const OwnedAccounts& resource) const;

    // Tenants, permissions, look-up records, topologies. Errors: LimitExceeded (a text too long for an
    // address).
    Result<TransactionInstruction> make(const ix::CreateTenant& args) const;
    TransactionInstruction make(const ix::DeleteTenant& args, const PublicKey& tenant) const;
    TransactionInstruction make(const ix::CreatePermission& args) const;
    Result<TransactionInstruction> make(const ix::CreateIndex& args, const PublicKey& entity) const;
    Result<TransactionInstruction> make(const ix::CreateTopology& args) const;
    Result<TransactionInstruction> make(const ix::DeleteTopology& args) const;
    /// At most 16 links fit one transaction.
    Result<TransactionInstruction> make(const ix::ClearTopology& args,
                                        std::span<const PublicKey> links) const;
    /// At most 4 devices fit one transaction's compute budget.
    Result<TransactionInstruction> make(const ix::AssignTopologyNodeSegments& args,
                                        std::span<const PublicKey> devices) const;

    // Reservations
    TransactionInstruction make(const ix::ReserveSeat& args, const PublicKey& device) const;
    TransactionInstruction make(const ix::ReserveBlock& args, const PublicKey& device) const;
    TransactionInstruction make(const ix::CloseReservation& args, const PublicKey& reservation,
                                const PublicKey& device) const;

  private:
    TransactionInstruction finish(const Instruction& instruction, std::vector<AccountMeta> accounts) const;
    void add_prefixes(std::vector<AccountMeta>& accounts, const PublicKey& device, std::size_t count) const;

    Addresses addresses_;
    PublicKey payer_;
    std::optional<PublicKey> permission_;
};

}  // namespace dz::ledger
