#include "tests/devnet/reservation_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledger/limits.hpp"

namespace dz::test {

namespace {

constexpr std::uint32_t kAccounts = 12;
constexpr std::uint64_t kUnits = 150;
const std::uint64_t kRent = ledger::rent_exempt_lamports(0);

std::uint64_t signers(const Order& order) {
    std::set<PublicKey> keys = {order.payer};
    for (const Transfer& one : order.transfers) keys.insert(one.from);
    return keys.size();
}

std::uint64_t fee(const Order& order, std::uint64_t units) {
    return 5000 * signers(order) +
           static_cast<std::uint64_t>((u128{units} * order.price + 999'999) / 1'000'000);
}

bool is_poor(std::uint64_t lamports) {
    return lamports != 0 && lamports < kRent;
}

}  // namespace

Model::Outcome Model::run_one(const Order& order, const Reserved* reserved) {
    const std::uint64_t most = fee(order, order.units);
    const std::uint64_t had = balance(order.payer);
    if (had == 0) return {"AccountNotFound (refused)"};
    if (had < most) return {"InsufficientFundsForFee (refused)"};
    if (is_poor(had - most) && had >= kRent) return {"InsufficientFundsForRent (refused)"};
    std::map<PublicKey, std::uint64_t> after = balances;
    const auto free_of = [&](const PublicKey& key) -> u128 {
        const u128 kept = reserved != nullptr && reserved->contains(key) ? reserved->at(key) : 0;
        return after[key] > kept ? after[key] - kept : 0;
    };
    if (reserved == nullptr) after[order.payer] -= most;
    std::string name = "ok";
    std::uint64_t used = 0;
    const auto consume = [&] {
        used = std::min<std::uint64_t>(used + kUnits, order.units + 1);
        if (used <= order.units) return true;
        used = order.units;
        name = "ComputationalBudgetExceeded";
        return false;
    };
    bool going = consume() && consume();
    for (const Transfer& one : order.transfers) {
        if (!going || !consume()) break;
        if (free_of(one.from) < one.lamports) {
            name = "custom 1";
            break;
        }
        after[one.from] -= one.lamports;
        after[one.to] += one.lamports;
    }
    std::set<PublicKey> touched = {order.payer};
    for (const Transfer& one : order.transfers) touched.insert({one.from, one.to});
    for (const PublicKey& key : touched) {
        if (name != "ok") break;
        const bool owes = reserved != nullptr && key == order.payer;
        const std::uint64_t lamports = after[key] - (owes ? most : 0);
        if (is_poor(lamports) && !(is_poor(balance(key)) && lamports <= balance(key)))
            name = "InsufficientFundsForRent";
    }
    const std::uint64_t paid = fee(order, used);
    if (name == "ok") {
        balances = after;
        if (reserved == nullptr) balances[order.payer] += most;
    }
    balances[order.payer] -= paid;
    return {name, paid};
}

std::vector<Model::Outcome> Model::run(const std::vector<Order>& block, bool reserve) {
    Reserved reserved;
    for (const Order& order : block) reserved[order.payer] += fee(order, order.units);
    const bool affordable = std::ranges::all_of(reserved, [&](const auto& entry) {
        return balance(entry.first) != 0 && entry.second <= balance(entry.first);
    });
    if (reserve && !affordable) return {};
    std::vector<Outcome> all;
    for (const Order& order : block) {
        all.push_back(run_one(order, reserve ? &reserved : nullptr));
        reserved[order.payer] -= fee(order, order.units);
    }
    return all;
}

struct ReservationTrial::Engine {
    std::size_t threads;
    std::unique_ptr<Bank> legacy, reserved;
    Bank& bank(bool reserve) { return reserve ? *reserved : *legacy; }
};

ReservationTrial::ReservationTrial(std::uint64_t seed) : random_(seed) {
    for (const std::size_t threads : {1U, 2U, 8U}) {
        engines_.push_back({threads, std::make_unique<Bank>(kBefore, reservations::Features{}, threads),
                            std::make_unique<Bank>(kAfter, reservations::Features{}, threads)});
    }
}

ReservationTrial::~ReservationTrial() = default;

std::vector<Order> ReservationTrial::random_block() {
    const auto below = [&](std::uint64_t end) { return random_() % end; };
    const auto somebody = [&] { return bank_key(static_cast<std::uint32_t>(below(kAccounts))); };
    std::vector<Order> block(1 + below(12));
    for (Order& order : block) {
        order.payer = somebody();
        order.units = below(8) == 0 ? static_cast<std::uint32_t>(250 + below(300)) : 10'000;
        // From next to nothing to what only two or three of can be afforded.
        order.price = below(3) == 0 ? 0 : (std::uint64_t{1} << below(28));
        const std::uint64_t have = model_.balance(order.payer);
        const std::uint64_t most = fee(order, order.units);
        for (std::uint64_t count = below(3); count > 0; --count) {
            Transfer one{below(5) == 0 ? somebody() : order.payer, somebody(), below(2 * kRent)};
            // Often right at the edge of what the payer may spend.
            if (below(3) == 0 && have > most)
                one.lamports = have - std::min(have, most * (1 + below(3))) + below(2);
            order.transfers.push_back(one);
        }
    }
    return block;
}

void ReservationTrial::refill() {
    for (std::uint32_t i = 0; i < kAccounts; ++i) {
        if (random_() % 3 != 0) continue;
        const std::uint64_t lamports = kRent + random_() % 6'000'000;
        model_.balances[bank_key(i)] = lamports;
    }
    for (Engine& engine : engines_) {
        for (const bool reserve : {false, true}) {
            for (std::uint32_t i = 0; i < kAccounts; ++i) {
                const std::uint64_t lamports = model_.balance(bank_key(i));
                engine.bank(reserve).give(bank_key(i), lamports);
            }
        }
    }
}

std::string ReservationTrial::compare(const std::vector<Order>& block, Bank& bank, bool reserve,
                                      std::size_t threads) {
    Model model = model_;
    const auto wanted = model.run(block, reserve);
    const auto result = bank.run(block);
    const std::string where = fmt::format("{} with {} threads: ", reserve ? "reserved" : "legacy", threads);
    if (const auto* const broken = std::get_if<reservations::NodeError>(&result))
        return where + broken->text();
    if (const auto* const invalid = std::get_if<reservations::BlockInvalid>(&result)) {
        if (wanted.empty()) return {};
        return where + "refused: " + invalid->text();
    }
    if (wanted.empty()) return where + "not refused";
    const auto names = outcomes(result);
    const auto& executions = std::get<EntryOutcome>(result).executions;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (names[i] == wanted[i].name && executions[i].fee == wanted[i].fee) continue;
        return where + fmt::format("transaction {} ends with {} and pays {}, the model says {} and {}", i,
                                   names[i], executions[i].fee, wanted[i].name, wanted[i].fee);
    }
    for (std::uint32_t i = 0; i < kAccounts; ++i) {
        if (bank.balance(bank_key(i)) == model.balance(bank_key(i))) continue;
        return where + fmt::format("account {} has {}, the model says {}", i, bank.balance(bank_key(i)),
                                   model.balance(bank_key(i)));
    }
    return {};
}

std::string ReservationTrial::step() {
    refill();
    const auto block = random_block();
    ++blocks;
    transactions += block.size();
    for (Engine& engine : engines_) {
        for (const bool reserve : {false, true}) {
            if (auto difference = compare(block, engine.bank(reserve), reserve, engine.threads);
                !difference.empty())
                return fmt::format("block {}: {}", blocks, difference);
        }
    }
    // Goes on from one of the two.
    Model next = model_;
    const bool reserve = random_() % 2 == 0;
    const auto done = next.run(block, reserve);
    if (done.empty()) ++refused_blocks;
    for (const auto& one : done) {
        failed += one.name != "ok" ? 1 : 0;
        refused += one.name.ends_with("(refused)") ? 1 : 0;
    }
    model_ = next;
    return {};
}

}  // namespace dz::test
