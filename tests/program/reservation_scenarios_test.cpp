// The scenarios of ledger.md 7 on reservations, in both forms, as signed transactions.
#include <catch2/catch.hpp>

#include <utility>

#include "ledger/limits.hpp"
#include "tests/program/scenario.hpp"

using namespace dz;
using namespace dz::test;
using ledger::Dialect;
using ledger::UserType;

namespace {

const Ipv4 kClient = ip(1, 2, 3, 4);
const Ipv4 kOther = ip(1, 2, 3, 5);

/// A device of `max_users` seats, and "oracle" as reservation authority.
struct Reserving : Network {
    explicit Reserving(std::uint16_t max_users, Dialect dialect = Dialect::Seats,
                       std::shared_ptr<Witness> witness = {})
        : Network(dialect, std::move(witness)) {
        ix::UpdateDevice seats;
        seats.max_users = max_users;
        change_device(seats);
        REQUIRE(send("foundation", as("foundation").make(ix::SetAuthority{{}, {}, {}, pk("oracle")})) ==
                "ok");
    }
    std::string reserve(const std::string& payer, Ipv4 address) {
        return send(payer, as(payer).make(ix::ReserveSeat{address}, device));
    }
    std::string reserve_block(const std::string& payer, std::uint16_t count) {
        return send(payer, as(payer).make(ix::ReserveBlock{count}, device));
    }
    std::string close(const std::string& payer, const PublicKey& reservation) {
        return send(payer, as(payer).make(ix::CloseReservation{}, reservation, device));
    }
    PublicKey seat(Ipv4 address) const { return addresses().seat_reservation(device, address).key; }
    PublicKey block(const std::string& owner) { return addresses().block_reservation(device, pk(owner)).key; }
    std::uint16_t reserved() const { return get_device().reserved_seats; }
};

}  // namespace

TEST_CASE("scenario 39: the authority holds a seat for an address", "[program]") {
    Reserving world(2, Dialect::Seats, scenario());
    CHECK(world.reserve("oracle", kClient) == "ok");
    const auto& account = world.account(world.seat(kClient));
    CHECK(account.data.size() == 70);
    CHECK(account.lamports == 1'378'080);
    const auto seat = world.get<ledger::SeatReservation>(world.seat(kClient));
    CHECK(seat.owner == world.pk("oracle"));
    CHECK(seat.device_pk == world.device);
    CHECK(seat.client_ip == kClient);
    CHECK(world.reserved() == 1);
}

TEST_CASE("scenario 40: a second address does not fit a device of one seat", "[program]") {
    Reserving world(1, Dialect::Seats, scenario());
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    CHECK(world.reserve("oracle", kOther) == "20 MaxUsersExceeded");
    CHECK(world.reserved() == 1);
}

TEST_CASE("scenario 41: users and reservations together fill a device", "[program]") {
    Reserving world(2, Dialect::Seats, scenario());
    ix::UpdateDevice one_user;
    one_user.users_count = 1;
    world.change_device(one_user);
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    CHECK(world.reserve("oracle", kOther) == "20 MaxUsersExceeded");
}

TEST_CASE("scenario 42: a locked device takes no reservation", "[program]") {
    Reserving world(0, Dialect::Seats, scenario());
    CHECK(world.reserve("oracle", kClient) == "20 MaxUsersExceeded");
}

TEST_CASE("scenario 43: closing frees the seat and pays the rent to who closes", "[program]") {
    Reserving world(2, Dialect::Seats, scenario());
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    const std::uint64_t before = world.balance(world.pk("foundation"));
    CHECK(world.close("foundation", world.seat(kClient)) == "ok");
    CHECK_FALSE(world.exists(world.seat(kClient)));
    CHECK(world.balance(world.pk("foundation")) == before + 1'378'080 - devnet::kLamportsPerSignature);
    CHECK(world.reserved() == 0);
}

TEST_CASE("scenario 44: strangers neither reserve nor close, the foundation does both", "[program]") {
    Reserving world(2, Dialect::Seats, scenario());
    CHECK(world.reserve("mallory", kClient) == "8 NotAllowed");
    REQUIRE(world.reserve("foundation", kClient) == "ok");
    CHECK(world.close("mallory", world.seat(kClient)) == "8 NotAllowed");
    CHECK(world.reserved() == 1);
}

TEST_CASE("scenario 45: the same address is not reserved twice", "[program]") {
    Reserving world(5, Dialect::Seats, scenario());
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    CHECK(world.reserve("oracle", kClient) == "0 AccountAlreadyInUse");
    CHECK(world.reserve("foundation", kClient) == "0 AccountAlreadyInUse");
    CHECK(world.reserved() == 1);
}

