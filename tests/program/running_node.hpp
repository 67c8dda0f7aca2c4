// tests/program/running_node.hpp: a node behind a real HTTP port, on a clock that tests move.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ledger/rpc.hpp"
#include "ledger/transaction.hpp"
#include "tests/program/world.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dz::test {

/// Whatever is asked of it goes over the port, but for `put`, `everything` and the passing of time.
class RunningNode {
  public:
    static constexpr std::uint64_t kSlotsPerEpoch = 100;
    using Accounts = std::map<PublicKey, program::AccountPointer>;

    explicit RunningNode(ledger::Dialect dialect);
    ~RunningNode();

    /// Lets slots pass and says what a transaction sent now will see.
    program::Now wait(std::uint64_t slots);
    ledger::Blockhash blockhash();
    /// Sends it without a trial run and waits until it is on disk.
    std::optional<ledger::TransactionError> land(const ledger::Transaction& transaction);
    void fund(const PublicKey& key, std::uint64_t lamports);
    /// Stops the node, writes an account to its disk as if an older program had, and starts it again.
    void put(const PublicKey& key, const AccountState& state);
    /// The program's accounts, and those of `others` that exist.
    Accounts accounts(const std::vector<PublicKey>& others);
    /// Every account there is, without asking over the port.
    Accounts everything() const;

  private:
    struct Process;
    void start();

    TemporaryDirectory directory_{memory_directory()};
    ledger::Dialect dialect_;
    Duration time_{1'700'000'000s};
    std::unique_ptr<Process> process_;
};

}  // namespace dz::test
