#include "ledger/program_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace dz::ledger {
namespace {

struct Row {
    ProgramError code;
    std::string_view name;
    std::string_view sentence;
};

// In order of the codes, which start at 1 and have no gap.
constexpr auto kErrors = std::to_array<Row>({
    {ProgramError::InvalidOwnerPubkey, "InvalidOwnerPubkey", "the owner key is not the expected one"},
    {ProgramError::InvalidLocationPubkey, "InvalidLocationPubkey", "the location key is not valid"},
    {ProgramError::InvalidExchangePubkey, "InvalidExchangePubkey", "the exchange key is not valid"},
    {ProgramError::InvalidDeviceAPubkey, "InvalidDeviceAPubkey", "the key of side A's device is not valid"},
    {ProgramError::InvalidDeviceZPubkey, "InvalidDeviceZPubkey", "the key of side Z's device is not valid"},
    {ProgramError::InvalidDevicePubkey, "InvalidDevicePubkey", "the device key is not valid"},
    {ProgramError::InvalidStatus, "InvalidStatus", "the account's status does not allow this"},
    {ProgramError::NotAllowed, "NotAllowed", "this key is not allowed to do this"},
    {ProgramError::InvalidAccountType, "InvalidAccountType", "the account is of another type"},
    {ProgramError::InvalidContributorPubkey, "InvalidContributorPubkey", "the contributor key is not valid"},
    {ProgramError::InvalidInterfaceVersion, "InvalidInterfaceVersion",
     "the interface has an unknown version"},
    {ProgramError::InvalidInterfaceName, "InvalidInterfaceName", "the interface name is not valid"},
    {ProgramError::ReferenceCountNotZero, "ReferenceCountNotZero", "the account is still in use by others"},
    {ProgramError::InvalidContributor, "InvalidContributor", "the contributor does not own this device"},
    {ProgramError::InvalidInterfaceZForExternal, "InvalidInterfaceZForExternal",
     "an external link cannot name side Z's interface"},
    {ProgramError::InvalidIndex, "InvalidIndex", "the index is not valid"},
    {ProgramError::DeviceAlreadySet, "DeviceAlreadySet", "a device is already set in this slot"},
    {ProgramError::DeviceNotSet, "DeviceNotSet", "no device is set in this slot"},
    {ProgramError::InvalidAccountCode, "InvalidAccountCode", "the code has characters that are not allowed"},
    {ProgramError::MaxUsersExceeded, "MaxUsersExceeded", "the device has no free seat"},
    {ProgramError::InvalidLastAccessEpoch, "InvalidLastAccessEpoch",
     "the last access epoch lies in the past"},
    {ProgramError::Unauthorized, "Unauthorized", "the access pass belongs to another payer or address"},
    {ProgramError::InvalidSolanaPubkey, "InvalidSolanaPubkey", "the Solana key is not valid"},
    {ProgramError::InterfaceNotFound, "InterfaceNotFound", "the device has no such interface"},
    {ProgramError::AccessPassUnauthorized, "AccessPassUnauthorized", "the access pass has expired"},
    {ProgramError::InvalidClientIp, "InvalidClientIp", "the client address is not a public address"},
    {ProgramError::InvalidDzIp, "InvalidDzIp", "the DoubleZero address is not valid"},
    {ProgramError::InvalidTunnelNet, "InvalidTunnelNet", "the tunnel network is not valid"},
    {ProgramError::InvalidTunnelId, "InvalidTunnelId", "the tunnel id is out of range"},
    {ProgramError::InvalidTunnelIp, "InvalidTunnelIp", "the tunnel address is not valid"},
    {ProgramError::InvalidBandwidth, "InvalidBandwidth", "the bandwidth is out of range"},
    {ProgramError::InvalidDelay, "InvalidDelay", "the delay is out of range"},
    {ProgramError::InvalidJitter, "InvalidJitter", "the jitter is out of range"},
    {ProgramError::CodeTooLong, "CodeTooLong", "the code is longer than 32 bytes"},
    {ProgramError::NoDzPrefixes, "NoDzPrefixes", "the device has no DoubleZero prefix"},
    {ProgramError::InvalidLocation, "InvalidLocation", "no location is set"},
    {ProgramError::InvalidExchange, "InvalidExchange", "no exchange is set"},
    {ProgramError::InvalidDzPrefix, "InvalidDzPrefix", "a DoubleZero prefix is not a public network"},
    {ProgramError::NameTooLong, "NameTooLong", "the name is too long"},
    {ProgramError::InvalidLatitude, "InvalidLatitude", "the latitude is out of range"},
    {ProgramError::InvalidLongitude, "InvalidLongitude", "the longitude is out of range"},
    {ProgramError::InvalidLocId, "InvalidLocId", "the location id is not valid"},
    {ProgramError::InvalidCountryCode, "InvalidCountryCode", "the country code must have two letters"},
    {ProgramError::InvalidLocalAsn, "InvalidLocalAsn", "the local AS number is out of range"},
    {ProgramError::InvalidRemoteAsn, "InvalidRemoteAsn", "the remote AS number is out of range"},
    {ProgramError::InvalidMtu, "InvalidMtu", "the MTU is not the one required here"},
    {ProgramError::InvalidInterfaceIp, "InvalidInterfaceIp", "the interface's address does not fit its kind"},
    {ProgramError::InvalidInterfaceIpNet, "InvalidInterfaceIpNet", "the interface's network is not valid"},
    {ProgramError::InvalidVlanId, "InvalidVlanId", "the VLAN id is out of range"},
    {ProgramError::InvalidMaxBandwidth, "InvalidMaxBandwidth", "the maximum bandwidth must not be zero"},
    {ProgramError::InvalidMulticastIp, "InvalidMulticastIp", "the address is not a multicast address"},
    {ProgramError::InvalidAccountOwner, "InvalidAccountOwner", "the account belongs to another owner"},
    {ProgramError::AccessPassNotFound, "AccessPassNotFound",
     "there is no access pass for this payer and address"},
    {ProgramError::UserAccountNotFound, "UserAccountNotFound", "there is no such user"},
    {ProgramError::InvalidBgpCommunity, "InvalidBgpCommunity", "the BGP community is out of range"},
    {ProgramError::InterfaceAlreadyExists, "InterfaceAlreadyExists",
     "the device already has an interface of this name"},
    {ProgramError::InvalidInterfaceType, "InvalidInterfaceType", "the interface type does not allow this"},
    {ProgramError::InvalidLoopbackType, "InvalidLoopbackType", "the loopback type does not allow this"},
    {ProgramError::InvalidMinCompatibleVersion, "InvalidMinCompatibleVersion",
     "the minimum version exceeds the program's version"},
    {ProgramError::InvalidActualLocation, "InvalidActualLocation", "the device is at another location"},
    {ProgramError::InvalidUserPubkey, "InvalidUserPubkey",
     "the user's address does not follow from its parameters"},
    {ProgramError::InvalidPublicIp, "InvalidPublicIp", "the device's public address is not acceptable"},
    {ProgramError::AllocationFailed, "AllocationFailed",
     "no address or number is left, or the requested one is taken"},
    {ProgramError::SerializationFailure, "SerializationFailure", "the account could not be written"},
    {ProgramError::InvalidArgument, "InvalidArgument", "an argument is not valid"},
    {ProgramError::InvalidFoundationAllowlist, "InvalidFoundationAllowlist",
     "the foundation allowlist would lose its last or your own key"},
    {ProgramError::Deprecated, "Deprecated", "this instruction is no longer in use"},
    {ProgramError::ImmutableField, "ImmutableField", "this setting cannot be changed any more"},
    {ProgramError::CyoaRequiresPhysical, "CyoaRequiresPhysical",
     "customer access needs a physical interface"},
    {ProgramError::DeviceHasInterfaces, "DeviceHasInterfaces", "the device still has interfaces"},
    {ProgramError::MulticastGroupNotEmpty, "MulticastGroupNotEmpty", "the multicast group still has members"},
    {ProgramError::AccessPassInUse, "AccessPassInUse", "the access pass is in use"},
    {ProgramError::InvalidTenantPubkey, "InvalidTenantPubkey", "the tenant key is not valid"},
    {ProgramError::InvalidVrfId, "InvalidVrfId", "the VRF id is not valid"},
    {ProgramError::VrfIdTooLong, "VrfIdTooLong", "the VRF id is too long"},
    {ProgramError::AdministratorAlreadyExists, "AdministratorAlreadyExists",
     "this key is already an administrator of the tenant"},
    {ProgramError::AdministratorNotFound, "AdministratorNotFound",
     "this key is not an administrator of the tenant"},
    {ProgramError::InvalidPaymentStatus, "InvalidPaymentStatus", "the payment status is not valid"},
    {ProgramError::TenantNotInAccessPassAllowlist, "TenantNotInAccessPassAllowlist",
     "the access pass does not allow this tenant"},
    {ProgramError::InvalidTunnelEndpoint, "InvalidTunnelEndpoint",
     "the tunnel endpoint is not a public address"},
    {ProgramError::MaxUnicastUsersExceeded, "MaxUnicastUsersExceeded",
     "the device has no free seat for unicast users"},
    {ProgramError::MaxMulticastSubscribersExceeded, "MaxMulticastSubscribersExceeded",
     "the device has no free seat for multicast subscribers"},
    {ProgramError::InterfaceHasEdgeAssignment, "InterfaceHasEdgeAssignment",
     "the interface is used for customer access"},
    {ProgramError::FeatureNotEnabled, "FeatureNotEnabled", "the feature is switched off"},
    {ProgramError::MaxMulticastPublishersExceeded, "MaxMulticastPublishersExceeded",
     "the device has no free seat for multicast publishers"},
    {ProgramError::ArithmeticOverflow, "ArithmeticOverflow", "a counter would overflow"},
    {ProgramError::InvalidName, "InvalidName", "the name has characters that are not allowed"},
    {ProgramError::InvalidDeviceTunnelBlock, "InvalidDeviceTunnelBlock",
     "the device tunnel block must be a private network"},
    {ProgramError::AccessPassMaxUnicastUsersExceeded, "AccessPassMaxUnicastUsersExceeded",
     "the access pass allows no more unicast users"},
    {ProgramError::AccessPassMaxMulticastUsersExceeded, "AccessPassMaxMulticastUsersExceeded",
     "the access pass allows no more multicast users"},
    {ProgramError::MetroMismatch, "MetroMismatch",
     "the feed is offered at another exchange than the device's"},
    {ProgramError::FeedAccountRequired, "FeedAccountRequired", "the feed's account is missing"},
    {ProgramError::FeedNotOnAccessPass, "FeedNotOnAccessPass", "the access pass has no seat on this feed"},
    {ProgramError::GroupNotInFeed, "GroupNotInFeed", "the multicast group is not part of the feed"},
    {ProgramError::FeedSeatFull, "FeedSeatFull", "all seats on this feed are taken"},
    {ProgramError::FeedMaxUsersZero, "FeedMaxUsersZero", "a feed seat must allow at least one user"},
    {ProgramError::FeedMaxUsersBelowCurrentUsers, "FeedMaxUsersBelowCurrentUsers",
     "more users hold this feed than the new maximum"},
    {ProgramError::FeedMaxFutureUsersBelowMaxUsers, "FeedMaxFutureUsersBelowMaxUsers",
     "the future maximum is below the current one"},
    {ProgramError::FeedInvalidAnniversaryDay, "FeedInvalidAnniversaryDay",
     "the anniversary day must be 1 to 31"},
    {ProgramError::FeedInvalidBillingWindow, "FeedInvalidBillingWindow", "the billing window is not valid"},
    {ProgramError::EdgeSeatRequired, "EdgeSeatRequired", "this needs an access pass with feed seats"},
    {ProgramError::UserDeviceMismatch, "UserDeviceMismatch", "the user is on another device"},
    {ProgramError::UserFeedLimitExceeded, "UserFeedLimitExceeded",
     "the user holds as many feeds as are allowed"},
    {ProgramError::EdgeSeatIsMulticastOnly, "EdgeSeatIsMulticastOnly",
     "an access pass with feed seats is for multicast only"},
});

constexpr auto kBuiltins = std::to_array<std::string_view>({
    "InvalidInstructionData",
    "InvalidAccountData",
    "InvalidArgument",
    "AccountAlreadyInitialized",
    "IncorrectProgramId",
    "NotEnoughAccountKeys",
    "MissingRequiredSignature",
    "InsufficientFunds",
    "ProgramFailedToComplete",
});

const Row* find(ProgramError code) {
    const auto index = static_cast<std::uint32_t>(code) - 1U;
    return index < kErrors.size() ? &kErrors[index] : nullptr;
}

constexpr std::string_view kAccountIndex = "account_index";

std::optional<std::uint32_t> to_number(const json::Value& value) {
    if (!value.is_number_unsigned()) return std::nullopt;
    const auto number = value.get<std::uint64_t>();
    if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

Result<TransactionError> parse_instruction_error(const json::Value& pair) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned()) {
        return fail(Errc::BadValue, "instruction error is not a pair of position and reason");
    }
    TransactionError error;
    error.instruction = pair[0].get<std::uint32_t>();
    const json::Value& reason = pair[1];
    if (reason.is_string()) {
        error.name = reason.get<std::string>();
        return error;
    }
    if (!reason.is_object() || reason.size() != 1)
        return fail(Errc::BadValue, "unknown form of instruction error");
    const auto first = reason.begin();
    const json::Value& value = first.value();
    if (first.key() == "Custom") error.custom = to_number(value);
    if (!error.custom) error.name = first.key();
    return error;
}

}  // namespace

