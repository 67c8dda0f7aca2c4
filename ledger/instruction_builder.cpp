// Global settings, places, contributors, allocators, tenants, permissions, topologies, feeds, reservations.
// Devices and links: instruction_builder_network.cpp. Users, passes and groups: instruction_builder_user.cpp.
#include "ledger/instruction_builder.hpp"

namespace dz::ledger {
namespace {

/// The account that a resource belongs to in the account list.
const PublicKey& associated(const Resource& resource) {
    static constexpr PublicKey kNone{};
    return resource.per_device() ? resource.device : kNone;
}

}  // namespace

InstructionBuilder::InstructionBuilder(Addresses addresses, PublicKey payer,
                                       std::optional<PublicKey> permission)
    : addresses_(std::move(addresses)), payer_(payer), permission_(permission) {}

TransactionInstruction InstructionBuilder::finish(const Instruction& instruction,
                                                  std::vector<AccountMeta> accounts) const {
    accounts.push_back(signer(payer_));
    // Nothing writes it, but the reference client says so too, and the bytes should agree.
    accounts.push_back(writable(kSystemProgram));
    const bool counts_accounts = std::holds_alternative<ix::CreateUser>(instruction) ||
                                 std::holds_alternative<ix::DeleteUser>(instruction);
    if (permission_ && !counts_accounts) accounts.push_back(read_only(*permission_));
    return {addresses_.program(), std::move(accounts), encode_instruction(instruction)};
}

void InstructionBuilder::add_prefixes(std::vector<AccountMeta>& accounts, const PublicKey& device,
                                      std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i)
        accounts.push_back(writable(addresses_.dz_prefix_block(device, i)));
}

TransactionInstruction InstructionBuilder::make(const ix::Migrate& args, const PublicKey& old_user,
                                                const PublicKey& new_user) const {
    return with_accounts(args, {writable(old_user), writable(new_user)});
}

TransactionInstruction InstructionBuilder::make(const ix::InitGlobalState& args) const {
    return with_accounts(args, {writable(addresses_.program_config()), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::SetGlobalConfig& args) const {
    return with_accounts(
        args, {writable(addresses_.global_config()), writable(addresses_.global_state()),
               writable(addresses_.device_tunnel_block()), writable(addresses_.user_tunnel_block()),
               writable(addresses_.multicast_group_block()), writable(addresses_.link_ids()),
               writable(addresses_.segment_routing_ids()), writable(addresses_.multicast_publisher_block()),
               writable(addresses_.vrf_ids()), writable(addresses_.admin_group_bits())});
}

TransactionInstruction InstructionBuilder::make(const ix::SetMinVersion& args) const {
    return with_accounts(args, {writable(addresses_.program_config()), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::CreateLocation& args, u128 index) const {
    return with_accounts(args, {writable(addresses_.location(index)), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::CreateExchange& args, u128 index) const {
    return with_accounts(args, {writable(addresses_.exchange(index)), writable(addresses_.global_config()),
                                writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::UpdateExchange& args,
                                                const PublicKey& exchange) const {
    return with_accounts(args, {writable(exchange), writable(addresses_.global_config()),
                                writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::SetDeviceExchange& args, const PublicKey& exchange,
                                                const PublicKey& device) const {
    return with_accounts(args, {writable(exchange), writable(device), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::CreateContributor& args, u128 index,
                                                const PublicKey& owner) const {
    return with_accounts(args, {writable(addresses_.contributor(index)), writable(owner),
                                writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::AllocateResource& args) const {
    return with_accounts(args, {writable(addresses_.resource(args.resource)),
                                writable(associated(args.resource)), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::CreateResource& args) const {
    return with_accounts(args,
                         {writable(addresses_.resource(args.resource)), writable(associated(args.resource)),
                          writable(addresses_.global_state()), writable(addresses_.global_config())});
}

TransactionInstruction InstructionBuilder::make(const ix::DeallocateResource& args) const {
    return with_accounts(args, {writable(addresses_.resource(args.resource)),
                                writable(associated(args.resource)), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::CloseResource& args,
                                                const OwnedAccounts& resource) const {
    return with_accounts(
        args, {writable(resource.account), writable(resource.owner), writable(addresses_.global_state())});
}

Result<TransactionInstruction> InstructionBuilder::make(const ix::CreateTenant& args) const {
    TRY(const Address tenant, addresses_.tenant(args.code));
    return with_accounts(
        args, {writable(tenant), writable(addresses_.global_state()), writable(addresses_.vrf_ids())});
}

TransactionInstruction InstructionBuilder::make(const ix::DeleteTenant& args, const PublicKey& tenant) const {
    return with_accounts(
        args, {writable(tenant), read_only(addresses_.global_state()), writable(addresses_.vrf_ids())});
}

TransactionInstruction InstructionBuilder::make(const ix::CreatePermission& args) const {
    return with_accounts(
        args, {writable(addresses_.permission(args.user_payer)), read_only(addresses_.global_state())});
}

Result<TransactionInstruction> InstructionBuilder::make(const ix::CreateIndex& args,
                                                        const PublicKey& entity) const {
    TRY(const Address index, addresses_.index(args.entity_seed, args.key));
    return with_accounts(args, {writable(index), read_only(entity), read_only(addresses_.global_state())});
}

Result<TransactionInstruction> InstructionBuilder::make(const ix::CreateTopology& args) const {
    TRY(const Address topology, addresses_.topology(args.name));
    return with_accounts(args, {writable(topology), writable(addresses_.admin_group_bits()),
                                read_only(addresses_.global_state())});
}

Result<TransactionInstruction> InstructionBuilder::make(const ix::DeleteTopology& args) const {
    TRY(const Address topology, addresses_.topology(args.name));
    return with_accounts(args, {writable(topology), read_only(addresses_.global_state())});
}

Result<TransactionInstruction> InstructionBuilder::make(const ix::ClearTopology& args,
                                                        std::span<const PublicKey> links) const {
    TRY(const Address topology, addresses_.topology(args.name));
    std::vector<AccountMeta> accounts = {writable(topology), read_only(addresses_.global_state())};
    for (const PublicKey& link : links) accounts.push_back(writable(link));
    return with_accounts(args, std::move(accounts));
}

Result<TransactionInstruction> InstructionBuilder::make(const ix::AssignTopologyNodeSegments& args,
                                                        std::span<const PublicKey> devices) const {
    TRY(const Address topology, addresses_.topology(args.name));
    std::vector<AccountMeta> accounts = {read_only(topology), writable(addresses_.segment_routing_ids()),
                                         read_only(addresses_.global_state())};
    for (const PublicKey& device : devices) accounts.push_back(writable(device));
    return with_accounts(args, std::move(accounts));
}

Result<TransactionInstruction> InstructionBuilder::make(const ix::CreateFeed& args) const {
    TRY(const Address feed, addresses_.feed(args.code, args.exchange));
    return with_accounts(args, {writable(feed), writable(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::ReserveSeat& args, const PublicKey& device) const {
    return with_accounts(args, {writable(addresses_.seat_reservation(device, args.client_ip)),
                                writable(device), read_only(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::ReserveBlock& args, const PublicKey& device) const {
    return with_accounts(args, {writable(addresses_.block_reservation(device, payer_)), writable(device),
                                read_only(addresses_.global_state())});
}

TransactionInstruction InstructionBuilder::make(const ix::CloseReservation& args,
                                                const PublicKey& reservation, const PublicKey& device) const {
    return with_accounts(args,
                         {writable(reservation), writable(device), read_only(addresses_.global_state())});
}

}  // namespace dz::ledger
