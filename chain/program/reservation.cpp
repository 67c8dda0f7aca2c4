// Seats held on a device before their users exist, in both forms of March 2026 (ledger-processors.md 14).
#include "chain/program/entity.hpp"
#include "chain/program/pass_rules.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/reservations.hpp"

namespace dz::program {

using ledger::BlockReservation;
using ledger::Device;
using ledger::ProgramError;
using ledger::SeatReservation;

namespace {

struct SeatAccounts {
    AccountRef reservation, device, state;
};

enum class Seats { ToReserve, Reserved };

/// The device, for a payer who manages seats.
Expected<Device> open_seats(Invocation& in, Seats seats, SeatAccounts& accounts) {
    TRY_OK(in.read(accounts.reservation, accounts.device, accounts.state));
    TRY_OK(in.read_payer());
    TRY_OK(in.expect_ours(accounts.device, "device"));
    if (seats == Seats::Reserved) TRY_OK(in.expect_ours(accounts.reservation, "reservation"));
    TRY(const auto state, in.global_state(accounts.state));
    TRY_OK(authorize_reservations(in, state));
    return in.load<Device>(accounts.device, "device");
}

/// Error 6 unless the reservation is for this device; the rent goes to the payer.
template <class Reservation>
Expected<Reservation> close_seats(Invocation& in, const SeatAccounts& accounts) {
    TRY(const auto reservation, in.load<Reservation>(accounts.reservation, "reservation"));
    if (reservation.device_pk != accounts.device.key()) return reject(ProgramError::InvalidDevicePubkey);
    TRY_OK(in.close(accounts.reservation, in.payer()));
    return reservation;
}

}  // namespace

Outcome authorize_reservations(Invocation& in, const ledger::GlobalState& state) {
    const PublicKey& payer = in.payer().key();
    if (payer != state.reservation_authority_pk() && !is_foundation(state, payer)) {
        return reject(ProgramError::NotAllowed);
    }
    return {};
}

Outcome process(Invocation& in, const ix::ReserveSeat& args) {
    SeatAccounts accounts;
    TRY(auto device, open_seats(in, Seats::ToReserve, accounts));
    const unsigned taken = unsigned{device.users_count} + device.reserved_seats;
    if (taken > 0xffff) return panic("a counter overflowed");
    if (taken >= device.max_users) return reject(ProgramError::MaxUsersExceeded);
    const PublicKey& device_key = accounts.device.key();
    const ledger::Address address = in.addresses().seat_reservation(device_key, args.client_ip);
    TRY_OK(in.expect_key(accounts.reservation, address, "reservation"));
    TRY_OK(in.create(accounts.reservation,
                     SeatReservation{in.payer().key(), address.bump, device_key, args.client_ip}));
    TRY_OK(acquire(device.reserved_seats));
    return in.write(accounts.device, device);
}

Outcome process(Invocation& in, const ix::ReserveBlock& args) {
    if (args.count == 0) return reject(ProgramError::InvalidArgument, "no seats asked for");
    SeatAccounts accounts;
    TRY(auto device, open_seats(in, Seats::ToReserve, accounts));
    const unsigned reserved = unsigned{device.reserved_seats} + args.count;
    const unsigned taken = reserved + device.users_count;
    if (reserved > 0xffff || taken > 0xffff) return reject(ProgramError::ArithmeticOverflow);
    if (taken > device.max_users) return reject(ProgramError::MaxUsersExceeded);
    if (device.max_multicast_subscribers > 0 &&
        reserved + device.multicast_subscribers_count > device.max_multicast_subscribers) {
        return reject(ProgramError::MaxMulticastSubscribersExceeded);
    }
    const PublicKey& device_key = accounts.device.key();
    const PublicKey& owner = in.payer().key();
    const ledger::Address address = in.addresses().block_reservation(device_key, owner);
    TRY_OK(in.expect_key(accounts.reservation, address, "reservation"));
    TRY_OK(in.create(accounts.reservation, BlockReservation{owner, address.bump, device_key, args.count}));
    device.reserved_seats = static_cast<std::uint16_t>(reserved);
    return in.write(accounts.device, device);
}

Outcome process(Invocation& in, const ix::CloseReservation&) {
    SeatAccounts accounts;
    TRY(auto device, open_seats(in, Seats::Reserved, accounts));
    if (in.deployment().dialect == ledger::Dialect::Seats) {
        TRY_OK(close_seats<SeatReservation>(in, accounts));
        release(device.reserved_seats);
    } else {
        TRY(const auto block, close_seats<BlockReservation>(in, accounts));
        if (device.reserved_seats < block.reserved_count) return reject(ProgramError::InvalidArgument);
        device.reserved_seats = static_cast<std::uint16_t>(device.reserved_seats - block.reserved_count);
    }
    return in.write(accounts.device, device);
}

}  // namespace dz::program
