#include "ledger/instructions.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/ledger/instruction_samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

Bytes bytes_of(std::string_view hex) {
    return from_hex(hex).value();
}

}  // namespace

TEST_CASE("instruction: what is written is read back", "[ledger]") {
    for (const Instruction& instruction : sample_instructions()) {
        CAPTURE(print(instruction));
        CHECK(decode_instruction(encode_instruction(instruction)) == instruction);
    }
}

TEST_CASE("instruction: CreateUser has the bytes that the network expects", "[ledger]") {
    const ix::CreateUser args{UserType::Ibrl, Cyoa::GreOverDia, Ipv4{0x0a0b0c0d}, Ipv4{0xc0a80102}, 1};
    CHECK(to_hex(encode_instruction(args)) == "2400010a0b0c0dc0a8010201");
    CHECK(decode_instruction(bytes_of("2400010a0b0c0dc0a8010201")) == Instruction(args));
}

TEST_CASE("instruction: every number from 0 to 118 has one meaning today, but for the reservations",
          "[ledger]") {
    const std::set<int> reservations = {95, 96, 102, 103};
    for (int number = 0; number < 256; ++number) {
        CAPTURE(number);
        const Bytes data = {static_cast<std::uint8_t>(number)};
        const auto instruction = decode_instruction(data);
        if (number <= 118 && !reservations.contains(number) && number != 82) {
            REQUIRE(instruction);
            CHECK(number_of(*instruction) == number);
        } else {
            REQUIRE_FALSE(instruction);
            CHECK(instruction.error().code == (number == 82 ? Errc::BadValue : Errc::Unsupported));
        }
    }
}

TEST_CASE("instruction: empty data is unknown, not malformed", "[ledger]") {
    CHECK(decode_instruction({}).error().code == Errc::Unsupported);
}

TEST_CASE("instruction: the dialect decides what the reservation numbers mean", "[ledger]") {
    const Bytes seat = bytes_of("5f01020304");
    CHECK(decode_instruction(seat).error().code == Errc::Unsupported);
    CHECK(decode_instruction(seat, Dialect::Seats) == Instruction(ix::ReserveSeat{Ipv4{0x01020304}}));
    CHECK(decode_instruction(bytes_of("5f0300"), Dialect::Blocks) == Instruction(ix::ReserveBlock{3}));
    CHECK(decode_instruction(bytes_of("5f"), Dialect::Seats) == Instruction(ix::ReserveSeat{}));
    CHECK(decode_instruction(bytes_of("5f"), Dialect::Blocks) == Instruction(ix::ReserveBlock{1}));
    CHECK(decode_instruction(bytes_of("60"), Dialect::Seats) == Instruction(ix::CloseReservation{}));
    CHECK(decode_instruction(bytes_of("66"), Dialect::Seats).error().code == Errc::Unsupported);
    CHECK(decode_instruction(bytes_of("66"), Dialect::Blocks) ==
          Instruction(ix::CreateReservedSubscribeUser{}));
}

TEST_CASE("instruction: arguments that end early have their defaults", "[ledger]") {
    // The form of April 2026 had no round-trip time.
    CHECK(decode_instruction(bytes_of("6a01")) == Instruction(ix::SetUserBgpStatus{BgpStatus::Up, 0}));
    // The form of March 2026 had no limits: they default to one.
    const auto pass =
        decode_instruction(bytes_of("4300"
                                    "01020304"
                                    "4d00000000000000"
                                    "00"));
    REQUIRE(pass);
    CHECK(std::get<ix::SetAccessPass>(*pass).max_unicast_users == 1);
    CHECK(std::get<ix::SetAccessPass>(*pass).last_access_epoch == 77);
}

TEST_CASE("instruction: surplus bytes are ignored", "[ledger]") {
    CHECK(decode_instruction(bytes_of("2a0101ffff")) == Instruction(ix::DeleteUser{1, 1}));
}

TEST_CASE("instruction: a malformed argument is named", "[ledger]") {
    const auto message = [](std::string_view hex) { return decode_instruction(bytes_of(hex)).error().text; };
    CHECK(message("240001"
                  "0a0b") == "CreateUser: malformed argument client_ip");
    CHECK(message("0a"
                  "04000000"
                  "616d") == "CreateLocation: malformed argument code");
    CHECK(message("0a"
                  "02000000"
                  "ff61") == "CreateLocation: malformed argument code");
    CHECK(message("02"
                  "02") == "SetAuthority: malformed argument activator");
    CHECK(message("2207") == "DeleteLink: malformed argument use_onchain_deallocation");
    CHECK(message("4309") == "SetAccessPass: malformed argument accesspass_type");
    CHECK(message("500b") == "AllocateResource: malformed argument resource");
    CHECK(decode_instruction(bytes_of("2207")).error().code == Errc::BadValue);
}

TEST_CASE("instruction: DeallocateResource alone insists on all of its arguments", "[ledger]") {
    CHECK(decode_instruction(bytes_of("5206")).error().code == Errc::BadValue);
    CHECK(decode_instruction(bytes_of("5206010700")) ==
          Instruction(ix::DeallocateResource{{ResourceKind::LinkIds, {}, 0}, IpOrId(std::uint16_t{7})}));
}

TEST_CASE("instruction: numbers out of use are marked", "[ledger]") {
    const auto deprecated = [](int number) {
        return is_deprecated(*decode_instruction(Bytes{static_cast<std::uint8_t>(number)}));
    };
    for (const int number : {6,  7,  8,  9,  21, 22, 24, 25, 27, 29, 30, 32, 33, 35,
                             37, 38, 40, 41, 43, 45, 47, 48, 53, 72, 75, 77, 78}) {
        CAPTURE(number);
        CHECK(deprecated(number));
    }
    CHECK_FALSE(deprecated(36));
    CHECK_FALSE(deprecated(111));
}

TEST_CASE("instruction: names are those of the network", "[ledger]") {
    CHECK(instruction_name(36) == "CreateUser");
    CHECK(instruction_name(95) == "ReserveConnection");
    CHECK(instruction_name(200).empty());
    CHECK(print(ix::DeleteUser{1, 0}) == "DeleteUser {dz_prefix_count: 1, multicast_publisher_count: 0}");
}

TEST_CASE("instruction: any bytes decode to a value or an error, and the value has a stable form",
          "[ledger]") {
    rc::prop("for any bytes", [](const Bytes& data) {
        for (const Dialect dialect : {Dialect::Today, Dialect::Seats, Dialect::Blocks}) {
            const auto instruction = decode_instruction(data, dialect);
            if (!instruction) continue;
            const Bytes again = encode_instruction(*instruction);
            RC_ASSERT(encode_instruction(decode_instruction(again, dialect).value()) == again);
        }
    });
}
