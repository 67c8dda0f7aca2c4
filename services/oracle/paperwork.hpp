// services/oracle/paperwork.hpp: the transactions of a reservation, made and signed. Pure but for a random
// salt: equal instructions against one blockhash would otherwise be one transaction, and the second lost.
#pragma once

#include "ledger/instruction_builder.hpp"
#include "ledger/keypair.hpp"
#include "ledger/rpc.hpp"
#include "services/oracle/reservation.hpp"

namespace dz::oracle {

/// How a user wants to be connected.
struct SettlementWish {
    bool allocate_address = false;
    Ipv4 tunnel_endpoint{};  ///< 0.0.0.0 = the device's public address
};

class Paperwork {
  public:
    /// `authority` signs, pays all fees and must outlive this. What was earned goes to `treasury`.
    Paperwork(const PublicKey& program, const ledger::Keypair& authority, const PublicKey& treasury);

    const PublicKey& authority() const { return builder_.payer(); }
    const ledger::Addresses& addresses() const { return builder_.addresses(); }

    Result<Flight> open(const Reservation& of, const ledger::LatestBlockhash& at) const;
    /// A prepaid pass that is good up to and with `last_epoch`.
    Result<Flight> grant(const Reservation& of, std::uint64_t last_epoch,
                         const ledger::LatestBlockhash& at) const;
    /// The pass that was written for it is withdrawn with it: who gets his money back has not bought it.
    Result<Flight> close(const Reservation& of, const ledger::LatestBlockhash& at) const;
    /// A seat that no reservation knows.
    Result<Flight> close_seat(const PublicKey& seat, const PublicKey& device,
                              const ledger::LatestBlockhash& at) const;

    /// `deposit` signs too. `balance` is all that lies there.
    Result<Flight> refund(const Reservation& of, const ledger::Keypair& deposit, Lamports balance,
                          const ledger::LatestBlockhash& at) const;
    /// What is more than the price goes back to the client: to the user's key, which exists for sure, when it
    /// is too little for a new account.
    Result<Flight> collect(const Reservation& of, const ledger::Keypair& deposit, Lamports balance,
                           const ledger::LatestBlockhash& at) const;

    /// Gives the seat back and creates the user in one. The user pays, and must sign.
    Result<ledger::Transaction> settlement(const Reservation& of, SettlementWish wish,
                                           std::uint8_t dz_prefix_count,
                                           const ledger::LatestBlockhash& at) const;

  private:
    Result<Flight> fly(Purpose purpose, std::vector<ledger::TransactionInstruction> instructions,
                       const ledger::Keypair* deposit, Lamports to_client,
                       const ledger::LatestBlockhash& at) const;

    const ledger::Keypair& authority_;
    ledger::InstructionBuilder builder_;
    PublicKey treasury_;
};

}  // namespace dz::oracle
