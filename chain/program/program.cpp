#include "chain/program/program.hpp"

#include <fmt/format.h>

#include "chain/program/invocation.hpp"
#include "chain/program/processors.hpp"

namespace dz::program {

Deployment::Deployment(PublicKey program, ledger::Dialect reservation_dialect)
    : addresses(program),
      dialect(reservation_dialect),
      global_state(addresses.global_state()),
      global_config(addresses.global_config()),
      program_config(addresses.program_config()),
      device_tunnel_block(addresses.device_tunnel_block()),
      user_tunnel_block(addresses.user_tunnel_block()),
      multicast_group_block(addresses.multicast_group_block()),
      multicast_publisher_block(addresses.multicast_publisher_block()),
      link_ids(addresses.link_ids()),
      segment_routing_ids(addresses.segment_routing_ids()),
      vrf_ids(addresses.vrf_ids()),
      admin_group_bits(addresses.admin_group_bits()) {}

Outcome process(const Deployment& deployment, std::span<const AccountRef> accounts, ByteView data, Now now,
                std::vector<std::string>& log) {
    const auto instruction = ledger::decode_instruction(data, deployment.dialect);
    if (!instruction) {
        if (instruction.error().code == Errc::Unsupported) {
            return reject(ledger::BuiltinError::InvalidInstructionData, instruction.error().text);
        }
        return panic(instruction.error().text);
    }
    log.push_back(fmt::format("Instruction: {}", ledger::instruction_name(data[0])));
    Invocation in(deployment, accounts, now);
    auto outcome = std::visit([&](const auto& args) { return process(in, args); }, *instruction);
    if (!outcome) log.push_back(fmt::format("Error: {}", outcome.error().text));
    return outcome;
}

}  // namespace dz::program
