// cli/kind.hpp: one kind of account as people see it: what it is called, how it is listed, how one is shown.
//
// A kind is a table row of its command family; the commands `list` and `get` follow from it:
//
//     constexpr Kind<Location> kKind{.needs = {AccountType::Location}, .show = record, .order = by_name};
//     add_list(location, "List locations", kKind);
//     add_get(location, "Show one location", kKind);
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/filter.hpp"
#include "cli/lookup.hpp"
#include "cli/record.hpp"

namespace dz::cli {

/// One thing by name: its address, or its code where it has one.
struct Named {
    std::string name;
};

/// What a listing's filters are when there are none.
struct NoFilter {};

template <class T, class Filter = NoFilter>
struct Kind {
    using Entry = ledger::Entry<T>;

    /// All kinds that a record is made of; None stands for nothing.
    std::array<ledger::AccountType, 8> needs{};
    Record (*show)(const Entry&, const ledger::Snapshot&, View);
    /// What lists are sorted by, as a text; of equal ones the address decides.
    std::string (*order)(const Entry&, const ledger::Snapshot&);
    bool (*keeps)(const Filter&, const Entry&, const ledger::Snapshot&) = nullptr;
    /// Errors for a filter that names what does not exist.
    Result<> (*check)(const Filter&, const ledger::Snapshot&) = nullptr;
};

/// The usual order.
template <class T>
std::string by_code(const ledger::Entry<T>& entry, const ledger::Snapshot&) {
    return entry.value.code;
}

template <class T, class Filter>
Task<Result<Catalogue>> read_for(const Kind<T, Filter>& kind, Context& context) {
    std::vector<ledger::AccountType> needs;
    for (const auto type : kind.needs) {
        if (type != ledger::AccountType::None) needs.push_back(type);
    }
    return read_kinds(context, std::move(needs));
}

template <class T, class Filter>
Task<Result<>> print_kind_list(Kind<T, Filter> kind, Filter filter, OutputStyle style, Context& context,
                               std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_for(kind, context));
    if (kind.check != nullptr) CO_TRY_OK(kind.check(filter, *all));
    std::vector<const ledger::Entry<T>*> entries;
    for (const auto& entry : all->template all<T>()) {
        if (kind.keeps == nullptr || kind.keeps(filter, entry, *all)) entries.push_back(&entry);
    }
    std::ranges::sort(entries, {},
                      [&](const auto* entry) { return std::pair(kind.order(*entry, *all), entry->key); });
    std::vector<Record> records;
    records.reserve(entries.size());
    for (const auto* const entry : entries) records.push_back(kind.show(*entry, *all, View::List));
    print_list(out, style, kind.show({}, *all, View::List), records);
    co_return Result<>{};
}

template <class T, class Filter>
Task<Result<>> print_kind_one(Kind<T, Filter> kind, std::string name, OutputStyle style, Context& context,
                              std::ostream& out) {
    CO_TRY(const Catalogue all, co_await read_for(kind, context));
    const auto* const entry = find(all->template all<T>(), name);
    if (entry == nullptr) co_return not_found(kind_name(T::kType), name);
    print_one(out, style, kind.show(*entry, *all, View::Details));
    co_return Result<>{};
}

/// `list`; what comes back takes the filters.
template <class T, class Filter>
Command<Filter> add_list(Group& group, const std::string& about, Kind<T, Filter> kind,
                         Output output = Output::List) {
    auto command = group.template command<Filter>("list", about);
    command.reads(output, [kind](Filter filter, OutputStyle style, Context& context, std::ostream& out) {
        return print_kind_list(kind, std::move(filter), style, context, out);
    });
    return command;
}

/// `get`. `option` names the one to show.
template <class T, class Filter>
void add_get(Group& group, const std::string& about, Kind<T, Filter> kind,
             const std::string& option = "--code") {
    auto command = group.template command<Named>("get", about);
    command.need(option, command->name, option == "--code" ? "Code or address" : "Address");
    command.reads(Output::One, [kind](Named named, OutputStyle style, Context& context, std::ostream& out) {
        return print_kind_one(kind, std::move(named.name), style, context, out);
    });
}

/// What a command says about one existing account: which, and what about it.
template <class Args>
struct Target {
    std::string name;  ///< address or code
    Args args;
};

/// A command on one existing account that needs nothing but its address: update, suspend, delete and the
/// like.
template <class T, class Args>
Command<Target<Args>> add_change(Group& group, const std::string& name, const std::string& about) {
    auto command = group.template command<Target<Args>>(name, about);
    command.need("--pubkey", command->name, "Address or code");
    command.writes([](Target<Args> target, Draft& draft) -> Task<Result<>> {
        CO_TRY(const ledger::PublicKey key, co_await draft.key_of<T>(std::move(target.name)));
        draft.send(draft.build().make(target.args, key));
        co_return Result<>{};
    });
    return command;
}

}  // namespace dz::cli
