// chain/program/processors.hpp: one function for each instruction, grouped as in ledger-processors.md.
//
// Each reads its accounts, checks in the order of the specification and only then changes anything. What they
// have in common stands in invocation.hpp (who may, reading and writing accounts) and resources.hpp.
#pragma once

#include "chain/program/fault.hpp"
#include "chain/program/invocation.hpp"
#include "ledger/instructions.hpp"

namespace dz::program {

namespace ix = ledger::ix;

// global.cpp
Outcome process(Invocation& in, const ix::InitGlobalState& args);
Outcome process(Invocation& in, const ix::SetGlobalConfig& args);
Outcome process(Invocation& in, const ix::SetAuthority& args);
Outcome process(Invocation& in, const ix::SetAirdrop& args);
Outcome process(Invocation& in, const ix::SetFeatureFlags& args);
Outcome process(Invocation& in, const ix::SetMinVersion& args);
Outcome process(Invocation& in, const ix::AddFoundationAllowlist& args);
Outcome process(Invocation& in, const ix::RemoveFoundationAllowlist& args);
Outcome process(Invocation& in, const ix::AddQaAllowlist& args);
Outcome process(Invocation& in, const ix::RemoveQaAllowlist& args);

// location.cpp
Outcome process(Invocation& in, const ix::CreateLocation& args);
Outcome process(Invocation& in, const ix::UpdateLocation& args);
Outcome process(Invocation& in, const ix::SuspendLocation& args);
Outcome process(Invocation& in, const ix::ResumeLocation& args);
Outcome process(Invocation& in, const ix::DeleteLocation& args);

// exchange.cpp
Outcome process(Invocation& in, const ix::CreateExchange& args);
Outcome process(Invocation& in, const ix::UpdateExchange& args);
Outcome process(Invocation& in, const ix::SuspendExchange& args);
Outcome process(Invocation& in, const ix::ResumeExchange& args);
Outcome process(Invocation& in, const ix::DeleteExchange& args);
Outcome process(Invocation& in, const ix::SetDeviceExchange& args);

// contributor.cpp
Outcome process(Invocation& in, const ix::CreateContributor& args);
Outcome process(Invocation& in, const ix::UpdateContributor& args);
Outcome process(Invocation& in, const ix::SuspendContributor& args);
Outcome process(Invocation& in, const ix::ResumeContributor& args);
Outcome process(Invocation& in, const ix::DeleteContributor& args);

// device.cpp, device_update.cpp
Outcome process(Invocation& in, const ix::CreateDevice& args);
Outcome process(Invocation& in, const ix::UpdateDevice& args);
Outcome process(Invocation& in, const ix::DeleteDevice& args);
Outcome process(Invocation& in, const ix::SetDeviceHealth& args);

// interface.cpp, interface_update.cpp
Outcome process(Invocation& in, const ix::CreateDeviceInterface& args);
Outcome process(Invocation& in, const ix::UpdateDeviceInterface& args);
Outcome process(Invocation& in, const ix::DeleteDeviceInterface& args);

// link.cpp, link_update.cpp
Outcome process(Invocation& in, const ix::CreateLink& args);
Outcome process(Invocation& in, const ix::AcceptLink& args);
Outcome process(Invocation& in, const ix::UpdateLink& args);
Outcome process(Invocation& in, const ix::DeleteLink& args);
Outcome process(Invocation& in, const ix::SetLinkHealth& args);

// user_create.cpp, user.cpp, bgp_status.cpp
Outcome process(Invocation& in, const ix::CreateUser& args);
Outcome process(Invocation& in, const ix::CreateSubscribeUser& args);
Outcome process(Invocation& in, const ix::UpdateUser& args);
Outcome process(Invocation& in, const ix::DeleteUser& args);
Outcome process(Invocation& in, const ix::RequestBanUser& args);
Outcome process(Invocation& in, const ix::CheckUserAccessPass& args);
Outcome process(Invocation& in, const ix::Migrate& args);
Outcome process(Invocation& in, const ix::SetUserBgpStatus& args);

// access_pass.cpp
Outcome process(Invocation& in, const ix::SetAccessPass& args);
Outcome process(Invocation& in, const ix::CloseAccessPass& args);
Outcome process(Invocation& in, const ix::CheckStatusAccessPass& args);
Outcome process(Invocation& in, const ix::SetAccessPassFlags& args);

// multicast_group.cpp, multicast_allowlist.cpp, multicast_roles.cpp
Outcome process(Invocation& in, const ix::CreateMulticastGroup& args);
Outcome process(Invocation& in, const ix::UpdateMulticastGroup& args);
Outcome process(Invocation& in, const ix::SuspendMulticastGroup& args);
Outcome process(Invocation& in, const ix::ReactivateMulticastGroup& args);
Outcome process(Invocation& in, const ix::DeleteMulticastGroup& args);
Outcome process(Invocation& in, const ix::AddMulticastGroupPubAllowlist& args);
Outcome process(Invocation& in, const ix::RemoveMulticastGroupPubAllowlist& args);
Outcome process(Invocation& in, const ix::AddMulticastGroupSubAllowlist& args);
Outcome process(Invocation& in, const ix::RemoveMulticastGroupSubAllowlist& args);
Outcome process(Invocation& in, const ix::UpdateMulticastGroupRoles& args);

// feed.cpp, feed_subscription.cpp
Outcome process(Invocation& in, const ix::CreateFeed& args);
Outcome process(Invocation& in, const ix::UpdateFeed& args);
Outcome process(Invocation& in, const ix::DeleteFeed& args);
Outcome process(Invocation& in, const ix::SetAccessPassFeeds& args);
Outcome process(Invocation& in, const ix::SubscribeFeed& args);
Outcome process(Invocation& in, const ix::UnsubscribeFeed& args);

// resource.cpp
Outcome process(Invocation& in, const ix::AllocateResource& args);
Outcome process(Invocation& in, const ix::CreateResource& args);
Outcome process(Invocation& in, const ix::DeallocateResource& args);
Outcome process(Invocation& in, const ix::CloseResource& args);

// tenant.cpp
Outcome process(Invocation& in, const ix::CreateTenant& args);
Outcome process(Invocation& in, const ix::UpdateTenant& args);
Outcome process(Invocation& in, const ix::DeleteTenant& args);
Outcome process(Invocation& in, const ix::AddTenantAdministrator& args);
Outcome process(Invocation& in, const ix::RemoveTenantAdministrator& args);
Outcome process(Invocation& in, const ix::UpdatePaymentStatus& args);

// permission.cpp
Outcome process(Invocation& in, const ix::CreatePermission& args);
Outcome process(Invocation& in, const ix::UpdatePermission& args);
Outcome process(Invocation& in, const ix::SuspendPermission& args);
Outcome process(Invocation& in, const ix::ResumePermission& args);
Outcome process(Invocation& in, const ix::DeletePermission& args);

// lookup.cpp, topology.cpp
Outcome process(Invocation& in, const ix::CreateIndex& args);
Outcome process(Invocation& in, const ix::DeleteIndex& args);
Outcome process(Invocation& in, const ix::CreateTopology& args);
Outcome process(Invocation& in, const ix::DeleteTopology& args);
Outcome process(Invocation& in, const ix::ClearTopology& args);
Outcome process(Invocation& in, const ix::AssignTopologyNodeSegments& args);

// reservation.cpp, reserved_user.cpp
Outcome process(Invocation& in, const ix::ReserveSeat& args);
Outcome process(Invocation& in, const ix::ReserveBlock& args);
Outcome process(Invocation& in, const ix::CloseReservation& args);
Outcome process(Invocation& in, const ix::CreateReservedSubscribeUser& args);
Outcome process(Invocation& in, const ix::DeleteReservedSubscribeUser& args);

inline Outcome process(Invocation&, const ix::Retired111&) {
    return {};
}
/// Numbers of the activator era.
template <class Args>
    requires Args::kDeprecated
Outcome process(Invocation&, const Args&) {
    return reject(ledger::ProgramError::Deprecated);
}

}  // namespace dz::program
