// reservation.cpp: seats held on a device ahead of their users.
//
// Ledgers know one of two forms: a seat for one client address (--client-ip), or a number of seats for the
// signer (--count). doublezero-devnet --reservations r1 and r2 choose between them; public ledgers have none.
#include <fmt/format.h>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/kind.hpp"

namespace dz::cli {

namespace {

using ledger::BlockReservation;
using ledger::Device;
using ledger::SeatReservation;
namespace ix = ledger::ix;

/// Both forms in one row; what a form does not have is empty.
struct Row {
    ledger::PublicKey key, device, owner;
    std::string device_code, client_ip;
    std::uint16_t seats = 1;

    auto order() const { return std::tuple(device_code, client_ip, key); }
};

std::vector<Row> rows_of(const ledger::Snapshot& all) {
    std::vector<Row> rows;
    for (const auto& [key, seat] : all.all<SeatReservation>())
        rows.push_back({key, seat.device_pk, seat.owner, code_of(all.devices(), seat.device_pk),
                        seat.client_ip.to_string(), 1});
    for (const auto& [key, block] : all.all<BlockReservation>())
        rows.push_back({key, block.device_pk, block.owner, code_of(all.devices(), block.device_pk), "",
                        block.reserved_count});
    std::ranges::sort(rows, {}, &Row::order);
    return rows;
}

Record record(const Row& row) {
    Record record;
    record.add("account", row.key.to_string());
    record.json_only("device_pk", row.device.to_string());
    record.add("device", row.device_code);
    record.add("client_ip", row.client_ip);
    record.add("seats", row.seats);
    record.add("owner", row.owner.to_string());
    return record;
}

Task<Result<Catalogue>> read_reservations(Context& context) {
    return read_kinds(context, {ledger::AccountType::Reservation, Device::kType});
}

struct Filter {
    std::vector<std::string> device, client_ip;
    std::vector<ledger::PublicKey> owner;
};

bool keeps(const Filter& filter, const Row& row) {
    return passes(filter.device, {row.device_code, row.device.to_string()}) &&
           passes(filter.client_ip, {row.client_ip}) && is(filter.owner, row.owner);
}

Task<Result<>> list(Filter filter, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_reservations(context));
    std::vector<Record> records;
    for (const Row& row : rows_of(*all)) {
        if (keeps(filter, row)) records.push_back(record(row));
    }
    print_list(out, style, record({}), records);
    co_return Result<>{};
}

/// Which reservation is meant: its address, or its device and what it was made for.
struct Which {
    std::optional<ledger::PublicKey> key;
    std::optional<std::string> device;
    std::optional<Ipv4> client_ip;
};

void add_which(Command<Which>& command) {
    command.take("--pubkey", command->key, "Address of the reservation");
    command.take("--device", command->device, "Or its device, and");
    command.take("--client-ip", command->client_ip,
                 "the address it is for; without it, the seats that the signer holds there");
    command.wants_some();
}

Task<Result<Row>> find_row(Which which, Context& context) {
    CO_TRY(const Catalogue all, co_await read_reservations(context));
    if (!which.key) {
        if (!which.device)
            co_return failure("which reservation?", "an address alone may have seats on several devices",
                              "add --device CODE, or use --pubkey", Errc::BadValue);
        const auto* const device = find(all->devices(), *which.device);
        if (device == nullptr) co_return not_found("device", *which.device);
        ledger::PublicKey payer;
        if (!which.client_ip) {
            CO_TRY(payer, context.payer());
        }
        which.key = which.client_ip ? context.addresses.seat_reservation(device->key, *which.client_ip).key
                                    : context.addresses.block_reservation(device->key, payer).key;
    }
    for (Row& row : rows_of(*all)) {
        if (row.key == *which.key) co_return std::move(row);
    }
    co_return not_found("reservation", which.key->to_string());
}

Task<Result<>> get(Which which, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Row row, co_await find_row(which, context));
    print_one(out, style, record(row));
    co_return Result<>{};
}

struct Reserve {
    std::string device;
    std::optional<Ipv4> client_ip;
    std::optional<std::uint16_t> count;
};

Task<Result<>> reserve(Reserve options, Draft& draft) {
    if (options.client_ip.has_value() == options.count.has_value())
        co_return failure("a reservation is for an address or for a number of seats", "",
                          "give either --client-ip or --count", Errc::BadValue);
    CO_TRY(const auto device, co_await draft.find<Device>(options.device));
    if (options.client_ip) {
        draft.concerns<SeatReservation>(draft.addresses().seat_reservation(device.key, *options.client_ip));
        draft.send(draft.build().make(ix::ReserveSeat{*options.client_ip}, device.key));
    } else {
        draft.concerns<BlockReservation>(draft.addresses().block_reservation(device.key, draft.payer()));
        draft.send(draft.build().make(ix::ReserveBlock{*options.count}, device.key));
    }
    co_return Result<>{};
}

Task<Result<>> close(Which which, Draft& draft) {
    CO_TRY(const Row row, co_await find_row(which, draft.context()));
    draft.send(draft.build().make(ix::CloseReservation{}, row.key, row.device));
    co_return Result<>{};
}

}  // namespace

void add_reservation(Group& root) {
    Group reservation = root.group("reservation", "Seats held on a device ahead of their users");
    auto all = reservation.command<Filter>("list", "List reservations");
    all.take("--device", all->device, "On these devices");
    all.take("--client-ip", all->client_ip, "For these addresses");
    all.take("--owner", all->owner, "Made by these keys");
    all.reads(Output::List, list);
    auto one = reservation.command<Which>("get", "Show one reservation");
    add_which(one);
    one.reads(Output::One, get);
    add_oracle_reservations(reservation);

    reservation.heading(kForAdministrators);
    auto make = reservation.command<Reserve>("reserve", "Hold seats on a device");
    make.need("--device", make->device, "Device code or address");
    make.take("--client-ip", make->client_ip, "One seat for this address");
    make.take("--count", make->count, "This many seats for the signer");
    make.writes(reserve);
    auto end = reservation.command<Which>("close", "Give held seats back");
    add_which(end);
    end.writes(close);
}

}  // namespace dz::cli
