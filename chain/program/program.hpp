// chain/program/program.hpp: the serviceability program: accounts and instruction data in, changed accounts
// or a fault out (ledger-processors.md).
//
// No state, no clock, no input or output: the same call gives the same answer, on any thread. Numbers that
// are unknown answer InvalidInstructionData, malformed arguments abort, retired instructions answer 67.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "chain/program/account.hpp"
#include "chain/program/fault.hpp"
#include "ledger/address.hpp"
#include "ledger/instructions.hpp"

namespace dz::program {

/// The ledger's clock as a program may read it.
struct Now {
    std::uint64_t slot = 0;
    std::uint64_t epoch = 0;
    std::int64_t unix_time = 0;
    bool operator==(const Now&) const = default;
};

/// One deployment: its address, what follows from it, and which meaning the reservation numbers have.
struct Deployment {
    explicit Deployment(PublicKey program, ledger::Dialect dialect = ledger::Dialect::Seats);

    ledger::Addresses addresses;
    ledger::Dialect dialect;
    // Derived once: every instruction compares against some of them.
    ledger::Address global_state, global_config, program_config;
    ledger::Address device_tunnel_block, user_tunnel_block, multicast_group_block, multicast_publisher_block;
    ledger::Address link_ids, segment_routing_ids, vrf_ids, admin_group_bits;

    const PublicKey& program() const { return addresses.program(); }
};

/// Runs one instruction. On a fault the cells may be half changed: drop them. `log` gets the program's lines.
Outcome process(const Deployment& deployment, std::span<const AccountRef> accounts, ByteView data, Now now,
                std::vector<std::string>& log);

}  // namespace dz::program
