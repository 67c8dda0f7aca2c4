// ledger/program_error.hpp: why a transaction failed, as numbers, names and sentences (ledger.md 3).
//
// The RPC reports {"InstructionError":[index, reason]} where `reason` is {"Custom": code} for the program's
// own errors and a name for those built into the ledger; or a single name for the transaction as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::ledger {

/// Errors of the serviceability program: `Custom` codes.
enum class ProgramError : std::uint32_t {
    InvalidOwnerPubkey = 1,
    InvalidLocationPubkey = 2,
    InvalidExchangePubkey = 3,
    InvalidDeviceAPubkey = 4,
    InvalidDeviceZPubkey = 5,
    InvalidDevicePubkey = 6,
    InvalidStatus = 7,
    NotAllowed = 8,
    InvalidAccountType = 9,
    InvalidContributorPubkey = 10,
    InvalidInterfaceVersion = 11,
    InvalidInterfaceName = 12,
    ReferenceCountNotZero = 13,
    InvalidContributor = 14,
    InvalidInterfaceZForExternal = 15,
    InvalidIndex = 16,
    DeviceAlreadySet = 17,
    DeviceNotSet = 18,
    InvalidAccountCode = 19,
    MaxUsersExceeded = 20,
    InvalidLastAccessEpoch = 21,
    Unauthorized = 22,
    InvalidSolanaPubkey = 23,
    InterfaceNotFound = 24,
    AccessPassUnauthorized = 25,
    InvalidClientIp = 26,
    InvalidDzIp = 27,
    InvalidTunnelNet = 28,
    InvalidTunnelId = 29,
    InvalidTunnelIp = 30,
    InvalidBandwidth = 31,
    InvalidDelay = 32,
    InvalidJitter = 33,
    CodeTooLong = 34,
    NoDzPrefixes = 35,
    InvalidLocation = 36,
    InvalidExchange = 37,
    InvalidDzPrefix = 38,
    NameTooLong = 39,
    InvalidLatitude = 40,
    InvalidLongitude = 41,
    InvalidLocId = 42,
    InvalidCountryCode = 43,
    InvalidLocalAsn = 44,
    InvalidRemoteAsn = 45,
    InvalidMtu = 46,
    InvalidInterfaceIp = 47,
    InvalidInterfaceIpNet = 48,
    InvalidVlanId = 49,
    InvalidMaxBandwidth = 50,
    InvalidMulticastIp = 51,
    InvalidAccountOwner = 52,
    AccessPassNotFound = 53,
    UserAccountNotFound = 54,
    InvalidBgpCommunity = 55,
    InterfaceAlreadyExists = 56,
    InvalidInterfaceType = 57,
    InvalidLoopbackType = 58,
    InvalidMinCompatibleVersion = 59,
    InvalidActualLocation = 60,
    InvalidUserPubkey = 61,
    InvalidPublicIp = 62,
    AllocationFailed = 63,
    SerializationFailure = 64,
    InvalidArgument = 65,
    InvalidFoundationAllowlist = 66,
    Deprecated = 67,
    ImmutableField = 68,
    CyoaRequiresPhysical = 69,
    DeviceHasInterfaces = 70,
    MulticastGroupNotEmpty = 71,
    AccessPassInUse = 72,
    InvalidTenantPubkey = 73,
    InvalidVrfId = 74,
    VrfIdTooLong = 75,
    AdministratorAlreadyExists = 76,
    AdministratorNotFound = 77,
    InvalidPaymentStatus = 78,
    TenantNotInAccessPassAllowlist = 79,
    InvalidTunnelEndpoint = 80,
    MaxUnicastUsersExceeded = 81,
    MaxMulticastSubscribersExceeded = 82,
    InterfaceHasEdgeAssignment = 83,
    FeatureNotEnabled = 84,
    MaxMulticastPublishersExceeded = 85,
    ArithmeticOverflow = 86,
    InvalidName = 87,
    InvalidDeviceTunnelBlock = 88,
    AccessPassMaxUnicastUsersExceeded = 89,
    AccessPassMaxMulticastUsersExceeded = 90,
    MetroMismatch = 91,
    FeedAccountRequired = 92,
    FeedNotOnAccessPass = 93,
    GroupNotInFeed = 94,
    FeedSeatFull = 95,
    FeedMaxUsersZero = 96,
    FeedMaxUsersBelowCurrentUsers = 97,
    FeedMaxFutureUsersBelowMaxUsers = 98,
    FeedInvalidAnniversaryDay = 99,
    FeedInvalidBillingWindow = 100,
    EdgeSeatRequired = 101,
    UserDeviceMismatch = 102,
    UserFeedLimitExceeded = 103,
    EdgeSeatIsMulticastOnly = 104,
};

/// Errors built into the ledger that the program uses.
enum class BuiltinError {
    InvalidInstructionData,
    InvalidAccountData,
    InvalidArgument,
    AccountAlreadyInitialized,
    IncorrectProgramId,
    NotEnoughAccountKeys,
    MissingRequiredSignature,
    InsufficientFunds,
    ProgramFailedToComplete,  ///< the program aborted
};

/// "MaxUsersExceeded"; empty for a code outside the table.
std::string_view name_of(ProgramError code);
/// "the device has no free seat": a sentence for people; empty for a code outside the table.
std::string_view sentence_of(ProgramError code);
/// "InvalidInstructionData"
std::string_view name_of(BuiltinError error);
std::optional<BuiltinError> builtin_error(std::string_view name);

/// Why a transaction failed.
struct TransactionError {
    /// Position of the failing instruction, prelude included; unset when the transaction failed as a whole.
    std::optional<std::uint32_t> instruction;
    /// `Custom` code. The program it belongs to is the instruction's.
    std::optional<std::uint32_t> custom;
    /// Name where there is no code: "ProgramFailedToComplete", "BlockhashNotFound".
    std::string name;
    /// What a failure of the whole transaction speaks of: the account that InsufficientFundsForRent leaves
    /// too poor, the request that DuplicateInstruction repeats.
    std::optional<std::uint32_t> position = {};
    bool operator==(const TransactionError&) const = default;

    static TransactionError of(std::uint32_t instruction, ProgramError code) {
        return {instruction, static_cast<std::uint32_t>(code), {}};
    }
    static TransactionError of(std::uint32_t instruction, BuiltinError error) {
        return {instruction, std::nullopt, std::string(name_of(error))};
    }
    /// Of the transaction as a whole.
    static TransactionError whole(std::string name, std::optional<std::uint32_t> position = {}) {
        return {std::nullopt, std::nullopt, std::move(name), position};
    }
};

/// From the `err` value of an RPC answer, which must not be null. Errors: BadValue.
Result<TransactionError> parse_transaction_error(const json::Value& err);
/// The same shape for a server's answers.
json::Ordered to_json(const TransactionError& error);

/// "MaxUsersExceeded (20): the device has no free seat". Unknown codes: "program error 1234".
std::string describe(const TransactionError& error);

/// The lines that a program wrote itself ("Program log: ..."), without that prefix.
std::vector<std::string> program_log(const std::vector<std::string>& log_messages);

}  // namespace dz::ledger
