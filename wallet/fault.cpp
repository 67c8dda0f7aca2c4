#include "wallet/fault.hpp"

#include <array>

namespace dz::wallet {

namespace {

struct Row {
    Fault fault;
    std::string_view name;
    Errc code;
};

constexpr std::array kRows = {
    Row{Fault::None, "None", Errc::Internal},
    Row{Fault::CannotDeriveFromHardenedKey, "CannotDeriveFromHardenedKey", Errc::BadValue},
    Row{Fault::InvalidChildNumber, "InvalidChildNumber", Errc::LimitExceeded},
    Row{Fault::InvalidDerivationPath, "InvalidDerivationPath", Errc::BadValue},
    Row{Fault::UnknownVersion, "UnknownVersion", Errc::BadValue},
    Row{Fault::WrongExtendedKeyLength, "WrongExtendedKeyLength", Errc::BadValue},
    Row{Fault::Secp256k1, "Secp256k1", Errc::BadValue},
    Row{Fault::InvalidSeedLength, "InvalidSeedLength", Errc::BadValue},
    Row{Fault::NonHardenedNotSupported, "NonHardenedNotSupported", Errc::BadValue},
    Row{Fault::InvalidMnemonic, "InvalidMnemonic", Errc::BadValue},
    Row{Fault::InvalidAddress, "InvalidAddress", Errc::BadValue},
    Row{Fault::Base58, "Base58", Errc::BadValue},
    Row{Fault::Bech32, "Bech32", Errc::BadValue},
    Row{Fault::InvalidNetwork, "InvalidNetwork", Errc::BadValue},
    Row{Fault::KeyError, "KeyError", Errc::BadValue},
    Row{Fault::Serialization, "Serialization", Errc::BadValue},
    Row{Fault::InvalidParameter, "InvalidParameter", Errc::BadValue},
    Row{Fault::WatchOnly, "WatchOnly", Errc::Permission},
    Row{Fault::NoKeySource, "NoKeySource", Errc::NotFound},
    Row{Fault::InvalidState, "InvalidState", Errc::Exists},
    Row{Fault::ReservationLimit, "ReservationLimit", Errc::LimitExceeded},
};

constexpr const Row& row_of(Fault fault) {
    return kRows[static_cast<std::size_t>(fault)];
}

static_assert([] {
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        if (kRows[i].fault != static_cast<Fault>(i)) return false;
    }
    return kRows.size() == static_cast<std::size_t>(Fault::ReservationLimit) + 1;
}());

}  // namespace

std::string_view to_string(Fault fault) {
    return row_of(fault).name;
}

std::unexpected<Error> fail(Fault fault, std::string text) {
    return dz::fail(row_of(fault).code, std::move(text), static_cast<long>(fault));
}

Fault fault_of(const Error& error) {
    const auto number = static_cast<std::size_t>(error.detail);
    if (error.detail <= 0 || number >= kRows.size() || kRows[number].code != error.code) return Fault::None;
    return kRows[number].fault;
}

}  // namespace dz::wallet
