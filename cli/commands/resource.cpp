// resource.cpp: the allocators that addresses and numbers come from (cli.md 1.3, 7.7).
#include <fmt/format.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/kind.hpp"
#include "cli/resource_audit.hpp"
#include "cli/resource_text.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::Resource;
using ledger::ResourceExtension;
using ledger::ResourceKind;
namespace ix = ledger::ix;

/// Names one allocator.
struct Which {
    ResourceKind kind{};
    std::optional<std::string> device;
    std::uint64_t index = 0;
};

template <class O>
void add_which(Command<O>& command, Which& which) {
    command.need("--resource-type", which.kind, "Which allocator");
    command.take("--associated-pubkey", which.device, "Its device, for dz-prefix-block and tunnel-ids");
    command.take("--index", which.index, "Number of the prefix, for dz-prefix-block");
}

Task<Result<Resource>> resource_of(Which which, Context& context) {
    Resource resource{.kind = which.kind, .device = {}, .index = which.index};
    if (!resource.per_device()) co_return resource;
    if (!which.device)
        co_return failure(fmt::format("{} is an allocator of a device", ledger::to_text(which.kind)), "",
                          "add --associated-pubkey DEVICE", Errc::BadValue);
    CO_TRY(const Catalogue all, co_await read_kinds(context, {ledger::Device::kType}));
    const auto* const device = find(all->devices(), *which.device);
    if (device == nullptr) co_return not_found("device", *which.device);
    resource.device = device->key;
    co_return resource;
}

Task<Result<ResourceExtension>> read_allocator(Resource resource, Context& context) {
    const auto account =
        co_await read_account<ResourceExtension>(context, context.addresses.resource(resource));
    if (!account) co_return ledger_failure(context, "cannot read the allocator", account.error());
    if (*account) co_return **account;
    co_return failure(fmt::format("this ledger has no {}", ledger::to_text(resource.kind)), "",
                      "doublezero resource create, or for the network's own: doublezero global-config set",
                      Errc::NotFound);
}

Task<Result<>> get(Which which, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const Resource resource, co_await resource_of(which, context));
    CO_TRY(const ResourceExtension allocator, co_await read_allocator(resource, context));
    std::vector<std::string> taken = allocated_texts(allocator);
    if (!style.machine_readable()) {
        print_boxed(out, "resource", taken);
        co_return Result<>{};
    }
    json::Ordered array = json::Ordered::array();
    for (std::string& text : taken) array.push_back({{"resource", std::move(text)}});
    print_json(out, array, style);
    co_return Result<>{};
}

/// "10.0.0.0/31" or "517", as the allocator's kind wants.
Result<ledger::IpOrId> value_of(ResourceKind kind, const std::string& text) {
    if (gives_addresses(kind)) {
        const auto prefix =
            text.find('/') == std::string::npos ? parse_prefix(text + "/32") : parse_prefix(text);
        if (prefix) return *prefix;
        return failure(fmt::format("{} gives addresses, not {}", ledger::to_text(kind), text), prefix.error(),
                       "write it as 10.0.0.0/31");
    }
    const auto number = Value<std::uint16_t>::parse(text);
    if (number) return *number;
    return failure(fmt::format("{} gives numbers, not {}", ledger::to_text(kind), text), number.error());
}

struct Allocate {
    Which which;
    std::optional<std::string> wanted;
};

Task<Result<>> allocate(Allocate options, Draft& draft) {
    ix::AllocateResource args;
    CO_TRY(args.resource, co_await resource_of(options.which, draft.context()));
    if (options.wanted) {
        CO_TRY(args.requested, value_of(args.resource.kind, *options.wanted));
    }
    draft.send(draft.build().make(args));
    co_return Result<>{};
}

struct Deallocate {
    Which which;
    std::string value;
};

Task<Result<>> deallocate(Deallocate options, Draft& draft) {
    ix::DeallocateResource args;
    CO_TRY(args.resource, co_await resource_of(options.which, draft.context()));
    CO_TRY(args.value, value_of(args.resource.kind, options.value));
    draft.send(draft.build().make(args));
    co_return Result<>{};
}

Task<Result<>> create(Which which, Draft& draft) {
    ix::CreateResource args;
    CO_TRY(args.resource, co_await resource_of(which, draft.context()));
    draft.concerns<ResourceExtension>(draft.addresses().resource(args.resource));
    draft.send(draft.build().make(args));
    co_return Result<>{};
}

Task<Result<>> close(Which which, Draft& draft) {
    CO_TRY(const Resource resource, co_await resource_of(which, draft.context()));
    CO_TRY(const ResourceExtension allocator, co_await read_allocator(resource, draft.context()));
    draft.send(draft.build().make(
        ix::CloseResource{}, ledger::OwnedAccounts{draft.addresses().resource(resource), allocator.owner}));
    co_return Result<>{};
}

