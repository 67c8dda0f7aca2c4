#include "cli/lookup.hpp"

#include "ledger/enum_text.hpp"

namespace dz::cli {

namespace {

using ledger::AccountType;

ledger::Filters of_kind(AccountType kind) {
    return {.memcmp = {{.offset = 0, .bytes = {static_cast<std::uint8_t>(kind)}}}, .data_size = {}};
}

}  // namespace

Task<Result<Catalogue>> read_kinds(Context& context, std::vector<AccountType> kinds) {
    std::vector<ledger::KeyedAccount> accounts;
    Slot slot;
    for (const AccountType kind : kinds) {
        auto answer = co_await context.rpc.program_accounts(context.settings.program, of_kind(kind),
                                                            ledger::Commitment::Confirmed);
        if (!answer) co_return ledger_failure(context, "cannot read the ledger", answer.error());
        std::ranges::move(answer->value, std::back_inserter(accounts));
        slot = std::max(slot, answer->slot);
    }
    co_return std::make_shared<const ledger::Snapshot>(
        ledger::Snapshot::from(accounts, slot, ledger::Scope::Catalogue));
}

Task<Result<Catalogue>> read_users_of(Context& context, Ipv4 client_ip) {
    auto filters = of_kind(AccountType::User);
    const auto octets = client_ip.to_bytes();
    filters.memcmp.push_back(
        {.offset = ledger::User::kClientIpOffset, .bytes = {octets.begin(), octets.end()}});
    const auto answer = co_await context.rpc.program_accounts(context.settings.program, filters,
                                                              ledger::Commitment::Confirmed);
    if (!answer) co_return ledger_failure(context, "cannot read the users of this address", answer.error());
    co_return std::make_shared<const ledger::Snapshot>(
        ledger::Snapshot::from(answer->value, answer->slot, ledger::Scope::Mine));
}

std::string_view kind_name(AccountType kind) {
    switch (kind) {
        case AccountType::MulticastGroup:
            return "multicast group";
        case AccountType::AccessPass:
            return "access-pass";
        case AccountType::Topology:
            return "link topology";
        case AccountType::ResourceExtension:
            return "resource";
        case AccountType::Link:
            return "link";
        default:
            // Every other kind's text is its command.
            return ledger::to_text(kind);
    }
}

bool same_code(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

Task<Result<std::optional<ledger::Entry<ledger::AccessPass>>>> find_access_pass(Context& context,
                                                                                Ipv4 client_ip,
                                                                                ledger::PublicKey payer) {
    using Found = std::optional<ledger::Entry<ledger::AccessPass>>;
    const std::vector<ledger::PublicKey> keys{context.addresses.access_pass(Ipv4{}, payer),
                                              context.addresses.access_pass(client_ip, payer)};
    const auto answer = co_await context.rpc.multiple_accounts(keys, ledger::Commitment::Confirmed);
    if (!answer) co_return ledger_failure(context, "cannot read the access pass", answer.error());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& account = answer->value.at(i);
        if (!account) continue;
        if (auto pass = ledger::decode<ledger::AccessPass>(account->data))
            co_return Found({keys[i], *std::move(pass)});
    }
    co_return Found{};
}

}  // namespace dz::cli
