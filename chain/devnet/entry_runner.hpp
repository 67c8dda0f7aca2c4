// chain/devnet/entry_runner.hpp: runs an entry: transactions in, outcomes in their order out, whatever the
// number of threads.
//
// An entry is what reservations call a block: where they are tried, the most that its transactions may cost
// is reserved before the first one runs, by payer, and nothing may be left of it after the last. Builder and
// replay both run entries here, so that they cannot come to different ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chain/devnet/block.hpp"
#include "chain/devnet/executor.hpp"
#include "chain/devnet/fee_rules.hpp"
#include "chain/devnet/workers.hpp"
#include "chain/reservations/host.hpp"

namespace dz::devnet {

/// A transaction and the time it runs at. Its signatures and blockhash were looked at.
struct Candidate {
    const ledger::Transaction* transaction = nullptr;
    program::Now now;
};

struct EntryOutcome {
    /// One for each candidate. In a session what did not land was refused before it ran: it is part of the
    /// entry with its error, without a fee.
    std::vector<Execution> executions;
    /// What is kept about the entry; unset where reservations are out of the question.
    std::optional<EntryNote> note;
};

/// What came of an entry: the two refusals mean different things to whoever asks.
using EntryResult = std::variant<EntryOutcome, reservations::BlockInvalid, reservations::NodeError>;

/// How a node of its own will executes entries.
struct EntryRules {
    FeeRules fees;
    reservations::Features features;
    reservations::PlanLimits limits = {};
    bool trace = false;  ///< a debug line for each transaction of a session
};

class EntryRunner {
  public:
    /// Workers and journal must outlive it.
    EntryRunner(EntryRules rules, Workers& workers, const reservations::Journal& journal);

    reservations::Mode mode_at(std::uint64_t slot) const {
        return reservations::mode_of(rules_.fees.version_at(slot), rules_.features);
    }
    const EntryRules& rules() const { return rules_; }

    /// All candidates are of one slot. `accounts`: the ledger before the entry; several threads read it.
    /// After a node error the runner must not be used any more.
    EntryResult run(std::span<const Candidate> candidates, const AccountSource& accounts,
                    const program::Deployment& deployment);

    /// For the builder: why Begin would refuse these, without a word to anybody.
    std::optional<reservations::Failure> find_refusal(std::span<const Candidate> candidates,
                                                      const AccountSource& accounts) const;

    /// For tests: an executor of another age.
    using EngineFactory = std::function<std::unique_ptr<reservations::Engine>()>;
    void replace_engine(EngineFactory make) { make_engine_ = std::move(make); }

  private:
    /// What is executed, and on what.
    struct Work {
        std::span<const Candidate> candidates;
        const AccountSource& accounts;
        const program::Deployment& deployment;
    };
    EntryResult run_reserved(const Work& work, reservations::Mode mode);
    std::vector<Execution> execute_all(const Work& work);
    /// `fault`: the first in the entry's order.
    std::vector<Execution> execute_in_session(const Work& work, std::optional<reservations::Failure>& fault);
    void trace(std::span<const Candidate> candidates, const std::vector<Execution>& executions) const;

    EntryRules rules_;
    Workers& workers_;
    const reservations::Journal& journal_;
    /// Of one entry after the other; its telemetry goes on.
    std::unique_ptr<reservations::Session> session_;
    EngineFactory make_engine_;
};

/// `EntryNote::outcome` of an entry whose transactions ran in a session that counts.
inline constexpr std::string_view kReserved = "reserved";

/// The account in a plan that stands for this key.
reservations::Address plan_address(const PublicKey& key);

/// The most each payer may have to pay. What no budget can be read of costs nothing here: it cannot land.
reservations::Expected<reservations::Plan> plan_of(std::span<const Candidate> candidates);

/// Of a transaction, whatever uses it asks for; nullopt when its requests are senseless.
std::optional<std::uint64_t> max_fee_of(const ledger::Message& message);

}  // namespace dz::devnet
