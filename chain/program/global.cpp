// The singletons: global state, global config, program config.
#include <algorithm>

#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::GlobalConfig;
using ledger::GlobalState;
using ledger::ProgramConfig;
using ledger::ProgramError;
using ledger::ResourceKind;

namespace {

constexpr ledger::Version kProgramVersion{0, 34, 0};
constexpr ledger::Version kMinCompatibleVersion{0, 30, 0};
constexpr std::uint64_t kContributorAirdrop = 1'000'000'000;
constexpr std::uint64_t kUserAirdrop = 40'000;

/// The state, for a payer who may change it.
Expected<GlobalState> state_to_change(Invocation& in, const AccountRef& account) {
    TRY(GlobalState state, in.global_state(account));
    TRY_OK(in.authorize(state, {PermissionFlag::GlobalstateAdmin}));
    return state;
}

/// Instructions whose one account is the global state: `change` gets it and says whether it may be stored.
template <class Change>
Outcome change_state(Invocation& in, Change change) {
    AccountRef account;
    TRY_OK(in.read(account));
    TRY_OK(in.read_payer());
    TRY(GlobalState state, state_to_change(in, account));
    TRY_OK(change(state));
    return in.write(account, state);
}

Outcome add_key(std::vector<PublicKey>& list, const PublicKey& key) {
    if (std::ranges::find(list, key) != list.end())
        return reject(BuiltinError::InvalidArgument, "already listed");
    list.push_back(key);
    return {};
}

struct ConfigAccounts {
    AccountRef config, state;
    AccountRef device_tunnel_block, user_tunnel_block, multicast_group_block, link_ids, segment_routing_ids;
    AccountRef multicast_publisher_block, vrf_ids;
    /// Not sent by clients of March 2026.
    std::vector<AccountRef> admin_group_bits;
};

Outcome read_config_accounts(Invocation& in, ConfigAccounts& accounts) {
    TRY_OK(in.read(accounts.config, accounts.state, accounts.device_tunnel_block, accounts.user_tunnel_block,
                   accounts.multicast_group_block, accounts.link_ids, accounts.segment_routing_ids,
                   accounts.multicast_publisher_block, accounts.vrf_ids));
    TRY_OK(in.read_until_payer(accounts.admin_group_bits));
    if (accounts.admin_group_bits.size() > 1)
        return reject(ProgramError::InvalidArgument, "too many accounts");
    return {};
}

Outcome create_block(Invocation& in, const AccountRef& account, ResourceKind kind,
                     const GlobalConfig& config) {
    const ledger::Resource resource{kind, {}, 0};
    TRY(const ResourceRange range, range_of(resource, config, nullptr));
    return create_resource(in, account, resource, range);
}

/// Allocators that an older configuration may lack.
Outcome create_missing_blocks(Invocation& in, const ConfigAccounts& accounts, const GlobalConfig& config) {
    if (config.multicast_publisher_block != Prefix{} && accounts.multicast_publisher_block.is_empty()) {
        TRY_OK(create_block(in, accounts.multicast_publisher_block, ResourceKind::MulticastPublisherBlock,
                            config));
    }
    if (!accounts.admin_group_bits.empty() && accounts.admin_group_bits[0].is_empty()) {
        TRY_OK(create_block(in, accounts.admin_group_bits[0], ResourceKind::AdminGroupBits, config));
    }
    return {};
}

Outcome create_all_blocks(Invocation& in, const ConfigAccounts& accounts, const GlobalConfig& config) {
    TRY_OK(create_block(in, accounts.device_tunnel_block, ResourceKind::DeviceTunnelBlock, config));
    TRY_OK(create_block(in, accounts.user_tunnel_block, ResourceKind::UserTunnelBlock, config));
    TRY_OK(create_block(in, accounts.multicast_group_block, ResourceKind::MulticastGroupBlock, config));
    TRY_OK(create_block(in, accounts.link_ids, ResourceKind::LinkIds, config));
    TRY_OK(create_block(in, accounts.segment_routing_ids, ResourceKind::SegmentRoutingIds, config));
    TRY_OK(create_block(in, accounts.vrf_ids, ResourceKind::VrfIds, config));
    return create_missing_blocks(in, accounts, config);
}

/// Addresses are handed out already: the blocks they came from stay.
Outcome expect_same_blocks(const GlobalConfig& old, const ix::SetGlobalConfig& args) {
    const bool publisher_may_change = old.multicast_publisher_block == Prefix{};
    if (old.device_tunnel_block != args.device_tunnel_block ||
        old.user_tunnel_block != args.user_tunnel_block ||
        old.multicastgroup_block != args.multicastgroup_block ||
        (!publisher_may_change && old.multicast_publisher_block != args.multicast_publisher_block)) {
        return reject(ProgramError::ImmutableField);
    }
    return {};
}

}  // namespace

