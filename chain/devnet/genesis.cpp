#include "chain/devnet/genesis.hpp"

#include <sodium.h>

#include <array>
#include <string_view>

#include "base/bytes.hpp"
#include "ledger/limits.hpp"

namespace dz::devnet {

using namespace ledger::literals;

namespace {

constexpr PublicKey kNativeLoader = "NativeLoader1111111111111111111111111111111"_key;
constexpr PublicKey kUpgradeableLoader = "BPFLoaderUpgradeab1e11111111111111111111111"_key;
/// Kind of a loader's account that stands for a program, followed by the address of the code.
constexpr std::uint32_t kLoaderProgram = 2;

AccountPointer builtin(std::string_view name) {
    const ByteView text = as_bytes(name);
    return std::make_shared<AccountState>(
        AccountState{1, kNativeLoader, Bytes(text.begin(), text.end()), true});
}

/// The program is built into this node: its code account is named and does not exist.
AccountPointer deployed(const PublicKey& program) {
    Bytes data = bytes::Writer().u32(kLoaderProgram).raw(program.view()).take();
    const std::uint64_t rent = ledger::rent_exempt_lamports(data.size());
    return std::make_shared<AccountState>(AccountState{rent, kUpgradeableLoader, std::move(data), true});
}

}  // namespace

ledger::Keypair faucet_key(const PublicKey& program) {
    const Bytes input = bytes::Writer().raw(as_bytes("doublezero-devnet faucet")).raw(program.view()).take();
    std::array<std::uint8_t, ledger::Keypair::kSeedSize> seed{};
    crypto_hash_sha256(seed.data(), input.data(), input.size());
    return ledger::Keypair::from_seed(seed);
}

std::vector<AccountWrite> genesis_accounts(const PublicKey& program) {
    auto faucet = std::make_shared<AccountState>();
    faucet->lamports = kFaucetLamports;
    return {{ledger::kSystemProgram, builtin("system_program")},
            {ledger::kComputeBudgetProgram, builtin("compute_budget_program")},
            {program, deployed(program)},
            {faucet_key(program).public_key(), faucet}};
}

Result<> begin(Store& store, const Genesis& genesis) {
    Entry entry;
    entry.unix_time = genesis.unix_time;
    entry.hash = genesis.hash;
    entry.writes = genesis_accounts(genesis.program);
    entry.state = genesis.state;
    Store::Values values = {{"anchor", to_text(genesis.anchor)},
                            {"genesis", genesis.hash.to_string()},
                            {"program", genesis.program.to_string()}};
    if (genesis.slots_per_epoch)
        values.emplace_back(kSlotsPerEpoch, std::to_string(*genesis.slots_per_epoch));
    if (genesis.fees.known()) values.emplace_back(kFeeRulesKey, to_text(genesis.fees));
    return store.commit(entry, values);
}

}  // namespace dz::devnet
