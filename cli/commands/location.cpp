// location.cpp: data centres (cli.md 1.3, 7.7).
#include "cli/families.hpp"
#include "cli/kind.hpp"

namespace dz::cli {

namespace {

using ledger::Location;
namespace ix = ledger::ix;

Record record(const ledger::Entry<Location>& entry, const ledger::Snapshot&, View view) {
    const Location& location = entry.value;
    Record record(view);
    record.add("account", entry.key.to_string());
    record.add("code", location.code);
    record.add("name", location.name);
    record.add("country", location.country);
    record.add("lat", location.lat);
    record.add("lng", location.lng);
    record.detail("loc_id", location.loc_id);
    record.detail("reference_count", location.reference_count);
    record.add_named("status", location.status);
    record.add("owner", location.owner.to_string());
    return record;
}

constexpr Kind<Location> kKind{
    .needs = {Location::kType}, .show = record, .order = [](const auto& entry, const auto&) {
        return entry.value.name + '\0' + entry.value.code;
    }};

}  // namespace

void add_location(Group& root) {
    Group location = root.group("location", "Data centres");
    add_list(location, "List locations", kKind);
    add_get(location, "Show one location", kKind);

    location.heading(kForAdministrators);
    auto create = location.command<ix::CreateLocation>("create", "Add a location");
    create.need("--code", create->code, "Short name, for example ewr", parse_code);
    create.need("--name", create->name, "Name for people");
    create.need("--country", create->country, "Two letters");
    create.need("--lat", create->lat, "Latitude, north positive");
    create.need("--lng", create->lng, "Longitude, east positive");
    create.take("--loc-id", create->loc_id, "Its number in another inventory");
    create.writes([](ix::CreateLocation args, Draft& draft) -> Task<Result<>> {
        draft.concerns<Location>(draft.addresses().location(draft.next_index()));
        draft.send(draft.build().make(args, draft.next_index()));
        co_return Result<>{};
    });

    auto update = add_change<Location, ix::UpdateLocation>(location, "update", "Change a location");
    update.take("--code", update->args.code, "Short name", parse_code);
    update.take("--name", update->args.name, "Name for people");
    update.take("--country", update->args.country, "Two letters");
    update.take("--lat", update->args.lat, "Latitude, north positive");
    update.take("--lng", update->args.lng, "Longitude, east positive");
    update.take("--loc-id", update->args.loc_id, "Its number in another inventory");
    update.wants_some();

    add_change<Location, ix::DeleteLocation>(location, "delete", "Remove a location that nothing refers to");
}

}  // namespace dz::cli
