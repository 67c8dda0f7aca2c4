#include "chain/program/program.hpp"

#include <fmt/format.h>

#include <concepts>

#include "chain/program/invocation.hpp"
#include "chain/program/processors.hpp"
#include "ledger/enum_text.hpp"

namespace dz::program {

namespace {

/// Whether all enumerations among the arguments have numbers that today's program knows. The codec keeps
/// unknown ones, which a reader of accounts needs; the program itself gives up on them.
class KnownNumbers {
  public:
    template <class T>
    void operator()(const char*, const T& field) {
        look(field);
    }
    bool all() const { return all_; }

  private:
    template <class T>
    void look(const T&) {}
    template <ledger::LedgerEnum E>
    void look(const E& value) {
        // Has an error of its own (78).
        if constexpr (std::same_as<E, ledger::PaymentStatus>) return;
        const auto number = static_cast<std::uint8_t>(value);
        if (ledger::find_text(ledger::enum_texts<E>(), number) == nullptr) all_ = false;
    }
    template <ledger::LedgerEnum E>
    void look(const std::optional<E>& value) {
        if (value) look(*value);
    }

    bool all_ = true;
};

template <class Args>
bool has_known_numbers(const Args& args) {
    KnownNumbers known;
    Args::fields(args, known);
    return known.all();
}

}  // namespace

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
    if (!std::visit([](const auto& args) { return has_known_numbers(args); }, *instruction)) {
        return panic("an argument is none of its enumeration");
    }
    Invocation in(deployment, accounts, now);
    auto outcome = std::visit([&](const auto& args) { return process(in, args); }, *instruction);
    if (!outcome) log.push_back(fmt::format("Error: {}", outcome.error().text));
    return outcome;
}

}  // namespace dz::program
