#include "chain/devnet/seed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chain/devnet/demo_network.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/limits.hpp"
#include "ledger/snapshot.hpp"

namespace dz::devnet {

using ledger::Keypair;
using ledger::TransactionInstruction;
namespace ix = ledger::ix;

namespace {

constexpr Duration kDecisionTimeout = 30s;

Result<Keypair> open_key(const std::filesystem::path& path) {
    auto existing = ledger::read_keypair(path);
    if (existing || existing.error().code != Errc::NotFound) return existing;
    Keypair fresh = Keypair::generate();
    TRY_OK(ledger::write_keypair(path, fresh));
    return fresh;
}

ledger::Snapshot read_catalogue(Ledger& ledger) {
    const View view = ledger.view(Commitment::Processed);
    std::vector<ledger::KeyedAccount> accounts;
    ledger.accounts().visit_owned(
        ledger.deployment().program(), view.version, [&](const PublicKey& key, const AccountState& state) {
            accounts.push_back({key, {state.data, state.owner, Lamports{state.lamports}, false, 0}});
        });
    return ledger::Snapshot::from(accounts, Slot{view.slot}, ledger::Scope::Catalogue);
}

template <class T>
const ledger::Entry<T>* find_code(const ledger::Table<T>& table, std::string_view code) {
    const auto found =
        std::ranges::find_if(table, [&](const ledger::Entry<T>& entry) { return entry.value.code == code; });
    return found == table.end() ? nullptr : &*found;
}

/// Sends transactions without waiting in between: the mempool keeps their order.
class Sender {
  public:
    Sender(Ledger& ledger, Clock& clock) : ledger_(ledger), clock_(clock) {}

    Result<> send(std::string what, const TransactionInstruction& instruction, const Keypair& payer) {
        const std::vector<TransactionInstruction> one = {instruction};
        TRY(auto message, ledger::compile(payer.public_key(), one, ledger_.latest_blockhash()));
        TRY(auto transaction, ledger::sign(std::move(message), payer));
        sent_.emplace_back(transaction.id(), std::move(what));
        return ledger_.submit(std::move(transaction));
    }

    Result<> fund(const PublicKey& key, std::uint64_t lamports) {
        const AccountPointer account = ledger_.accounts().find(key);
        if (account && account->lamports >= lamports / 2) return {};
        TRY(const Signature signature, ledger_.airdrop(key, lamports));
        sent_.emplace_back(signature, "airdrop");
        return {};
    }

    /// All that were sent have been decided, and succeeded.
    Task<Result<>> finish() {
        const TimePoint deadline = clock_.now() + kDecisionTimeout;
        for (const auto& [signature, what] : sent_) {
            if (!co_await ledger_.stored(signature, deadline)) {
                co_return fail(Errc::Timeout, fmt::format("seed: {} was not decided", what));
            }
            const auto status = ledger_.status(signature);
            if (status && status->error) {
                co_return fail(Errc::Rejected, fmt::format("seed: {}: {}", what, describe(*status->error)));
            }
        }
        sent_.clear();
        co_return Result<>{};
    }

  private:
    Ledger& ledger_;
    Clock& clock_;
    std::vector<std::pair<Signature, std::string>> sent_;
};

/// Works out, step by step, what is missing of the network.
class Seeding {
  public:
    Seeding(Ledger& ledger, Clock& clock, const DemoKeys& keys)
        : ledger_(ledger),
          keys_(keys),
          sender_(ledger, clock),
          foundation_(ledger.deployment().addresses, keys.foundation.public_key()),
          contributor_(ledger.deployment().addresses, keys.contributor.public_key()),
          catalogue_(read_catalogue(ledger)) {}

    Task<Result<>> run() {
        CO_TRY_OK(fund());
        CO_TRY_OK(co_await sender_.finish());
        CO_TRY_OK(begin());
        CO_TRY_OK(create_places());
        CO_TRY_OK(create_contributor());
        CO_TRY_OK(create_devices());
        CO_TRY_OK(co_await sender_.finish());
        // Only now the devices' interfaces can be looked at.
        CO_TRY_OK(open_devices());
        co_return co_await sender_.finish();
    }

