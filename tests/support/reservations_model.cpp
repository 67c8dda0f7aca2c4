// reservations_model.cpp: random blocks on the engine against a simple ledger, for longer than a unit test
// may take.
//
//     reservations_model BLOCKS SECONDS SEED
//
// Stops at the first difference, with status 1, or after that many blocks or seconds. Says on stdout what it
// saw.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/devnet/reservation_model.hpp"

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: reservations_model BLOCKS SECONDS SEED\n");
        return 2;
    }
    const auto number = [&](int at) { return std::strtoull(argv[at], nullptr, 10); };
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(number(2));
    dz::test::ReservationTrial trial(number(3));
    std::string difference;
    while (difference.empty() && trial.blocks < number(1) && std::chrono::steady_clock::now() < end)
        difference = trial.step();
    fmt::print("{} blocks, {} of them refused; {} transactions, {} failed, {} refused\n", trial.blocks,
               trial.refused_blocks, trial.transactions, trial.failed, trial.refused);
    if (difference.empty()) return 0;
    fmt::print(stderr, "seed {}: {}\n", argv[3], difference);
    return 1;
}