struct Verify {
    bool fix = false;
};

/// Allocators are read first: whatever is taken or given back in the meantime then looks like something that
/// the ledger refuses or ignores to mend, never like a value that nobody holds.
Task<Result<std::vector<Finding>>> findings(Context& context) {
    using enum ledger::AccountType;
    CO_TRY(const Catalogue all, co_await read_kinds(context, {ledger::ResourceExtension::kType, Device, Link,
                                                              User, MulticastGroup, Tenant, Topology}));
    co_return audit_resources(*all, context.addresses);
}

std::string_view text_of(Disagreement disagreement) {
    switch (disagreement) {
        case Disagreement::NotTaken:
            return "held, but free in the allocator";
        case Disagreement::NotHeld:
            return "taken, but nobody holds it";
        case Disagreement::Shared:
            return "held by several";
    }
    return "";
}

std::string text_of(const ledger::IpOrId& value) {
    if (const auto* const prefix = std::get_if<Prefix>(&value)) return prefix->first().to_string();
    return std::to_string(std::get<std::uint16_t>(value));
}

Record record(const Finding& finding) {
    const std::string device =
        finding.resource.per_device() ? finding.resource.device.to_string() : std::string();
    Record record;
    record.add("resource_type", ledger::to_text(finding.resource.kind));
    record.add("device", device);
    record.add("index", finding.resource.index);
    record.add("value", text_of(finding.value));
    record.add("problem", text_of(finding.disagreement));
    record.add("holders", finding.holders, {.text = join(finding.holders, ", ")});
    return record;
}

/// Only what is still so at a second look: between the first and this one somebody may have been at work.
Task<Result<>> mend(std::vector<Finding> seen, Draft& draft) {
    CO_TRY(const auto now, co_await findings(draft.context()));
    for (const Finding& finding : now) {
        if (std::ranges::find(seen, finding) == seen.end()) continue;
        if (finding.disagreement == Disagreement::NotTaken)
            draft.send(draft.build().make(ix::AllocateResource{finding.resource, finding.value}));
        if (finding.disagreement == Disagreement::NotHeld)
            draft.send(draft.build().make(ix::DeallocateResource{finding.resource, finding.value}));
    }
    co_return Result<>{};
}

Task<Result<>> verify(Verify options, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const auto found, co_await findings(context));
    std::vector<Record> records;
    records.reserve(found.size());
    for (const Finding& finding : found) records.push_back(record(finding));
    const bool quiet = options.fix && style.machine_readable();
    if (!quiet) print_list(out, style, record({}), records);
    if (found.empty() && !quiet) co_return Result<>{};
    const auto shared = std::ranges::count(found, Disagreement::Shared, &Finding::disagreement);
    if (!options.fix)
        co_return failure(fmt::format("{} values are not as the allocators have them", found.size()), "",
                          "doublezero resource verify --fix", Errc::Rejected);
    CO_TRY_OK(co_await carry_out([found](Draft& draft) { return mend(found, draft); }, {.style = style},
                                 context, out));
    if (shared == 0) co_return Result<>{};
    co_return failure(fmt::format("{} values are held by several and were left alone", shared),
                      "an allocator cannot tell whose they are",
                      "give one of the holders another value, or delete it", Errc::Rejected);
}

}  // namespace

void add_resource(Group& root) {
    Group resource = root.group("resource", "Allocators that addresses and numbers come from");
    auto one = resource.command<Which>("get", "Show what an allocator has given away");
    add_which(one, one.options());
    one.reads(Output::One, get);

    resource.heading(kForAdministrators);
    auto make = resource.command<Which>("create", "Make an allocator that is missing");
    add_which(make, make.options());
    make.writes(create);
    auto give = resource.command<Allocate>("allocate", "Take a value by hand");
    add_which(give, give->which);
    give.take("--requested-allocation", give->wanted,
              "This one: 10.0.0.0/31 or a number; the next when left out");
    give.writes(allocate);
    auto back = resource.command<Deallocate>("deallocate", "Give a value back by hand");
    add_which(back, back->which);
    back.need("--value", back->value, "Which one: 10.0.0.0/31 or a number");
    back.writes(deallocate);
    auto end = resource.command<Which>("close", "Remove an allocator");
    add_which(end, end.options());
    end.writes(close);
    auto check = resource.command<Verify>("verify", "Compare all allocators with what accounts hold");
    check.flag("--fix", check->fix,
               "Take what is held, and give back what nobody holds: values taken by hand, too");
    check.reads(Output::List, verify);
}

}  // namespace dz::cli
