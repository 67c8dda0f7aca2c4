#include "chain/program/allocator.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <set>

using namespace dz;
using program::Allocator;

namespace {

Bytes block(Ipv4 base, std::uint8_t length) {
    return Allocator::make({}, 255, {}, ledger::IpRange{Prefix{base, length}, 0}).value();
}
Bytes ids(std::uint16_t start, std::uint16_t end) {
    return Allocator::make({}, 255, {}, ledger::IdRange{start, end, 0}).value();
}
const Ipv4 kBase{0x0a000000};

}  // namespace

TEST_CASE("allocator: single addresses come in order and end with the block", "[program]") {
    Bytes data = block(kBase, 30);
    auto allocator = Allocator::open(data).value();
    for (const std::uint32_t offset : {0U, 1U, 2U, 3U})
        CHECK(allocator.take_address() == plus(kBase, offset));
    const auto full = allocator.take_address();
    REQUIRE_FALSE(full);
    CHECK(full.error().custom == 63);
}

TEST_CASE("allocator: a pair is aligned and skips what is half taken", "[program]") {
    Bytes data = block(kBase, 24);
    auto allocator = Allocator::open(data).value();
    REQUIRE(allocator.take_address());
    CHECK(allocator.take_addresses(2)->to_string() == "10.0.0.2/31");
    CHECK(allocator.take_addresses(2)->to_string() == "10.0.0.4/31");
    CHECK(allocator.take_address() == plus(kBase, 1));
}

TEST_CASE("allocator: what is wider than the block is refused", "[program]") {
    Bytes data = block(kBase, 32);
    auto allocator = Allocator::open(data).value();
    CHECK(allocator.take_addresses(2).error().custom == 63);
    CHECK(allocator.take_address() == kBase);
}

TEST_CASE("allocator: particular values must be inside, aligned and free", "[program]") {
    Bytes data = block(kBase, 24);
    auto allocator = Allocator::open(data).value();
    CHECK(allocator.take(Prefix{plus(kBase, 6), 31}));
    CHECK(allocator.take(Prefix{plus(kBase, 6), 31}).error().custom == 63);
    CHECK(allocator.take(Prefix{plus(kBase, 7), 32}).error().custom == 63);
    CHECK(allocator.take(Prefix{plus(kBase, 9), 31}).error().custom == 63);
    CHECK(allocator.take(Prefix{plus(kBase, 256), 32}).error().custom == 63);
    CHECK(allocator.take(std::uint16_t{7}).error().custom == 65);
}

TEST_CASE("allocator: giving back what was not taken changes nothing", "[program]") {
    Bytes data = block(kBase, 24);
    auto allocator = Allocator::open(data).value();
    REQUIRE(allocator.take_addresses(2));
    const Bytes before = data;
    CHECK_FALSE(allocator.give_back(Prefix{plus(kBase, 2), 31}));
    CHECK_FALSE(allocator.give_back(Prefix{plus(kBase, 0), 30}));
    CHECK_FALSE(allocator.give_back(Prefix{Ipv4{0x0b000000}, 32}));
    CHECK_FALSE(allocator.give_back(Prefix{}));
    CHECK_FALSE(allocator.give_back(std::uint16_t{500}));
    CHECK(data == before);
    CHECK(allocator.give_back(Prefix{kBase, 31}));
    CHECK(allocator.allocated_count() == 0);
}

TEST_CASE("allocator: numbers start at the range's first and end before its last", "[program]") {
    Bytes data = ids(500, 503);
    auto allocator = Allocator::open(data).value();
    CHECK(allocator.take_id() == 500);
    CHECK(allocator.take(std::uint16_t{501}));
    CHECK(allocator.take_id() == 502);
    CHECK(allocator.take_id().error().custom == 63);
    CHECK(allocator.take(std::uint16_t{503}).error().custom == 63);
    CHECK(allocator.take(std::uint16_t{499}).error().custom == 63);
    CHECK(allocator.give_back(std::uint16_t{501}));
    CHECK(allocator.take_id() == 501);
    CHECK(allocator.take_address().error().custom == 65);
}

TEST_CASE("allocator: the hint survives in the account", "[program]") {
    Bytes data = block(kBase, 24);
    auto first = Allocator::open(data).value();
    for (int i = 0; i < 65; ++i) REQUIRE(first.take_address());
    // Word 1 is where the next search begins, so an address freed by hand in word 0 is not seen...
    data[ledger::ResourceExtension::kBitmapOffset] = 0;
    auto second = Allocator::open(data).value();
    CHECK(second.take_address() == plus(kBase, 65));
    // ...and one that is given back is.
    CHECK(second.give_back(Prefix{plus(kBase, 9), 32}));
    CHECK(second.take_address() == kBase);
}

TEST_CASE("allocator: a block too large for one instruction is refused", "[program]") {
    const auto large = Allocator::make({}, 255, {}, ledger::IpRange{Prefix{kBase, 8}, 0});
    REQUIRE_FALSE(large);
    CHECK(large.error().name == "InvalidRealloc");
}

TEST_CASE("allocator: nothing is handed out twice, and what comes back can go out again", "[program]") {
    rc::prop("allocator", [](const std::vector<std::uint8_t>& steps) {
        Bytes data = block(kBase, 26);
        auto allocator = Allocator::open(data).value();
        std::vector<Prefix> held;
        std::set<std::uint32_t> taken;
        for (const std::uint8_t step : steps) {
            if (step % 3 != 0 || held.empty()) {
                const std::uint32_t count = 1U << (step % 2);
                const auto got = allocator.take_addresses(count);
                if (!got) continue;
                for (std::uint32_t i = 0; i < count; ++i) {
                    RC_ASSERT(taken.insert(got->address.to_uint() + i).second);
                    RC_ASSERT((Prefix{kBase, 26}.contains(plus(got->address, i))));
                }
                held.push_back(*got);
            } else {
                const Prefix back = held[step % held.size()];
                std::erase(held, back);
                RC_ASSERT(allocator.give_back(back));
                const std::uint32_t count = back.length == 32 ? 1 : 2;
                for (std::uint32_t i = 0; i < count; ++i) taken.erase(back.address.to_uint() + i);
            }
            RC_ASSERT(allocator.allocated_count() == taken.size());
        }
    });
}

TEST_CASE("allocator: any bytes are an allocator or an error", "[program]") {
    rc::prop("open", [](Bytes data) {
        if (!data.empty()) data[0] = 12;
        auto allocator = Allocator::open(data);
        if (allocator) static_cast<void>(allocator->take_address());
        Bytes long_data = data;
        long_data.resize(200 + data.size());
        auto longer = Allocator::open(long_data);
        if (longer)
            static_cast<void>(longer->hands_out_addresses() ? longer->take_address().has_value()
                                                            : longer->take_id().has_value());
    });
}
