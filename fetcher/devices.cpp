#include "fetcher/devices.hpp"

#include <utility>

#include "fetcher/read.hpp"

namespace dz::fetcher {

Task<Result<Answer>> read_devices(ledger::Rpc& rpc, ledger::PublicKey program) {
    const Bytes kind{static_cast<std::uint8_t>(ledger::AccountType::Device)};
    ledger::Filters filters{.memcmp = {{.offset = 0, .bytes = kind}}, .data_size = {}};
    CO_TRY(auto answer,
           co_await rpc.program_accounts(program, std::move(filters), ledger::Commitment::Confirmed));
    co_return make_answer(std::move(answer.value), answer.slot, ledger::Scope::Catalogue);
}

}  // namespace dz::fetcher
