#include "ledger/settlement.hpp"

#include "ledger/instruction_builder.hpp"

namespace dz::ledger {

Result<Message> settlement_message(const Addresses& addresses, const Settlement& terms,
                                   const Blockhash& recent_blockhash) {
    std::vector<TransactionInstruction> all = encode(ComputeBudget::generous());
    const PublicKey seat = addresses.seat_reservation(terms.device, terms.client_ip);
    all.push_back(
        InstructionBuilder(addresses, terms.authority).make(ix::CloseReservation{}, seat, terms.device));
    const ix::CreateUser user{.user_type = terms.user_type,
                              .cyoa_type = Cyoa::GreOverDia,
                              .client_ip = terms.client_ip,
                              .tunnel_endpoint = terms.tunnel_endpoint,
                              .dz_prefix_count = terms.dz_prefix_count};
    const PublicKey pass = addresses.access_pass(terms.client_ip, terms.user_payer);
    all.push_back(InstructionBuilder(addresses, terms.user_payer)
                      .make(user, {.device = terms.device, .access_pass = pass, .tenant = {}}));
    return compile(terms.user_payer, all, recent_blockhash);
}

}  // namespace dz::ledger