Outcome process(Invocation& in, const ix::InitGlobalState&) {
    AccountRef config, state;
    TRY_OK(in.read(config, state));
    TRY_OK(in.read_payer());
    const Deployment& deployment = in.deployment();
    TRY_OK(in.expect_key(config, deployment.program_config, "program config"));
    TRY_OK(in.expect_key(state, deployment.global_state, "global state"));

    const ProgramConfig program{deployment.program_config.bump, kProgramVersion, kMinCompatibleVersion};
    if (config.is_empty()) {
        TRY_OK(in.create(config, program));
    } else {
        TRY_OK(in.expect_ours(config, "program config"));
        TRY_OK(in.write(config, program));
    }
    if (!state.is_empty()) return {};

    const PublicKey payer = in.payer().key();
    GlobalState fresh;
    fresh.bump = deployment.global_state.bump;
    fresh.foundation_allowlist = {payer};
    fresh.device_allowlist = {payer};
    fresh.activator_authority_pk = payer;
    fresh.sentinel_authority_pk = payer;
    fresh.contributor_airdrop_lamports = kContributorAirdrop;
    fresh.user_airdrop_lamports = kUserAirdrop;
    fresh.health_oracle_pk = payer;
    fresh.qa_allowlist = {payer};
    return in.create(state, fresh);
}

Outcome process(Invocation& in, const ix::SetGlobalConfig& args) {
    ConfigAccounts accounts;
    TRY_OK(read_config_accounts(in, accounts));
    TRY_OK(state_to_change(in, accounts.state));
    const Ipv4 block = args.device_tunnel_block.address;
    if (!is_private(block) && !is_link_local(block)) return reject(ProgramError::InvalidDeviceTunnelBlock);

    const bool first = accounts.config.is_empty();
    GlobalConfig config;
    if (first) {
        TRY_OK(in.expect_key(accounts.config, in.deployment().global_config, "global config"));
    } else {
        TRY(config, in.global_config(accounts.config));
        TRY_OK(expect_same_blocks(config, args));
    }
    config.owner = in.payer().key();
    config.bump = in.deployment().global_config.bump;
    config.local_asn = args.local_asn;
    config.remote_asn = args.remote_asn;
    config.device_tunnel_block = args.device_tunnel_block;
    config.user_tunnel_block = args.user_tunnel_block;
    config.multicastgroup_block = args.multicastgroup_block;
    config.multicast_publisher_block = args.multicast_publisher_block;
    if (args.next_bgp_community) config.next_bgp_community = *args.next_bgp_community;

    if (first) {
        TRY_OK(in.create(accounts.config, config));
        return create_all_blocks(in, accounts, config);
    }
    TRY_OK(in.write(accounts.config, config));
    return create_missing_blocks(in, accounts, config);
}

Outcome process(Invocation& in, const ix::SetAuthority& args) {
    return change_state(in, [&](GlobalState& state) -> Outcome {
        if (args.activator) state.activator_authority_pk = *args.activator;
        if (args.sentinel) state.sentinel_authority_pk = *args.sentinel;
        if (args.health_oracle) state.health_oracle_pk = *args.health_oracle;
        if (args.feed_authority) state.feed_authority_pk = *args.feed_authority;
        return {};
    });
}

Outcome process(Invocation& in, const ix::SetAirdrop& args) {
    return change_state(in, [&](GlobalState& state) -> Outcome {
        if (args.contributor_airdrop_lamports) {
            state.contributor_airdrop_lamports = *args.contributor_airdrop_lamports;
        }
        if (args.user_airdrop_lamports) state.user_airdrop_lamports = *args.user_airdrop_lamports;
        return {};
    });
}

Outcome process(Invocation& in, const ix::SetFeatureFlags& args) {
    return change_state(in, [&](GlobalState& state) -> Outcome {
        state.feature_flags = args.feature_flags;
        return {};
    });
}

Outcome process(Invocation& in, const ix::SetMinVersion& args) {
    AccountRef config, state;
    TRY_OK(in.read(config, state));
    TRY_OK(in.read_payer());
    TRY_OK(in.expect_key(config, in.deployment().program_config, "program config"));
    TRY(auto program, in.load<ProgramConfig>(config, "program config"));
    TRY_OK(state_to_change(in, state));
    if (args.min_compatible_version > program.version)
        return reject(ProgramError::InvalidMinCompatibleVersion);
    program.min_compatible_version = args.min_compatible_version;
    return in.write(config, program);
}

Outcome process(Invocation& in, const ix::AddFoundationAllowlist& args) {
    return change_state(in,
                        [&](GlobalState& state) { return add_key(state.foundation_allowlist, args.pubkey); });
}

Outcome process(Invocation& in, const ix::RemoveFoundationAllowlist& args) {
    return change_state(in, [&](GlobalState& state) -> Outcome {
        if (in.payer_is(args.pubkey))
            return reject(ProgramError::InvalidFoundationAllowlist, "one's own key");
        std::erase(state.foundation_allowlist, args.pubkey);
        return {};  // an empty list is refused on writing
    });
}

Outcome process(Invocation& in, const ix::AddQaAllowlist& args) {
    return change_state(in, [&](GlobalState& state) { return add_key(state.qa_allowlist, args.pubkey); });
}

Outcome process(Invocation& in, const ix::RemoveQaAllowlist& args) {
    return change_state(in, [&](GlobalState& state) -> Outcome {
        std::erase(state.qa_allowlist, args.pubkey);
        return {};
    });
}

}  // namespace dz::program
