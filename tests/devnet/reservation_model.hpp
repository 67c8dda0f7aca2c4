// tests/devnet/reservation_model.hpp: a ledger of plain balances, written down from the rules alone, and
// random blocks on which the engine has to agree with it.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/devnet/bank.hpp"

namespace dz::test {

/// Balances, and what blocks do to them.
struct Model {
    struct Outcome {
        std::string name;  ///< as `outcomes` has it
        std::uint64_t fee = 0;
        bool operator==(const Outcome&) const = default;
    };
    using Reserved = std::map<PublicKey, u128>;

    std::map<PublicKey, std::uint64_t> balances;

    std::uint64_t balance(const PublicKey& key) const {
        const auto found = balances.find(key);
        return found == balances.end() ? 0 : found->second;
    }
    /// Empty when Begin would refuse the block.
    std::vector<Outcome> run(const std::vector<Order>& block, bool reserve);

  private:
    Outcome run_one(const Order& order, const Reserved* reserved);
};

/// Blocks of one seed, each run by the model and by engines with one and with several threads, by legacy
/// rules or reserved.
class ReservationTrial {
  public:
    explicit ReservationTrial(std::uint64_t seed);
    ~ReservationTrial();

    /// One block. How they differ, or nothing.
    std::string step();

    // What was seen, so that nobody takes a trial for one in which nothing happened.
    std::uint64_t blocks = 0, refused_blocks = 0, transactions = 0, failed = 0, refused = 0;

  private:
    std::vector<Order> random_block();
    std::string compare(const std::vector<Order>& block, Bank& bank, bool reserve, std::size_t threads);
    void refill();

    std::mt19937_64 random_;
    Model model_;
    struct Engine;
    std::vector<Engine> engines_;
};

}  // namespace dz::test