  private:
    Result<> fund() {
        TRY_OK(sender_.fund(keys_.foundation.public_key(), demo::kFoundationLamports));
        TRY_OK(sender_.fund(keys_.contributor.public_key(), demo::kOtherLamports));
        return sender_.fund(keys_.publisher.public_key(), demo::kOtherLamports);
    }

    Result<> as_foundation(std::string what, const TransactionInstruction& instruction) {
        return sender_.send(std::move(what), instruction, keys_.foundation);
    }
    Result<> as_contributor(std::string what, const TransactionInstruction& instruction) {
        return sender_.send(std::move(what), instruction, keys_.contributor);
    }

    Result<> begin() {
        catalogue_ = read_catalogue(ledger_);
        const ledger::GlobalState* const state = catalogue_.global_state();
        if (state == nullptr) {
            TRY_OK(as_foundation("global state", foundation_.make(ix::InitGlobalState{})));
        } else {
            const auto& allowed = state->foundation_allowlist;
            if (std::ranges::find(allowed, keys_.foundation.public_key()) == allowed.end()) {
                return fail(Errc::Permission,
                            "the ledger was begun with another foundation.json: give --keys of "
                            "that one, or begin anew with --reset");
            }
            next_index_ = state->account_index + 1;
        }
        if (catalogue_.global_config() == nullptr) {
            const ix::SetGlobalConfig config{demo::kClientAsn,
                                             demo::kDeviceAsn,
                                             demo::device_tunnel_block(),
                                             demo::user_tunnel_block(),
                                             demo::multicast_group_block(),
                                             std::nullopt,
                                             demo::multicast_publisher_block()};
            TRY_OK(as_foundation("global config", foundation_.make(config)));
        }
        const u128 onchain = u128{1} << ledger::feature::kOnchainAllocationBit;
        if (state != nullptr && (state->feature_flags & onchain) != 0) return {};
        return as_foundation("feature flags", foundation_.make(ix::SetFeatureFlags{onchain}));
    }

    Result<> create_places() {
        for (const demo::Place& place : demo::kPlaces) {
            PlaceAccounts accounts{place.code, {}, {}};
            TRY(accounts.location, create_location(place));
            TRY(accounts.exchange, create_exchange(place));
            places_.push_back(accounts);
        }
        return {};
    }

    Result<PublicKey> create_location(const demo::Place& place) {
        const std::string code(place.code);
        if (const auto* const existing = find_code(catalogue_.locations(), code)) return existing->key;
        const ix::CreateLocation args{
            code, std::string(place.name), std::string(place.country), place.lat, place.lng, 0};
        const PublicKey key = ledger_.deployment().addresses.location(next_index_);
        TRY_OK(as_foundation("location " + code, foundation_.make(args, next_index_++)));
        return key;
    }

    Result<PublicKey> create_exchange(const demo::Place& place) {
        const std::string code = fmt::format("x{}", place.code);
        if (const auto* const existing = find_code(catalogue_.exchanges(), code)) return existing->key;
        const ix::CreateExchange args{code, std::string(place.name), place.lat, place.lng, 0};
        const PublicKey key = ledger_.deployment().addresses.exchange(next_index_);
        TRY_OK(as_foundation("exchange " + code, foundation_.make(args, next_index_++)));
        return key;
    }

    Result<> create_contributor() {
        const auto* const existing = find_code(catalogue_.contributors(), demo::kContributor);
        if (existing != nullptr) {
            contributor_account_ = existing->key;
            return {};
        }
        contributor_account_ = ledger_.deployment().addresses.contributor(next_index_);
        const ix::CreateContributor args{std::string(demo::kContributor)};
        return as_foundation("contributor",
                             foundation_.make(args, next_index_++, keys_.contributor.public_key()));
    }

