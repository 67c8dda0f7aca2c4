// ledger/instructions.hpp: instruction data of the program: one number byte, then arguments
// (ledger-instructions.md 3, 4).
//
// The argument structs stand in instructions_admin.hpp, instructions_network.hpp and instructions_user.hpp;
// instruction_builder.hpp adds the account lists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ledger/instructions_admin.hpp"
#include "ledger/instructions_network.hpp"
#include "ledger/instructions_user.hpp"

namespace dz::ledger {

using Instruction = std::variant<
    ix::Migrate, ix::InitGlobalState, ix::SetAuthority, ix::SetGlobalConfig, ix::AddFoundationAllowlist,
    ix::RemoveFoundationAllowlist, ix::AddDeviceAllowlist, ix::RemoveDeviceAllowlist, ix::AddUserAllowlist,
    ix::RemoveUserAllowlist, ix::CreateLocation, ix::UpdateLocation, ix::SuspendLocation, ix::ResumeLocation,
    ix::DeleteLocation, ix::CreateExchange, ix::UpdateExchange, ix::SuspendExchange, ix::ResumeExchange,
    ix::DeleteExchange, ix::CreateDevice, ix::ActivateDevice, ix::RejectDevice, ix::UpdateDevice,
    ix::SuspendDevice, ix::ResumeDevice, ix::DeleteDevice, ix::CloseAccountDevice, ix::CreateLink,
    ix::ActivateLink, ix::RejectLink, ix::UpdateLink, ix::SuspendLink, ix::ResumeLink, ix::DeleteLink,
    ix::CloseAccountLink, ix::CreateUser, ix::ActivateUser, ix::RejectUser, ix::UpdateUser, ix::SuspendUser,
    ix::ResumeUser, ix::DeleteUser, ix::CloseAccountUser, ix::RequestBanUser, ix::BanUser,
    ix::CreateMulticastGroup, ix::ActivateMulticastGroup, ix::RejectMulticastGroup, ix::UpdateMulticastGroup,
    ix::SuspendMulticastGroup, ix::ReactivateMulticastGroup, ix::DeleteMulticastGroup,
    ix::DeactivateMulticastGroup, ix::AddMulticastGroupPubAllowlist, ix::RemoveMulticastGroupPubAllowlist,
    ix::AddMulticastGroupSubAllowlist, ix::RemoveMulticastGroupSubAllowlist, ix::UpdateMulticastGroupRoles,
    ix::CreateSubscribeUser, ix::CreateContributor, ix::UpdateContributor, ix::SuspendContributor,
    ix::ResumeContributor, ix::DeleteContributor, ix::SetDeviceExchange, ix::AcceptLink, ix::SetAccessPass,
    ix::SetAirdrop, ix::CloseAccessPass, ix::CheckStatusAccessPass, ix::CheckUserAccessPass,
    ix::ActivateDeviceInterface, ix::CreateDeviceInterface, ix::DeleteDeviceInterface,
    ix::RemoveDeviceInterface, ix::UpdateDeviceInterface, ix::UnlinkDeviceInterface,
    ix::RejectDeviceInterface, ix::SetMinVersion, ix::AllocateResource, ix::CreateResource,
    ix::DeallocateResource, ix::SetDeviceHealth, ix::SetLinkHealth, ix::CloseResource, ix::AddQaAllowlist,
    ix::RemoveQaAllowlist, ix::CreateTenant, ix::UpdateTenant, ix::DeleteTenant, ix::AddTenantAdministrator,
    ix::RemoveTenantAdministrator, ix::UpdatePaymentStatus, ix::SetFeatureFlags, ix::ReserveSeat,
    ix::ReserveBlock, ix::CloseReservation, ix::CreatePermission, ix::UpdatePermission, ix::SuspendPermission,
    ix::ResumePermission, ix::DeletePermission, ix::CreateReservedSubscribeUser,
    ix::DeleteReservedSubscribeUser, ix::CreateIndex, ix::DeleteIndex, ix::SetUserBgpStatus,
    ix::CreateTopology, ix::DeleteTopology, ix::ClearTopology, ix::AssignTopologyNodeSegments, ix::Retired111,
    ix::CreateFeed, ix::UpdateFeed, ix::DeleteFeed, ix::SetAccessPassFeeds, ix::SetAccessPassFlags,
    ix::SubscribeFeed, ix::UnsubscribeFeed>;

/// What the numbers 95, 96, 102 and 103 mean: nothing today, seats for an address in early March 2026, blocks
/// of seats two weeks later. A payload's length cannot tell, since an empty one is valid in both.
enum class Dialect { Today, Seats, Blocks };

/// What `data` asks for. Arguments that end early have their defaults; surplus bytes are ignored.
/// Errors: Unsupported when empty or the number is unknown in this dialect (the program answers
/// InvalidInstructionData); BadValue when an argument is malformed (the program aborts:
/// ProgramFailedToComplete).
Result<Instruction> decode_instruction(ByteView data, Dialect dialect = Dialect::Today);

/// Number byte and arguments.
Bytes encode_instruction(const Instruction& instruction);

std::uint8_t number_of(const Instruction& instruction);
/// True for numbers that the program answers with error 67 today.
bool is_deprecated(const Instruction& instruction);
/// "CreateUser"; empty for an unknown number. 95 is "ReserveConnection" in both dialects.
std::string_view instruction_name(std::uint8_t number);
/// "CreateUser {user_type: 0, client_ip: 192.0.2.1, ...}"
std::string print(const Instruction& instruction);

}  // namespace dz::ledger