TEST_CASE("scenario 46: a reservation is closed with its own device only", "[program]") {
    Reserving world(2, Dialect::Seats, scenario());
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    const PublicKey seat = world.seat(kClient);
    const PublicKey first = world.device;
    world.device = world.add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}});
    CHECK(world.close("oracle", seat) == "6 InvalidDevicePubkey");
    world.device = first;
    CHECK(world.close("oracle", seat) == "ok");
}

TEST_CASE("scenario 47: reserved seats keep others out until they are closed", "[program]") {
    Reserving world(1, Dialect::Seats, scenario());
    const Ipv4 client = ip(9, 128, 0, 100);
    REQUIRE(world.set_pass("alice", client) == "ok");
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    CHECK(world.create_user("alice", client) == "20 MaxUsersExceeded");
    REQUIRE(world.close("oracle", world.seat(kClient)) == "ok");
    CHECK(world.create_user("alice", client) == "ok");
    CHECK(world.reserve("oracle", kClient) == "20 MaxUsersExceeded");
}

TEST_CASE("scenario 48: SetAuthority with the fourth value alone changes the authority alone", "[program]") {
    Reserving world(2, Dialect::Seats, scenario());
    const auto before = world.state();
    REQUIRE(world.send("foundation",
                       world.as("foundation").make(ix::SetAuthority{{}, {}, {}, world.pk("newer")})) == "ok");
    auto expected = before;
    expected.feed_authority_pk = world.pk("newer");
    CHECK(world.state() == expected);
    CHECK(world.reserve("oracle", kClient) == "8 NotAllowed");
    CHECK(world.reserve("newer", kClient) == "ok");
}

TEST_CASE("scenario 49: a device keeps room for its users and for what is reserved", "[program]") {
    Reserving world(3, Dialect::Seats, scenario());
    const Ipv4 client = ip(9, 128, 0, 100);
    REQUIRE(world.set_pass("alice", client) == "ok");
    REQUIRE(world.create_user("alice", client) == "ok");
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    const auto set_max = [&](std::uint16_t max_users) {
        ix::UpdateDevice args;
        args.max_users = max_users;
        return world.send("contributor",
                          world.as("contributor").make(args, {world.device, world.contributor, {}, {}}));
    };
    CHECK(set_max(1) == "20 MaxUsersExceeded");
    CHECK(set_max(0) == "20 MaxUsersExceeded");
    CHECK(set_max(2) == "ok");
    REQUIRE(world.close("oracle", world.seat(kClient)) == "ok");
    // With nothing reserved a device may be locked while users are on it.
    CHECK(set_max(0) == "ok");
}

TEST_CASE("reservation: what is not there cannot be closed", "[program]") {
    Reserving world(2);
    CHECK(world.close("oracle", world.seat(kClient)) == "ProgramFailedToComplete");
    CHECK(world.close("mallory", world.seat(kClient)) == "ProgramFailedToComplete");
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    REQUIRE(world.close("oracle", world.seat(kClient)) == "ok");
    CHECK(world.close("oracle", world.seat(kClient)) == "ProgramFailedToComplete");
}

TEST_CASE("reservation: closing never takes the seats below zero", "[program]") {
    Reserving world(2);
    REQUIRE(world.reserve("oracle", kClient) == "ok");
    auto device = world.get_device();
    device.reserved_seats = 0;
    world.set(world.device, device);
    CHECK(world.close("oracle", world.seat(kClient)) == "ok");
    CHECK(world.reserved() == 0);
}

TEST_CASE("scenario 50: a block takes many seats at once", "[program]") {
    Reserving world(3, Dialect::Blocks, scenario(Dialect::Blocks));
    CHECK(world.reserve_block("oracle", 0) == "65 InvalidArgument");
    CHECK(world.reserve_block("mallory", 0) == "65 InvalidArgument");
    CHECK(world.reserve_block("oracle", 4) == "20 MaxUsersExceeded");
    CHECK(world.reserve_block("oracle", 3) == "ok");
    CHECK(world.reserved() == 3);
    CHECK(world.account(world.block("oracle")).data.size() == 68);
    CHECK(world.get<ledger::BlockReservation>(world.block("oracle")).reserved_count == 3);
    CHECK(world.reserve_block("foundation", 65535) == "86 ArithmeticOverflow");
}

TEST_CASE("scenario 51: a block respects the limit of multicast subscribers", "[program]") {
    Reserving world(10, Dialect::Blocks, scenario(Dialect::Blocks));
    ix::UpdateDevice limit;
    limit.max_multicast_subscribers = 2;
    world.change_device(limit);
    CHECK(world.reserve_block("oracle", 3) == "82 MaxMulticastSubscribersExceeded");
    CHECK(world.reserve_block("oracle", 2) == "ok");
}

