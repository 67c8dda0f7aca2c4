// global.cpp: founding a network, and what holds for all of it: numbering plan, authorities, allowlists,
// versions and features (cli.md 1.3, 7.7).
#include <fmt/format.h>

#include <array>

#include "cli/failure.hpp"
#include "cli/families.hpp"
#include "cli/record.hpp"
#include "cli/text.hpp"

namespace dz::cli {

namespace {

using ledger::GlobalConfig;
using ledger::GlobalState;
namespace ix = ledger::ix;

struct Feature {
    std::string_view name;
    unsigned bit;
};
constexpr std::array kFeatures{
    Feature{"onchain-allocation", ledger::feature::kOnchainAllocationBit},
    Feature{"require-permission-accounts", ledger::feature::kRequirePermissionAccountsBit}};

}  // namespace

template <>
struct Value<Feature> {
    static constexpr std::string_view kName = "SWITCH";
    static std::vector<std::string> choices() {
        std::vector<std::string> out;
        for (const Feature& feature : kFeatures) out.emplace_back(feature.name);
        return out;
    }
    static Result<Feature> parse(std::string_view text) {
        for (const Feature& feature : kFeatures) {
            if (feature.name == text) return feature;
        }
        return fail(Errc::BadValue, "no such switch");
    }
};

namespace {

std::string features_text(u128 flags) {
    std::vector<std::string> names;
    for (const Feature& feature : kFeatures) {
        if ((flags >> feature.bit & 1) != 0) names.emplace_back(feature.name);
    }
    return join(names, ", ");
}

/// One of the network's singletons. Errors: NotFound with what to do.
template <class T>
Task<Result<T>> read_single(std::string_view what, ledger::PublicKey key, std::string_view remedy,
                            Context& context) {
    const auto account = co_await read_account<T>(context, key);
    if (!account) co_return ledger_failure(context, fmt::format("cannot read the {}", what), account.error());
    if (*account) co_return **account;
    co_return failure(fmt::format("there is no {} on this ledger", what),
                      "the network was not founded there, or it belongs to another program", remedy,
                      Errc::NotFound);
}

Task<Result<GlobalState>> read_state(Context& context) {
    return read_single<GlobalState>("global state", context.addresses.global_state(),
                                    "doublezero init, or another ledger: doublezero config get", context);
}

Task<Result<>> print_config(None, OutputStyle style, Context& context, std::ostream& out) {
    CO_TRY(const GlobalConfig config,
           co_await read_single<GlobalConfig>(
               "global config", context.addresses.global_config(),
               "doublezero global-config set, or another ledger: doublezero config get", context));
    Record record;
    record.add("local_asn", config.local_asn.value);
    record.add("remote_asn", config.remote_asn.value);
    record.add("device_tunnel_block", config.device_tunnel_block.to_string());
    record.add("user_tunnel_block", config.user_tunnel_block.to_string());
    record.add("multicast_group_block", config.multicastgroup_block.to_string());
    record.add("multicast_publisher_block", config.multicast_publisher_block.to_string());
    record.add("next_bgp_community", config.next_bgp_community);
    print_one(out, style, record);
    co_return Result<>{};
}

/// A command that shows a part of the global state.
void add_state_view(Group& group, const std::string& about, Record (*show)(const GlobalState&)) {
    auto get = group.command<None>("get", about);
    const auto print = [](Record (*as)(const GlobalState&), OutputStyle style, Context& context,
                          std::ostream& out) -> Task<Result<>> {
        CO_TRY(const GlobalState state, co_await read_state(context));
        print_one(out, style, as(state));
        co_return Result<>{};
    };
    get.reads(Output::One, [show, print](None, OutputStyle style, Context& context, std::ostream& out) {
        return print(show, style, context, out);
    });
}

/// A command whose whole effect is one instruction on the global state, with the options as they are.
template <class Args>
Command<Args> add_state_change(Group& group, const std::string& name, const std::string& about) {
    auto command = group.command<Args>(name, about);
    command.writes([](Args args, Draft& draft) -> Task<Result<>> {
        draft.send(draft.build().make(args));
        co_return Result<>{};
    });
    return command;
}

void add_numbering_plan(Group& config) {
    config.command<None>("get", "Show the numbering plan").reads(Output::One, print_config);

    config.heading(kForAdministrators);
    auto set = add_state_change<ix::SetGlobalConfig>(
        config, "set", "Set the numbering plan; the blocks are fixed from the first time on");
    set.need("--local-asn", set->local_asn, "AS number of users");
    set.need("--remote-asn", set->remote_asn, "AS number of devices");
    set.need("--device-tunnel-block", set->device_tunnel_block, "Addresses for links and loopbacks");
    set.need("--user-tunnel-block", set->user_tunnel_block, "Addresses for user tunnels");
    set.need("--multicastgroup-block", set->multicastgroup_block, "Addresses for multicast groups");
    set.take("--next-bgp-community", set->next_bgp_community, "Of the next exchange");
    constexpr std::uint32_t kPublishers = 0x94337800;  // 148.51.120.0
    set->multicast_publisher_block = {Ipv4{kPublishers}, 21};
    set.take("--multicast-publisher-block", set->multicast_publisher_block,
             "Addresses for multicast publishers");
}

void add_authorities(Group& config) {
    Group authority = config.group("authority", "Keys with a duty of their own");
    add_state_view(authority, "Show these keys", [](const GlobalState& state) {
        Record record;
        record.add("activator_authority", state.activator_authority_pk.to_string());
        record.add("access_authority", state.sentinel_authority_pk.to_string());
        record.add("feed_authority", state.feed_authority_pk.to_string());
        record.add("health_oracle", state.health_oracle_pk.to_string());
        return record;
    });
    struct Set {
        std::optional<KeyOrMe> activator, sentinel, health_oracle, feed;
    };
    auto set = authority.command<Set>("set", "Change some of these keys");
    set.take("--activator-authority", set->activator, "Activates passes and users");
    set.take("--sentinel-authority", set->sentinel, "Gives passes to validators");
    set.take("--health-oracle", set->health_oracle, "Reports the health of devices and links");
    set.take("--feed-authority,--reservation-authority", set->feed,
             "Gives seats on feeds; on a ledger with reservations, reserves seats");
    set.wants_some();
    set.writes([](Set options, Draft& draft) -> Task<Result<>> {
        const auto key = [&draft](const std::optional<KeyOrMe>& named) -> std::optional<ledger::PublicKey> {
            if (!named) return std::nullopt;
            return named->or_payer(draft.payer());
        };
        draft.send(draft.build().make(ix::SetAuthority{.activator = key(options.activator),
                                                       .sentinel = key(options.sentinel),
                                                       .health_oracle = key(options.health_oracle),
                                                       .feed_authority = key(options.feed)}));
        co_return Result<>{};
    });
}

void add_airdrop(Group& config) {
    Group airdrop = config.group("airdrop", "What new keys are funded with");
    add_state_view(airdrop, "Show the amounts", [](const GlobalState& state) {
        Record record;
        record.add("contributor_airdrop_lamports", state.contributor_airdrop_lamports);
        record.add("user_airdrop_lamports", state.user_airdrop_lamports);
        return record;
    });
    auto set = add_state_change<ix::SetAirdrop>(airdrop, "set", "Change the amounts");
    set.take("--contributor-airdrop-lamports", set->contributor_airdrop_lamports, "For a new contributor");
    set.take("--user-airdrop-lamports", set->user_airdrop_lamports, "For the key of a new pass");
    set.wants_some();
}

struct Member {
    KeyOrMe key;
};

template <class Args>
void add_member_change(Group& list, const std::string& name, const std::string& about) {
    auto command = list.command<Member>(name, about);
    command.need("--pubkey", command->key, "The key");
    command.writes([](Member options, Draft& draft) -> Task<Result<>> {
        draft.send(draft.build().make(Args{options.key.or_payer(draft.payer())}));
        co_return Result<>{};
    });
}

/// A heading and a key on each line, or an array.
void print_keys(std::string_view heading, const std::vector<ledger::PublicKey>& keys, OutputStyle style,
                std::ostream& out) {
    if (style.machine_readable()) {
        json::Ordered array = json::Ordered::array();
        for (const auto& key : keys) array.push_back(key.to_string());
        // Of this list alone --json-compact wins.
        return print_json(out, array, {.json = !style.json_compact, .json_compact = style.json_compact});
    }
    out << heading << "\n";
    for (const auto& key : keys) out << "\t" << key.to_string() << "\n";
}

void add_allowlists(Group& config) {
    Group foundation = config.group("allowlist", "Keys that may change anything");
    foundation.command<None>("list", "List these keys")
        .reads(Output::List,
               [](None, OutputStyle style, Context& context, std::ostream& out) -> Task<Result<>> {
                   CO_TRY(const GlobalState state, co_await read_state(context));
                   print_keys("Foundation allowlist:", state.foundation_allowlist, style, out);
                   co_return Result<>{};
               });
    add_member_change<ix::AddFoundationAllowlist>(foundation, "add", "Let a key change anything");
    add_member_change<ix::RemoveFoundationAllowlist>(foundation, "remove", "Take that right away");

    Group qa = config.group("qa-allowlist", "Keys that may connect to any device, for tests");
    qa.command<None>("list", "List these keys")
        .reads(Output::List,
               [](None, OutputStyle style, Context& context, std::ostream& out) -> Task<Result<>> {
                   CO_TRY(const GlobalState state, co_await read_state(context));
                   print_keys("QA allowlist:", state.qa_allowlist, style, out);
                   co_return Result<>{};
               });
    add_member_change<ix::AddQaAllowlist>(qa, "add", "Let a key connect to any device");
    add_member_change<ix::RemoveQaAllowlist>(qa, "remove", "Take that right away");
}

void add_features(Group& config) {
    Group features = config.group("feature-flags", "Switches of the program");
    add_state_view(features, "Show the switches", [](const GlobalState& state) {
        Record record;
        record.add("flags", features_text(state.feature_flags));
        record.add("raw", to_string(state.feature_flags));
        return record;
    });
    struct Set {
        std::vector<Feature> enable, disable;
    };
    auto set = features.command<Set>("set", "Turn switches on and off");
    set.take("--enable", set->enable, "Turn on");
    set.take("--disable", set->disable, "Turn off");
    set.wants_some();
    set.writes([](Set options, Draft& draft) -> Task<Result<>> {
        u128 flags = draft.state().feature_flags;
        for (const Feature& feature : options.enable) flags |= u128{1} << feature.bit;
        for (const Feature& feature : options.disable) flags &= ~(u128{1} << feature.bit);
        draft.send(draft.build().make(ix::SetFeatureFlags{flags}));
        co_return Result<>{};
    });
}

}  // namespace

void add_init(Group& root) {
    auto init =
        root.command<None>("init", "Found a network on this ledger; the signer becomes its foundation");
    init.writes(
        [](None, Draft& draft) -> Task<Result<>> {
            draft.send(draft.build().make(ix::InitGlobalState{}));
            draft.note("next: doublezero global-config set");
            co_return Result<>{};
        },
        Founded::No);
}

void add_global_config(Group& root) {
    Group config = root.group("global-config", "What holds for the whole network");
    add_numbering_plan(config);
    add_authorities(config);
    add_airdrop(config);
    add_allowlists(config);
    add_features(config);
    auto version = add_state_change<ix::SetMinVersion>(config, "set-version",
                                                       "Set the oldest version that may still connect");
    version.need("--min-compatible-version", version->min_compatible_version, "The version");
}

}  // namespace dz::cli