std::string_view name_of(ProgramError code) {
    const Row* row = find(code);
    return row ? row->name : std::string_view{};
}

std::string_view sentence_of(ProgramError code) {
    const Row* row = find(code);
    return row ? row->sentence : std::string_view{};
}

std::string_view name_of(BuiltinError error) {
    return kBuiltins[static_cast<std::size_t>(error)];
}

std::optional<BuiltinError> builtin_error(std::string_view name) {
    const auto at = std::ranges::find(kBuiltins, name);
    if (at == kBuiltins.end()) return std::nullopt;
    return static_cast<BuiltinError>(at - kBuiltins.begin());
}

Result<TransactionError> parse_transaction_error(const json::Value& err) {
    if (err.is_string()) return TransactionError{{}, {}, err.get<std::string>()};
    if (!err.is_object() || err.size() != 1) return fail(Errc::BadValue, "unknown form of transaction error");
    const auto first = err.begin();
    if (first.key() == "InstructionError") return parse_instruction_error(first.value());
    // Such as {"InsufficientFundsForRent":{"account_index":3}} and {"DuplicateInstruction":2}.
    const json::Value& value = first.value();
    const auto account = value.is_object() ? value.find(kAccountIndex) : value.end();
    return TransactionError::whole(first.key(), to_number(account != value.end() ? *account : value));
}

json::Ordered to_json(const TransactionError& error) {
    if (!error.instruction) {
        if (!error.position) return error.name;
        if (error.name == "DuplicateInstruction") return json::Ordered{{error.name, *error.position}};
        return json::Ordered{{error.name, json::Ordered{{kAccountIndex, *error.position}}}};
    }
    json::Ordered reason = error.name;
    if (error.custom) reason = json::Ordered{{"Custom", *error.custom}};
    return json::Ordered{{"InstructionError", json::Ordered::array({*error.instruction, std::move(reason)})}};
}

std::string describe(const TransactionError& error) {
    if (!error.custom) return error.name;
    const Row* row = find(static_cast<ProgramError>(*error.custom));
    if (!row) return fmt::format("program error {}", *error.custom);
    return fmt::format("{} ({}): {}", row->name, *error.custom, row->sentence);
}

std::vector<std::string> program_log(const std::vector<std::string>& log_messages) {
    constexpr std::string_view kPrefix = "Program log: ";
    std::vector<std::string> lines;
    for (const std::string& line : log_messages) {
        if (line.starts_with(kPrefix)) lines.push_back(line.substr(kPrefix.size()));
    }
    return lines;
}

}  // namespace dz::ledger
