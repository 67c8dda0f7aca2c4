// services/telemetry/sink.hpp: port to where statuses go: the ledger, or the terminal for a dry run.
#pragma once

#include <cstdio>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "ledger/address.hpp"
#include "ledger/keypair.hpp"
#include "ledger/rpc.hpp"
#include "ledger/submit.hpp"
#include "services/telemetry/decide.hpp"

namespace dz::telemetry {

class Sink {
  public:
    virtual ~Sink() = default;

    /// One attempt at all of `writes`, which are at most `kMaxBatch`. Gives one result for each, in order.
    /// Errors: Rejected, the ledger will not have this one and would say so again (`detail` is its custom
    /// code, if any); Permission, the publisher cannot pay; the others may pass.
    virtual Task<std::vector<Result<ledger::Receipt>>> write(std::vector<Write> writes) = 0;

    /// Of a transaction: 16 instructions, the users' keys and the rest of it are 1050 of 1232 bytes.
    static constexpr std::size_t kMaxBatch = 16;
};

/// Many writes in one transaction. It is tried out first: an instruction that the program refuses is left out
/// and reported, so that it costs no fee and takes no other with it.
class LedgerSink final : public Sink {
  public:
    /// All references must outlive the sink; `publisher` pays and signs.
    LedgerSink(ledger::Rpc& rpc, Clock& clock, const ledger::Keypair& publisher, const PublicKey& program,
               const PublicKey& device)
        : rpc_(rpc), clock_(clock), publisher_(publisher), addresses_(program), device_(device) {}

    Task<std::vector<Result<ledger::Receipt>>> write(std::vector<Write> writes) override;

  private:
    std::vector<ledger::TransactionInstruction> instructions(const std::vector<Write>& writes) const;
    Task<Result<std::optional<ledger::TransactionError>>> try_out(const std::vector<Write>& writes);

    ledger::Rpc& rpc_;
    Clock& clock_;
    const ledger::Keypair& publisher_;
    ledger::Addresses addresses_;
    PublicKey device_;
};

/// Prints what would be written, a line each, and says that all of it was.
class PrintSink final : public Sink {
  public:
    explicit PrintSink(std::FILE* out) : out_(out) {}
    Task<std::vector<Result<ledger::Receipt>>> write(std::vector<Write> writes) override;

  private:
    std::FILE* out_;
};

}  // namespace dz::telemetry
