// The order of checks on reservations in both forms: of two violated ones the earlier answers
// (ledger-processors.md 14).
#include "tests/program/order.hpp"

using namespace dz;
using namespace dz::test;
using ledger::BlockReservation;
using ledger::Device;
using ledger::Dialect;
using ledger::User;
using ledger::UserType;

namespace {

const Ipv4 kClient = ip(9, 128, 0, 100);

/// "feeds" is the reservation authority.
struct Seats : Attempt {
    explicit Seats(Dialect dialect) : Attempt(dialect) { payer = "feeds"; }
    void spoil_device(const std::function<void(Device&)>& change) { spoil<Device>(device, change); }
};

struct Reservation : Seats {
    Reservation() : Seats(Dialect::Seats) {}
    TransactionInstruction instruction() override { return as(payer).make(ix::ReserveSeat{kClient}, device); }
};

struct BlockReserving : Seats {
    BlockReserving() : Seats(Dialect::Blocks) {}
    ix::ReserveBlock args{2};
    TransactionInstruction instruction() override { return as(payer).make(args, device); }
};

struct SeatClosing : Seats {
    SeatClosing() : Seats(Dialect::Seats) {
        REQUIRE(send("feeds", as("feeds").make(ix::ReserveSeat{kClient}, device)) == "ok");
        seat = addresses().seat_reservation(device, kClient);
    }
    TransactionInstruction instruction() override {
        return as(payer).make(ix::CloseReservation{}, seat, device);
    }
    PublicKey seat;
};

/// A block of two seats and a group; "oracle" is on the foundation's list too.
struct Blocks : Seats {
    Blocks() : Seats(Dialect::Blocks) {
        REQUIRE(send("feeds", as("feeds").make(ix::ReserveBlock{2}, device)) == "ok");
        block = addresses().block_reservation(device, pk("feeds"));
        group = add_group("alpha");
    }
    void spoil_block(const std::function<void(BlockReservation&)>& change) {
        spoil<BlockReservation>(block, change);
    }
    PublicKey block, group;
};

struct BlockClosing : Blocks {
    TransactionInstruction instruction() override {
        return as(payer).make(ix::CloseReservation{}, block, device);
    }
};

struct Taking : Blocks {
    ix::CreateReservedSubscribeUser args{UserType::Multicast, ledger::Cyoa::GreOverDia, kClient, {}, 0};
    PublicKey at = user(kClient, UserType::Multicast);
    TransactionInstruction instruction() override {
        std::vector accounts = {ledger::writable(at), ledger::writable(device), ledger::writable(group),
                                ledger::writable(block), ledger::read_only(addresses().global_state())};
        if (args.dz_prefix_count > 0) {
            accounts.insert(accounts.end(), {ledger::writable(addresses().user_tunnel_block()),
                                             ledger::writable(addresses().multicast_publisher_block()),
                                             ledger::writable(addresses().tunnel_ids(device)),
                                             ledger::writable(addresses().dz_prefix_block(device, 0))});
        }
        return as(payer).with_accounts(args, std::move(accounts));
    }
};

struct Leaving : Taking {
    Leaving() { REQUIRE(send("feeds", Taking::instruction()) == "ok"); }
    TransactionInstruction instruction() override {
        return as(payer).with_accounts(
            ix::DeleteReservedSubscribeUser{0, 0},
            {ledger::writable(at), ledger::writable(device), ledger::writable(group),
             ledger::read_only(addresses().global_state()), ledger::writable(pk("feeds"))});
    }
};

template <class C>
Step<C> foreign_device() {
    return {{kAbort, "a foreign device", [](C& c) { c.take_owner(c.device); }}};
}
template <class C>
Step<C> full_device() {
    return {{"20 MaxUsersExceeded", "a full device",
             [](C& c) { c.spoil_device([](Device& d) { d.users_count = d.max_users; }); }}};
}
template <class C>
Step<C> taken() {
    return {{"0 AccountAlreadyInUse", "reserved already",
             [](C& c) { c.occupy(c.instruction().accounts[0].key); }}};
}
template <class C>
Step<C> elsewhere() {
    return {{kAbort, "another address", [](C& c) { c.replaced[0] = c.nothing(); }}};
}

}  // namespace

