#include "services/oracle/paperwork.hpp"

#include <sodium.h>

#include "ledger/limits.hpp"
#include "ledger/settlement.hpp"

namespace dz::oracle {

using ledger::TransactionInstruction;
namespace ix = ledger::ix;

namespace {

constexpr std::uint32_t kUnits = 200'000;
constexpr std::uint32_t kSalts = 1U << 16;

/// An account needs this much to exist.
constexpr Lamports kLeastBalance{ledger::rent_exempt_lamports(0)};

}  // namespace

Paperwork::Paperwork(const PublicKey& program, const ledger::Keypair& authority, const PublicKey& treasury)
    : authority_(authority),
      builder_(ledger::Addresses(program), authority.public_key()),
      treasury_(treasury) {}

Result<Flight> Paperwork::fly(Purpose purpose, std::vector<TransactionInstruction> instructions,
                              const ledger::Keypair* deposit, Lamports to_client,
                              const ledger::LatestBlockhash& at) const {
    ledger::ComputeBudget budget;
    budget.unit_limit = kUnits + randombytes_uniform(kSalts);
    std::vector<TransactionInstruction> all = encode(budget);
    std::ranges::move(instructions, std::back_inserter(all));
    TRY(ledger::Message message, ledger::compile(authority(), all, at.blockhash));
    std::vector<const ledger::Keypair*> keys{&authority_};
    if (deposit != nullptr) keys.push_back(deposit);
    TRY(const ledger::Transaction transaction, ledger::sign(std::move(message), keys));
    return Flight{purpose, encode(transaction), at.last_valid_block_height, to_client};
}

Result<Flight> Paperwork::open(const Reservation& of, const ledger::LatestBlockhash& at) const {
    return fly(Purpose::Open, {builder_.make(ix::ReserveSeat{of.client_ip}, of.device)}, nullptr, {}, at);
}

Result<Flight> Paperwork::grant(const Reservation& of, std::uint64_t last_epoch,
                                const ledger::LatestBlockhash& at) const {
    ix::SetAccessPass pass;
    pass.client_ip = of.client_ip;
    pass.last_access_epoch = last_epoch;
    return fly(Purpose::Grant,
               {builder_.make(pass, {.user_payer = of.user_payer, .tenant_remove = {}, .tenant_add = {}})},
               nullptr, {}, at);
}

Result<Flight> Paperwork::close(const Reservation& of, const ledger::LatestBlockhash& at) const {
    const PublicKey seat = addresses().seat_reservation(of.device, of.client_ip);
    std::vector<TransactionInstruction> instructions{builder_.make(ix::CloseReservation{}, seat, of.device)};
    if (of.granted && of.reason != Reason::Joined) {
        ix::SetAccessPass withdrawn;
        withdrawn.client_ip = of.client_ip;
        withdrawn.last_access_epoch = 0;
        instructions.push_back(
            builder_.make(withdrawn, {.user_payer = of.user_payer, .tenant_remove = {}, .tenant_add = {}}));
    }
    return fly(Purpose::Close, std::move(instructions), nullptr, {}, at);
}

Result<Flight> Paperwork::close_seat(const PublicKey& seat, const PublicKey& device,
                                     const ledger::LatestBlockhash& at) const {
    return fly(Purpose::Close, {builder_.make(ix::CloseReservation{}, seat, device)}, nullptr, {}, at);
}

Result<Flight> Paperwork::refund(const Reservation& of, const ledger::Keypair& deposit, Lamports balance,
                                 const ledger::LatestBlockhash& at) const {
    return fly(Purpose::Refund, {ledger::system_transfer(of.deposit, of.refund_to, balance)}, &deposit,
               balance, at);
}

Result<Flight> Paperwork::collect(const Reservation& of, const ledger::Keypair& deposit, Lamports balance,
                                  const ledger::LatestBlockhash& at) const {
    std::vector<TransactionInstruction> transfers{ledger::system_transfer(of.deposit, treasury_, of.price)};
    const Lamports surplus{balance.value - of.price.value};
    const PublicKey& to = surplus < kLeastBalance ? of.user_payer : of.refund_to;
    if (surplus.value > 0) transfers.push_back(ledger::system_transfer(of.deposit, to, surplus));
    return fly(Purpose::Collect, std::move(transfers), &deposit, surplus, at);
}

Result<ledger::Transaction> Paperwork::settlement(const Reservation& of, SettlementWish wish,
                                                  std::uint8_t dz_prefix_count,
                                                  const ledger::LatestBlockhash& at) const {
    const ledger::Settlement terms{
        .authority = authority(),
        .user_payer = of.user_payer,
        .device = of.device,
        .client_ip = of.client_ip,
        .user_type = wish.allocate_address ? ledger::UserType::IbrlWithAllocatedIp : ledger::UserType::Ibrl,
        .tunnel_endpoint = wish.tunnel_endpoint,
        .dz_prefix_count = dz_prefix_count};
    TRY(ledger::Message message, ledger::settlement_message(addresses(), terms, at.blockhash));
    return ledger::sign_partly(std::move(message), authority_);
}

}  // namespace dz::oracle
