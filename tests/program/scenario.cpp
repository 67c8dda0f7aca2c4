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

std::string line(const PublicKey& key, const PublicKey& owner, std::uint64_t lamports, const Bytes& data) {
    return fmt::format("{} {} {} {}\n", key.to_string(), owner.to_string(), lamports, to_hex(data));
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
        if (std::uncaught_exceptions() == 0) compare();
    }

    program::Now wait(std::uint64_t slots) override { return node_.wait(slots); }
    std::uint64_t slots_per_epoch() const override { return RunningNode::kSlotsPerEpoch; }
    ledger::Blockhash blockhash() override { return node_.blockhash(); }
    void placed(const PublicKey& key, const AccountState& state, const std::string& name) override {
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
        CHECK(dump_of_node(step) == dump_of_world(step));
    }

  private:
    std::string dump_of_world(const Step& step) const {
        std::string text;
        for (const auto& [key, state] : step.after) {
            if (!genesis_.contains(key)) text += line(key, state->owner, state->lamports, state->data);
        }
        return text;
    }
    /// Everything the program owns, and every other account that the world has or had.
    std::string dump_of_node(const Step& step) {
        std::set<PublicKey> others;
        for (const auto* accounts : {&step.before, &step.after}) {
            for (const auto& [key, state] : *accounts) {
                if (!genesis_.contains(key)) others.insert(key);
            }
        }
        std::string text;
        for (const auto& [key, account] : node_.accounts({others.begin(), others.end()})) {
            text += line(key, account.owner, account.lamports.value, account.data);
        }
        return text;
    }
    void compare() const {
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
