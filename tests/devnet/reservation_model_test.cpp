#include "tests/devnet/reservation_model.hpp"

#include <catch2/catch.hpp>

using namespace dz::test;

TEST_CASE("model: random blocks end on every engine as the rules say, reserved or not", "[devnet]") {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        ReservationTrial trial(seed);
        std::string difference;
        for (int i = 0; i < 100 && difference.empty(); ++i) difference = trial.step();
        INFO("seed " << seed);
        CHECK(difference == "");
        CHECK(trial.refused_blocks > 0);
        CHECK(trial.failed > trial.refused);
        CHECK(trial.refused > 0);
    }
}
