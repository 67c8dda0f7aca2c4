#include "tests/program/scenario.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <set>

#include "base/files.hpp"
#include "chain/devnet/genesis.hpp"
#include "ledger/environment.hpp"
#include "tests/program/running_node.hpp"
#include "tests/program/transcript.hpp"

namespace dz::test {

namespace {

/// "scenario 07: ..." or "scenario 07b: ...": "scenario-07b.txt".
std::string golden_name() {
    const std::string test = Catch::getResultCapture().getCurrentTestName();
    REQUIRE(test.starts_with("scenario "));
    return "scenario-" + test.substr(9, test.find(':') - 9) + ".txt";
}

using Accounts = RunningNode::Accounts;

/// One line for each account that the two have not in common.
std::string difference(const Accounts& node, const Accounts& world) {
    std::string text;
    const auto add = [&](std::string_view whose, const Accounts& accounts, const Accounts& others) {
        for (const auto& [key, state] : accounts) {
            if (const auto other = others.find(key); other != others.end() && *other->second == *state)
                continue;
            text += fmt::format("{}: {} {} {} {}\n", whose, key.to_string(), state->owner.to_string(),
                                state->lamports, to_hex(state->data));
        }
    };
    add("node", node, world);
    add("world", world, node);
    return text;
}

class Scenario final : public Witness {
  public:
    explicit Scenario(ledger::Dialect dialect)
        : golden_(golden_name()),
          addresses_(ledger::find_environment("local").value()->serviceability),
          transcript_(addresses_, dialect),
          node_(dialect) {
        for (const auto& [key, state] : devnet::genesis_accounts(addresses_.program())) genesis_.insert(key);
    }
    Scenario(const Scenario&) = delete;
    Scenario& operator=(const Scenario&) = delete;
    ~Scenario() override {
        if (std::uncaught_exceptions() != 0) return;
        try {
            compare_golden();
            CHECK(difference(without_genesis(node_.accounts(others())), world_) == "");
        } catch (const Catch::TestFailureException&) {
            // Catch has noted it already, and a destructor must not throw.
        }
    }

    program::Now wait(std::uint64_t slots) override { return node_.wait(slots); }
    std::uint64_t slots_per_epoch() const override { return RunningNode::kSlotsPerEpoch; }
    ledger::Blockhash blockhash() override { return node_.blockhash(); }
    void placed(const PublicKey& key, const AccountState& state, const std::string& name) override {
        world_[key] = std::make_shared<const AccountState>(state);
        seen_.insert(key);
        if (name.empty()) {
            transcript_.placed(key, state);
            node_.put(key, state);
        } else {
            transcript_.name(key, name);
            node_.fund(key, state.lamports);
        }
    }
    void executed(const Step& step) override {
        transcript_.executed(step);
        CAPTURE(transcript_.text());
        CHECK(node_.land(step.transaction) == step.error);
        world_ = without_genesis(step.after);
        for (const auto& [key, state] : world_) seen_.insert(key);
        CHECK(difference(without_genesis(node_.everything()), world_) == "");
    }

  private:
    Accounts without_genesis(Accounts accounts) const {
        std::erase_if(accounts, [this](const auto& entry) { return genesis_.contains(entry.first); });
        return accounts;
    }
    /// What the world has or had, but for what the program owns, all of which the node shows unasked.
    std::vector<PublicKey> others() const {
        std::vector<PublicKey> keys;
        for (const PublicKey& key : seen_) {
            const auto state = world_.find(key);
            if (state == world_.end() || state->second->owner != addresses_.program()) keys.push_back(key);
        }
        return keys;
    }
    void compare_golden() const {
        const auto path = std::filesystem::path(DZ_GOLDEN) / "program" / golden_;
        if (std::getenv("DZ_UPDATE_GOLDEN") != nullptr) CHECK(files::write_atomic(path, transcript_.text()));
        const auto stored = files::read(path, 1U << 20);
        CHECK(stored.value_or("no golden file") == transcript_.text());
    }

    std::string golden_;
    ledger::Addresses addresses_;
    Transcript transcript_;
    RunningNode node_;
    std::set<PublicKey> genesis_;
    Accounts world_;
    std::set<PublicKey> seen_;  ///< whatever was in the world at some time
};

}  // namespace

std::shared_ptr<Witness> scenario(ledger::Dialect dialect) {
    return std::make_shared<Scenario>(dialect);
}

}  // namespace dz::test

TEST_CASE("scenarios: each of the sixty has a record", "[program]") {
    std::set<std::string> recorded;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(DZ_GOLDEN) / "program")) {
        recorded.insert(entry.path().filename().string().substr(0, 11));  // "scenario-07", without a letter
    }
    for (int number = 1; number <= 60; ++number) {
        CAPTURE(number);
        CHECK(recorded.contains(fmt::format("scenario-{:02}", number)));
    }
}