TEST_CASE("order: ReserveConnection", "[program]") {
    using C = Reservation;
    expect_order<C>(
        C{}, {unsigned_payer<C>(), foreign_device<C>(), stranger<C>(), full_device<C>(), elsewhere<C>()});
    expect_order<C>(C{}, {full_device<C>(), taken<C>()});
    using B = BlockReserving;
    expect_order<B>(B{},
                    {{{"65 InvalidArgument", "no seat", [](B& c) { c.args.count = 0; }}},
                     unsigned_payer<B>(),
                     foreign_device<B>(),
                     stranger<B>(),
                     {{"86 ArithmeticOverflow", "more seats than a number holds",
                       [](B& c) {
                           c.args.count = 65535;
                           c.spoil_device([](Device& d) { d.reserved_seats = 1; });
                       }}},
                     full_device<B>(),
                     {{"82 MaxMulticastSubscribersExceeded", "no subscriber more",
                       [](B& c) { c.spoil_device([](Device& d) { d.max_multicast_subscribers = 1; }); }}},
                     elsewhere<B>()});
    expect_order<B>(B{}, {full_device<B>(), taken<B>()});
}

TEST_CASE("order: CloseReservation", "[program]") {
    using C = SeatClosing;
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          {{kAbort, "a foreign device", [](C& c) { c.take_owner(c.device); }},
                           {kAbort, "no reservation", [](C& c) { c.replaced[0] = c.nothing(); }}},
                          stranger<C>(),
                          {{"6 InvalidDevicePubkey", "another device", [](C& c) {
                                c.spoil<ledger::SeatReservation>(c.seat, [&](ledger::SeatReservation& seat) {
                                    seat.device_pk = c.location;
                                });
                            }}}});
    using B = BlockClosing;
    expect_order<B>(B{},
                    {unsigned_payer<B>(),
                     stranger<B>(),
                     {{"6 InvalidDevicePubkey", "another device",
                       [](B& c) { c.spoil_block([&](BlockReservation& r) { r.device_pk = c.location; }); }}},
                     {{"65 InvalidArgument", "more seats than the device holds",
                       [](B& c) { c.spoil_device([](Device& d) { d.reserved_seats = 1; }); }}}});
}

TEST_CASE("order: CreateReservedSubscribeUser", "[program]") {
    using C = Taking;
    expect_order<C>(
        C{}, {unsigned_payer<C>(),
              {{kOurs, "the user exists", [](C& c) { c.occupy(c.at); }}},
              {{"6 InvalidDevicePubkey", "no device", [](C& c) { c.take_type(c.device); }}},
              {{kAbort, "a foreign device", [](C& c) { c.take_owner(c.device); }}},
              stranger<C>(),
              {{"7 InvalidStatus", "a drained device",
                [](C& c) { c.spoil_device([](Device& d) { d.status = ledger::DeviceStatus::Drained; }); }}},
              {{"6 InvalidDevicePubkey", "seats on another device",
                [](C& c) { c.spoil_block([&](BlockReservation& r) { r.device_pk = c.location; }); }}},
              {{"8 NotAllowed", "seats of somebody else",
                [](C& c) { c.spoil_block([&](BlockReservation& r) { r.owner = c.pk("oracle"); }); }}},
              {{"20 MaxUsersExceeded", "no seat left",
                [](C& c) { c.spoil_block([](BlockReservation& r) { r.reserved_count = 0; }); }}},
              {{"65 InvalidArgument", "the device holds no seat",
                [](C& c) { c.spoil_device([](Device& d) { d.reserved_seats = 0; }); }},
               {"65 InvalidArgument", "a unicast user", [](C& c) { c.args.user_type = UserType::Ibrl; }}},
              {{"82 MaxMulticastSubscribersExceeded", "no subscriber more",
                [](C& c) {
                    c.spoil_device(
                        [](Device& d) { d.max_multicast_subscribers = d.multicast_subscribers_count = 1; });
                }}},
              {{kAbort, "another address", [](C& c) { c.replaced[0] = c.nothing(); }}},
              {{"7 InvalidStatus", "a suspended group",
                [](C& c) {
                    c.spoil<ledger::MulticastGroup>(c.group, [](ledger::MulticastGroup& g) {
                        g.status = ledger::MulticastGroupStatus::Suspended;
                    });
                }}},
              {{"84 FeatureNotEnabled", "allocators without the feature",
                [](C& c) { c.args.dz_prefix_count = 1; }}}});
}

TEST_CASE("order: DeleteReservedSubscribeUser", "[program]") {
    using C = Leaving;
    const auto spoil_user = [](C& c, const std::function<void(User&)>& change) {
        c.spoil<User>(c.at, change);
    };
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          foreign_device<C>(),
                          stranger<C>(),
                          {{"6 InvalidDevicePubkey", "another device",
                            [=](C& c) { spoil_user(c, [&](User& u) { u.device_pk = c.location; }); }}},
                          {{"8 NotAllowed", "another owner",
                            [=](C& c) { spoil_user(c, [&](User& u) { u.owner = c.pk("oracle"); }); }}},
                          {{"65 InvalidArgument", "a publisher elsewhere",
                            [=](C& c) { spoil_user(c, [&](User& u) { u.publishers = {c.location}; }); }}}});
}