    Result<> create_devices() {
        for (const demo::DevicePlan& plan : demo::kDevices) {
            if (catalogue_.device_by_code(plan.code) != nullptr) continue;
            ix::CreateDevice args;
            args.code = plan.code;
            args.public_ip = demo::public_ip(plan);
            args.dz_prefixes = {demo::dz_prefix(plan)};
            args.metrics_publisher = keys_.publisher.public_key();
            args.mgmt_vrf = "mgmt";
            args.resource_count = 2;
            const auto place = std::ranges::find(places_, plan.place, &PlaceAccounts::code);
            const ledger::CreateDeviceAccounts accounts{next_index_++, contributor_account_, place->location,
                                                        place->exchange};
            TRY_OK(as_contributor(fmt::format("device {}", plan.code), contributor_.make(args, accounts)));
        }
        return {};
    }

    Result<> open_devices() {
        catalogue_ = read_catalogue(ledger_);
        for (const demo::DevicePlan& plan : demo::kDevices) {
            const auto* const device = catalogue_.device_by_code(plan.code);
            const ledger::DeviceAccounts accounts{device->key, contributor_account_};
            const std::string what = fmt::format("device {}: ", plan.code);
            if (device->value.interfaces.empty()) TRY_OK(create_interfaces(what, plan, accounts));
            if (device->value.max_users != 0) continue;
            ix::UpdateDevice unlock;
            unlock.max_users = demo::kMaxUsers;
            TRY_OK(as_contributor(what + "max_users",
                                  contributor_.make(unlock, {device->key, contributor_account_, {}, {}})));
        }
        return {};
    }

    /// The port towards the customers, and the two loopbacks that every device of the network has.
    Result<> create_interfaces(const std::string& what, const demo::DevicePlan& plan,
                               const ledger::DeviceAccounts& accounts) {
        ix::CreateDeviceInterface port;
        port.name = "Ethernet1";
        port.ip_net = Prefix{demo::public_ip(plan), 24};
        port.interface_cyoa = ledger::Cyoa::GreOverDia;
        port.interface_dia = ledger::Dia::Dia;
        port.bandwidth = demo::kCustomerBandwidth;
        port.mtu = ledger::kCustomerInterfaceMtu;
        port.use_onchain_allocation = true;
        TRY_OK(as_contributor(what + port.name, contributor_.make(port, accounts)));
        for (const auto& [name, type] : {std::pair{"Loopback255", ledger::LoopbackType::Vpnv4},
                                         std::pair{"Loopback256", ledger::LoopbackType::Ipv4}}) {
            ix::CreateDeviceInterface loopback;
            loopback.name = name;
            loopback.loopback_type = type;
            loopback.mtu = ledger::kInterfaceMtu;
            loopback.use_onchain_allocation = true;
            TRY_OK(as_contributor(what + name, contributor_.make(loopback, accounts)));
        }
        return {};
    }

    struct PlaceAccounts {
        std::string_view code;
        PublicKey location;
        PublicKey exchange;
    };

    Ledger& ledger_;
    const DemoKeys& keys_;
    Sender sender_;
    ledger::InstructionBuilder foundation_;
    ledger::InstructionBuilder contributor_;
    ledger::Snapshot catalogue_;
    std::vector<PlaceAccounts> places_;
    PublicKey contributor_account_;
    u128 next_index_ = 1;
};

}  // namespace

Result<DemoKeys> open_demo_keys(const std::filesystem::path& directory) {
    TRY(auto foundation, open_key(directory / "foundation.json"));
    TRY(auto contributor, open_key(directory / "contributor.json"));
    TRY(auto publisher, open_key(directory / "publisher.json"));
    return DemoKeys{std::move(foundation), std::move(contributor), std::move(publisher)};
}

Task<Result<>> seed_demo(Ledger& ledger, Clock& clock, const DemoKeys& keys, Log log) {
    const TimePoint start = clock.now();
    Seeding seeding(ledger, clock, keys);
    CO_TRY_OK(co_await seeding.run());
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - start);
    log.info("network seeded", {{"devices", demo::kDevices.size()}, {"took_ms", std::int64_t{took.count()}}});
    co_return Result<>{};
}

}  // namespace dz::devnet