TEST_CASE("scenario 52: an owner has one block on a device", "[program]") {
    Reserving world(10, Dialect::Blocks, scenario(Dialect::Blocks));
    REQUIRE(world.reserve_block("oracle", 2) == "ok");
    CHECK(world.reserve_block("oracle", 2) == "0 AccountAlreadyInUse");
    CHECK(world.reserve_block("foundation", 2) == "ok");
    CHECK(world.reserved() == 4);
}

namespace {

/// A block of seats, and users that take them.
struct Block : Reserving {
    explicit Block(std::uint16_t count, std::shared_ptr<Witness> witness = {})
        : Reserving(10, Dialect::Blocks, std::move(witness)) {
        REQUIRE(reserve_block("oracle", count) == "ok");
        group = add_group("alpha");
    }
    std::string take(const std::string& payer, Ipv4 address, const std::string& owner = "oracle",
                     UserType type = UserType::Multicast) {
        const ix::CreateReservedSubscribeUser args{type, ledger::Cyoa::GreOverDia, address, {}, 0};
        const auto instruction = as(payer).with_accounts(
            args, {ledger::writable(addresses().user(address, type)), ledger::writable(device),
                   ledger::writable(group), ledger::writable(block(owner)),
                   ledger::read_only(addresses().global_state())});
        return send(payer, instruction);
    }
    /// With the seat of this device, but on another.
    std::string take_elsewhere(const std::string& payer, Ipv4 address) {
        const PublicKey seats = block(payer);
        const PublicKey here =
            std::exchange(device, add_device("la2-dz01", 1, {Prefix{ip(9, 128, 1, 136), 29}}));
        const ix::CreateReservedSubscribeUser args{
            UserType::Multicast, ledger::Cyoa::GreOverDia, address, {}, 0};
        const auto instruction = as(payer).with_accounts(
            args, {ledger::writable(user(address, UserType::Multicast)), ledger::writable(device),
                   ledger::writable(group), ledger::writable(seats),
                   ledger::read_only(addresses().global_state())});
        device = here;
        return send(payer, instruction);
    }
    PublicKey group;
};

}  // namespace

TEST_CASE("scenario 53: a reserved user takes one seat of the block", "[program]") {
    Block world(3, scenario(Dialect::Blocks));
    CHECK(world.take("oracle", ip(9, 128, 0, 100)) == "ok");
    CHECK(world.get<ledger::BlockReservation>(world.block("oracle")).reserved_count == 2);
    const auto device = world.get_device();
    CHECK(device.reserved_seats == 2);
    CHECK(device.users_count == 1);
    CHECK(device.multicast_subscribers_count == 1);
    const auto user = world.get_user(ip(9, 128, 0, 100), UserType::Multicast);
    CHECK(user.status == ledger::UserStatus::Pending);
    CHECK(user.subscribers == std::vector{world.group});
    CHECK(world.get<ledger::MulticastGroup>(world.group).subscriber_count == 1);
}

TEST_CASE("scenario 54: seats are taken by their owner, for multicast, while there are some", "[program]") {
    Block world(1, scenario(Dialect::Blocks));
    CHECK(world.take("mallory", ip(9, 128, 0, 100)) == "8 NotAllowed");
    CHECK(world.take("foundation", ip(9, 128, 0, 100)) == "8 NotAllowed");
    CHECK(world.take("oracle", ip(9, 128, 0, 100), "oracle", UserType::Ibrl) == "65 InvalidArgument");
    CHECK(world.take_elsewhere("oracle", ip(9, 128, 0, 100)) == "6 InvalidDevicePubkey");
    REQUIRE(world.take("oracle", ip(9, 128, 0, 100)) == "ok");
    CHECK(world.take("oracle", ip(9, 128, 0, 101)) == "20 MaxUsersExceeded");
    CHECK(world.take("oracle", ip(9, 128, 0, 100)) == "AccountAlreadyInitialized");
}

TEST_CASE("scenario 55: closing a block gives back the seats that are left", "[program]") {
    Block world(3, scenario(Dialect::Blocks));
    REQUIRE(world.take("oracle", ip(9, 128, 0, 100)) == "ok");
    CHECK(world.close("oracle", world.block("oracle")) == "ok");
    CHECK(world.reserved() == 0);
    CHECK(world.get_device().users_count == 1);
}

TEST_CASE("reservation: more seats in a block than on the device is an underflow", "[program]") {
    Block world(3);
    auto device = world.get_device();
    device.reserved_seats = 2;
    world.set(world.device, device);
    CHECK(world.close("oracle", world.block("oracle")) == "65 InvalidArgument");
}
