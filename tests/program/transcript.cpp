#include "tests/program/transcript.hpp"

#include <fmt/format.h>

#include "ledger/enum_text.hpp"
#include "ledger/instructions.hpp"
#include "tests/ledger/flatten.hpp"

namespace dz::test {

namespace {

using Fields = std::map<std::string, std::string>;

/// What an allocator has handed out, by positions: "0 1 5", "none".
std::string taken(const Bytes& bitmap) {
    std::string positions;
    for (std::size_t bit = 0; bit < bitmap.size() * 8; ++bit) {
        if (((bitmap[bit / 8] >> (bit % 8)) & 1) != 0) {
            positions += fmt::format("{}{}", positions.empty() ? "" : " ", bit);
        }
    }
    return positions.empty() ? "none" : positions;
}

/// An account as fields. Its lamports are one of them, and so is what an allocator has handed out.
Fields fields_of(const AccountState* state) {
    if (state == nullptr) return {};
    Fields fields;
    if (!state->data.empty()) {
        fields = std::visit([](const auto& kind) { return flatten(kind); },
                            ledger::decode_account(state->data).value());
    }
    if (ledger::account_type(state->data) == ledger::AccountType::ResourceExtension) {
        const auto resource = ledger::decode<ledger::ResourceExtension>(state->data).value();
        fields["taken"] = taken(resource.bitmap);
    }
    fields["lamports"] = std::to_string(state->lamports);
    return fields;
}

/// "users 0 -> 1, lamports 5 -> 4".
std::string difference(const Fields& before, const Fields& after) {
    std::string text;
    const auto add = [&](const std::string& name, const std::string& from, const std::string& to) {
        if (from != to) text += fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", name, from, to);
    };
    const auto value = [](const Fields& fields, const std::string& name) {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string("none") : found->second;
    };
    for (const auto& [name, from] : before) add(name, from, value(after, name));
    for (const auto& [name, to] : after) {
        if (!before.contains(name)) add(name, "none", to);
    }
    return text;
}

std::string listing(const Fields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value.empty() ? "\"\"" : value);
    }
    return text;
}

}  // namespace

Transcript::Transcript(const ledger::Addresses& addresses, ledger::Dialect dialect)
    : addresses_(addresses), dialect_(dialect) {
    name(addresses.program(), "program");
    name(PublicKey{}, "nobody");
    name(addresses.global_state(), "global state");
    name(addresses.global_config(), "global config");
    name(addresses.program_config(), "program config");
    name(addresses.device_tunnel_block(), "device tunnel block");
    name(addresses.user_tunnel_block(), "user tunnel block");
    name(addresses.multicast_group_block(), "group block");
    name(addresses.multicast_publisher_block(), "publisher block");
    name(addresses.link_ids(), "link ids");
    name(addresses.segment_routing_ids(), "segment routing ids");
    name(addresses.vrf_ids(), "vrf ids");
    name(addresses.admin_group_bits(), "admin group bits");
    name(addresses.topology("unicast-default")->key, "default topology");
}

void Transcript::name(const PublicKey& key, const std::string& name) {
    names_.emplace(key, name);
}

void Transcript::name_new(const PublicKey& key, const AccountState& state) {
    if (names_.contains(key)) return;
    const std::string kind(state.data.empty() ? "account" : to_text(ledger::account_type(state.data)));
    const std::string made = fmt::format("{} {}", kind, ++counts_[kind]);
    name(key, made);
    if (ledger::account_type(state.data) != ledger::AccountType::Device) return;
    name(addresses_.tunnel_ids(key), "tunnel ids of " + made);
    const auto device = ledger::decode<ledger::Device>(state.data);
    for (std::size_t i = 0; i < device->dz_prefixes.size(); ++i) {
        name(addresses_.dz_prefix_block(key, i), fmt::format("prefix block {} of {}", i, made));
    }
}

std::string Transcript::with_names(std::string text) const {
    for (const auto& [key, name] : names_) {
        const std::string base58 = key.to_string();
        for (std::size_t at = text.find(base58); at != std::string::npos; at = text.find(base58, at)) {
            text.replace(at, base58.size(), name);
            at += name.size();
        }
    }
    return text;
}

const std::string& Transcript::name_of(const PublicKey& key) const {
    return names_.at(key);
}

void Transcript::account(const PublicKey& key, const AccountState* before, const AccountState* after) {
    if (before == nullptr) {
        text_ += fmt::format("  + {}: {}\n", name_of(key), with_names(listing(fields_of(after))));
    } else if (after == nullptr) {
        text_ += fmt::format("  - {}\n", name_of(key));
    } else {
        text_ += fmt::format("  {}: {}\n", name_of(key),
                             with_names(difference(fields_of(before), fields_of(after))));
    }
}

void Transcript::placed(const PublicKey& key, const AccountState& state) {
    name_new(key, state);
    text_ += fmt::format("placed: {}: {}\n", name_of(key), with_names(listing(fields_of(&state))));
}

void Transcript::executed(const Witness::Step& step) {
    const auto at = [](const auto& accounts, const PublicKey& key) -> const AccountState* {
        const auto found = accounts.find(key);
        return found == accounts.end() ? nullptr : found->second.get();
    };
    // Devices first: their allocators are named after them.
    for (const bool devices : {true, false}) {
        for (const auto& [key, state] : step.after) {
            const bool device = ledger::account_type(state->data) == ledger::AccountType::Device;
            if (device == devices && !state->executable && at(step.before, key) == nullptr) {
                name_new(key, *state);
            }
        }
    }
    for (const auto& instruction : step.instructions) {
        const auto decoded = ledger::decode_instruction(instruction.data, dialect_);
        text_ += fmt::format(
            "{}: {}\n", step.payer,
            with_names(decoded && instruction.program == addresses_.program() ? ledger::print(*decoded)
                                                                              : to_hex(instruction.data)));
    }
    text_ += fmt::format("  {}\n", step.outcome);
    std::map<std::string, PublicKey> changed;
    for (const auto& [key, state] : step.after) {
        const AccountState* const old = at(step.before, key);
        if (old == nullptr || *old != *state) changed.emplace(name_of(key), key);
    }
    for (const auto& [key, state] : step.before) {
        if (at(step.after, key) == nullptr) changed.emplace(name_of(key), key);
    }
    for (const auto& [name, key] : changed) account(key, at(step.before, key), at(step.after, key));
}

}  // namespace dz::test
