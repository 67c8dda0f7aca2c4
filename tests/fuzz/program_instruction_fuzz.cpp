// links: dz::devnet
// Any instruction on any accounts ends in success or in an error, and lamports are neither made nor lost.
// Input: a byte that counts accounts, a byte for each (which one, and its flags), instruction data.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

#include "chain/devnet/executor.hpp"
#include "chain/devnet/genesis.hpp"
#include "ledger/accounts.hpp"
#include "ledger/environment.hpp"

namespace {

using namespace dz;
using ledger::PublicKey;

PublicKey numbered(std::uint8_t number) {
    PublicKey key;
    key.bytes.fill(number);
    return key;
}

/// Accounts of every kind, at their own addresses, which belong together as far as one of each can.
class Accounts {
  public:
    Accounts() : deployment(ledger::find_environment("local").value()->serviceability) {
        const ledger::Addresses& at = deployment.addresses;
        for (const auto& [key, state] : devnet::genesis_accounts(deployment.program())) all[key] = state;
        all[kPayer] =
            std::make_shared<const program::AccountState>(program::AccountState{1ULL << 50, {}, {}, false});
        ledger::GlobalState state;
        state.account_index = 8;
        state.foundation_allowlist = state.qa_allowlist = {kPayer};
        add(at.global_state(), state);
        add(at.global_config(), ledger::GlobalConfig{kPayer, 0, Asn{1}, Asn{2}, {}, {}, {}, 10000, {}});
        ledger::Device device;
        device.owner = device.metrics_publisher_pk = kPayer;
        device.location_pk = at.location(1);
        device.exchange_pk = at.exchange(2);
        device.contributor_pk = at.contributor(3);
        device.public_ip = Ipv4{0x09800008};
        device.dz_prefixes = {Prefix{Ipv4{0x09800088}, 29}};
        device.max_users = 3;
        device.interfaces.resize(1);
        device.interfaces[0].name = "Ethernet1";
        add(at.device(4), device);
        add(at.location(1), ledger::Location{});
        add(at.exchange(2), ledger::Exchange{});
        ledger::Contributor contributor;
        contributor.owner = kPayer;
        add(at.contributor(3), contributor);
        add(at.multicast_group(5), ledger::MulticastGroup{});
        ledger::AccessPass pass;
        pass.user_payer = kPayer;
        pass.last_access_epoch = ledger::AccessPass::kUnlimitedEpoch;
        add(at.access_pass(Ipv4{}, kPayer), pass);
        add(at.link(6), ledger::Link{});
        ledger::User user;
        user.owner = kPayer;
        user.device_pk = at.device(4);
        user.client_ip = user.dz_ip = Ipv4{0x09800064};
        add(at.user(user.client_ip, user.user_type), user);
        for (const auto kind : {0, 1, 2, 3})
            add_allocator({ledger::ResourceKind(kind), {}, 0},
                          ledger::IpRange{Prefix{Ipv4{0xa9fe0000}, 24}, 0});
        for (const auto kind : {6, 7, 8, 9})
            add_allocator({ledger::ResourceKind(kind), {}, 0}, ledger::IdRange{1, 64, 0});
        add_allocator({ledger::ResourceKind::TunnelIds, at.device(4), 0}, ledger::IdRange{500, 4596, 0});
        add_allocator({ledger::ResourceKind::DzPrefixBlock, at.device(4), 0},
                      ledger::IpRange{device.dz_prefixes[0], 0});
        for (const auto& key : {at.permission(kPayer), at.device(9), at.user(Ipv4{0x09800065}, {}),
                                at.seat_reservation(at.device(4), Ipv4{})})
            names.push_back(key);
        names.push_back(kPayer);
        names.push_back({});
    }

    inline static const PublicKey kPayer = numbered(1);
    program::Deployment deployment;
    std::map<PublicKey, program::AccountPointer> all;
    std::vector<PublicKey> names;

  private:
    template <class T>
    void add(const PublicKey& key, const T& value) {
        add_bytes(key, ledger::encode(value));
    }
    void add_allocator(const ledger::Resource& resource,
                       const std::variant<ledger::IpRange, ledger::IdRange>& range) {
        ledger::ResourceExtension allocator{kPayer, 0, {}, range, {}};
        allocator.bitmap.assign(allocator.bitmap_size(), 0);
        add(deployment.addresses.resource(resource), allocator);
    }
    void add_bytes(const PublicKey& key, Bytes data) {
        names.push_back(key);
        all[key] = std::make_shared<const program::AccountState>(
            program::AccountState{1ULL << 40, deployment.program(), std::move(data), false});
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Accounts& accounts = *new Accounts;
    bytes::Reader in({data, size});
    const std::size_t count = in.u8().value_or(0) % 32U;
    ledger::TransactionInstruction instruction{accounts.deployment.program(), {}, {}};
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t choice = in.u8().value_or(0);
        const PublicKey& key = accounts.names[choice % accounts.names.size()];
        instruction.accounts.push_back({key, key == Accounts::kPayer, choice < 224});
    }
    const ByteView rest = in.rest();
    instruction.data.assign(
        rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(rest.size(), 500)));
    const auto message = ledger::compile(Accounts::kPayer, std::array{instruction}, {});
    if (!message) return 0;

    const auto find = [](const PublicKey& key) {
        const auto found = accounts.all.find(key);
        return found == accounts.all.end() ? nullptr : found->second;
    };
    const auto execution =
        devnet::execute({{{}}, *message}, find, {100, 5, 1'700'000'000}, accounts.deployment);
    u128 before = 0;
    u128 after = execution.fee;
    for (const auto& [key, state] : execution.writes) {
        const auto old = find(key);
        before += old ? old->lamports : 0;
        after += state->lamports;
    }
    DZ_ASSERT(before == after);
    if (execution.error) DZ_ASSERT(execution.writes.size() <= 1);
    // A broken rule would be a defect of a processor, except where the input made an account read only.
    if (execution.error) {
        for (const auto* broken : {"UnbalancedInstruction", "ExternalAccountLamportSpend",
                                   "ExternalAccountDataModified", "ModifiedProgramId"}) {
            DZ_ASSERT(execution.error->name != broken);
        }
    }
    return 0;
}
