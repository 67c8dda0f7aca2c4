#include "chain/devnet/commitments.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz::devnet;

namespace {

View processed(const Commitments& c, std::uint64_t open) {
    return c.view(Commitment::Processed, open);
}
View confirmed(const Commitments& c, std::uint64_t open) {
    return c.view(Commitment::Confirmed, open);
}
View finalized(const Commitments& c, std::uint64_t open) {
    return c.view(Commitment::Finalized, open);
}

}  // namespace

TEST_CASE("commitments: an entry is processed, then confirmed once on disk, then finalized", "[devnet]") {
    Commitments commitments(0, 32, 0);
    commitments.executed(100, 1);
    CHECK(processed(commitments, 100) == View{100, 1});
    CHECK(confirmed(commitments, 100) == View{99, 0});
    commitments.stored(1);
    CHECK(confirmed(commitments, 100) == View{100, 1});
    CHECK(finalized(commitments, 100) == View{68, 0});
    CHECK(finalized(commitments, 132) == View{99, 0});
    CHECK(finalized(commitments, 133) == View{100, 1});
}

TEST_CASE("commitments: a slot of which something waits for the disk is not confirmed", "[devnet]") {
    Commitments commitments(0, 32, 0);
    commitments.executed(100, 1);
    CHECK(confirmed(commitments, 105) == View{99, 0});
    commitments.stored(1);
    CHECK(confirmed(commitments, 105) == View{104, 1});
}

TEST_CASE("commitments: part of an open slot is told as that slot", "[devnet]") {
    Commitments commitments(0, 32, 0);
    commitments.executed(100, 1);
    commitments.stored(1);
    commitments.executed(100, 2);
    CHECK(processed(commitments, 100) == View{100, 2});
    CHECK(confirmed(commitments, 100) == View{100, 1});
}

TEST_CASE("commitments: confirmation may be asked to take slots", "[devnet]") {
    Commitments commitments(2, 10, 0);
    commitments.executed(100, 1);
    commitments.stored(1);
    CHECK(confirmed(commitments, 100) == View{98, 0});
    CHECK(confirmed(commitments, 101) == View{99, 0});
    CHECK(confirmed(commitments, 102) == View{100, 1});
    CHECK(finalized(commitments, 111) == View{99, 0});
    CHECK(finalized(commitments, 112) == View{100, 1});
}

TEST_CASE("commitments: what a restarted node finds is final", "[devnet]") {
    const Commitments commitments(0, 32, 500);
    CHECK(finalized(commitments, 501) == View{500, 0});
    CHECK(confirmed(commitments, 501) == View{500, 0});
}

TEST_CASE("commitments: views never go back, nor past what is forgotten", "[devnet]") {
    rc::prop("monotone", [](const std::vector<std::uint8_t>& steps) {
        const auto confirm_after = *rc::gen::inRange<std::uint64_t>(0, 3);
        const auto finalize_after = *rc::gen::inRange<std::uint64_t>(0, 5);
        Commitments commitments(confirm_after, finalize_after, 10);
        std::uint64_t open = 11;
        Version newest = 0;
        Version forgotten = 0;
        std::vector<View> before(3, View{10, 0});
        for (const std::uint8_t step : steps) {
            if (step % 4 == 0) open += step / 64 + 1U;
            if (step % 4 == 1) commitments.executed(open, ++newest);
            if (step % 4 == 2) commitments.stored(newest);
            if (step % 4 == 3) forgotten = commitments.trim(open);
            const std::vector<View> now = {processed(commitments, open), confirmed(commitments, open),
                                           finalized(commitments, open)};
            for (std::size_t i = 0; i < now.size(); ++i) {
                RC_ASSERT(now[i].slot >= before[i].slot);
                RC_ASSERT(now[i].version >= before[i].version);
                RC_ASSERT(now[i].version >= forgotten);
            }
            RC_ASSERT(now[0].version >= now[1].version);
            RC_ASSERT(now[1].version >= now[2].version);
            RC_ASSERT(now[0].slot >= now[1].slot);
            RC_ASSERT(now[1].slot >= now[2].slot);
            before = now;
        }
    });
}
