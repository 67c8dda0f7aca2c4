// exchange.cpp: metropolitan areas (cli.md 1.3, 7.7).
#include "cli/families.hpp"
#include "cli/kind.hpp"

namespace dz::cli {

namespace {

using ledger::Device;
using ledger::Exchange;
namespace ix = ledger::ix;

/// Code of one of an exchange's two devices.
std::string device_code(const ledger::PublicKey& key, const ledger::Snapshot& all) {
    return key.is_zero() ? "(none)" : code_of(all.devices(), key);
}

Record record(const ledger::Entry<Exchange>& entry, const ledger::Snapshot& all, View view) {
    const Exchange& exchange = entry.value;
    Record record(view);
    record.add("account", entry.key.to_string());
    record.add("code", exchange.code);
    record.add("name", exchange.name);
    if (view == View::Details) record.json_only("device1_pk", exchange.device1_pk.to_string());
    record.add("device1", device_code(exchange.device1_pk, all));
    if (view == View::Details) record.json_only("device2_pk", exchange.device2_pk.to_string());
    record.add("device2", device_code(exchange.device2_pk, all));
    record.add("lat", exchange.lat);
    record.add("lng", exchange.lng);
    record.add("bgp_community", exchange.bgp_community);
    record.detail("reference_count", exchange.reference_count);
    record.add_named("status", exchange.status);
    record.add("owner", exchange.owner.to_string());
    return record;
}

constexpr Kind<Exchange> kKind{.needs = {Exchange::kType, Device::kType}, .show = record, .order = by_code};

struct SetDevice {
    std::string exchange;
    std::optional<std::string> device1, device2;
};

/// What becomes of one of the two slots: the named device goes in; "none" or another one takes the old one
/// out.
Task<Result<>> set_slot(std::uint8_t index, std::optional<std::string> wanted, ledger::PublicKey has,
                        ledger::PublicKey exchange, Draft& draft) {
    using ix::SetDeviceExchange;
    if (!wanted) co_return Result<>{};
    ledger::PublicKey next;
    if (*wanted != "none") {
        CO_TRY(next, co_await draft.key_of<Device>(*wanted));
    }
    if (next == has) co_return Result<>{};
    if (!has.is_zero())
        draft.send(draft.build().make(SetDeviceExchange{index, SetDeviceExchange::kRemove}, exchange, has));
    if (!next.is_zero())
        draft.send(draft.build().make(SetDeviceExchange{index, SetDeviceExchange::kSet}, exchange, next));
    co_return Result<>{};
}

}  // namespace

void add_exchange(Group& root) {
    Group exchange = root.group("exchange", "Metropolitan areas where devices meet");
    add_list(exchange, "List exchanges", kKind);
    add_get(exchange, "Show one exchange", kKind);

    exchange.heading(kForAdministrators);
    auto create = exchange.command<ix::CreateExchange>("create", "Add an exchange");
    create.need("--code", create->code, "Short name, for example xewr", parse_code);
    create.need("--name", create->name, "Name for people");
    create.need("--lat", create->lat, "Latitude, north positive");
    create.need("--lng", create->lng, "Longitude, east positive");
    create.writes([](ix::CreateExchange args, Draft& draft) -> Task<Result<>> {
        draft.concerns<Exchange>(draft.addresses().exchange(draft.next_index()));
        draft.send(draft.build().make(args, draft.next_index()));
        co_return Result<>{};
    });

    auto update = add_change<Exchange, ix::UpdateExchange>(exchange, "update", "Change an exchange");
    update.take("--code", update->args.code, "Short name", parse_code);
    update.take("--name", update->args.name, "Name for people");
    update.take("--lat", update->args.lat, "Latitude, north positive");
    update.take("--lng", update->args.lng, "Longitude, east positive");
    update.take("--bgp-community", update->args.bgp_community,
                "Ask for a new community; the ledger chooses its number");
    update.wants_some();

    auto set = exchange.command<SetDevice>("set-device", "Say which devices switch the exchange's traffic");
    set.need("--pubkey", set->exchange, "Address or code");
    set.take("--device1", set->device1, "Device code or address, or none");
    set.take("--device2", set->device2, "Device code or address, or none");
    set.wants_some();
    set.writes([](SetDevice options, Draft& draft) -> Task<Result<>> {
        CO_TRY(const auto exchange, co_await draft.find<Exchange>(options.exchange));
        CO_TRY_OK(co_await set_slot(1, options.device1, exchange.value.device1_pk, exchange.key, draft));
        CO_TRY_OK(co_await set_slot(2, options.device2, exchange.value.device2_pk, exchange.key, draft));
        co_return Result<>{};
    });

    add_change<Exchange, ix::DeleteExchange>(exchange, "delete", "Remove an exchange that nothing refers to");
}

}  // namespace dz::cli
