// contributor.cpp: who runs devices (cli.md 1.3, 7.7).
#include "cli/families.hpp"
#include "cli/kind.hpp"

namespace dz::cli {

namespace {

using ledger::Contributor;
namespace ix = ledger::ix;

Record record(const ledger::Entry<Contributor>& entry, const ledger::Snapshot&, View view) {
    const Contributor& contributor = entry.value;
    Record record(view);
    record.add("account", entry.key.to_string());
    record.add("code", contributor.code);
    record.add_named("status", contributor.status);
    record.add("owner", contributor.owner.to_string());
    record.detail("reference_count", contributor.reference_count);
    record.detail("ops_manager_key", contributor.ops_manager_pk.to_string());
    return record;
}

constexpr Kind<Contributor> kKind{.needs = {Contributor::kType}, .show = record, .order = by_code};

struct Create {
    ix::CreateContributor args;
    KeyOrMe owner;
};

}  // namespace

void add_contributor(Group& root) {
    Group contributor = root.group("contributor", "Who runs devices");
    add_list(contributor, "List contributors", kKind);
    add_get(contributor, "Show one contributor", kKind);

    contributor.heading(kForAdministrators);
    auto create = contributor.command<Create>("create", "Add a contributor and fund its key");
    create.need("--code", create->args.code, "Short name, for example co01", parse_code);
    create.need("--owner", create->owner, "Key that may add devices and links");
    create.writes([](Create options, Draft& draft) -> Task<Result<>> {
        draft.concerns<Contributor>(draft.addresses().contributor(draft.next_index()));
        draft.send(
            draft.build().make(options.args, draft.next_index(), options.owner.or_payer(draft.payer())));
        co_return Result<>{};
    });

    auto update =
        add_change<Contributor, ix::UpdateContributor>(contributor, "update", "Change a contributor");
    update.take("--code", update->args.code, "Short name", parse_code);
    update.take("--owner", update->args.owner, "Key that may add devices and links");
    update.take("--ops-manager", update->args.ops_manager, "Key of who operates its devices");
    update.wants_some();

    add_change<Contributor, ix::DeleteContributor>(contributor, "delete",
                                                   "Remove a contributor that has no devices or links");
}

}  // namespace dz::cli
