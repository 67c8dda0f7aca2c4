#include "chain/program/entity.hpp"
#include "chain/program/processors.hpp"
#include "chain/program/text_rules.hpp"

namespace dz::program {

using ledger::Device;
using ledger::Exchange;
using ledger::GlobalConfig;
using ledger::PlaceStatus;
using ledger::ProgramError;

namespace {

constexpr auto kAuthority = {PermissionFlag::InfraAdmin};

/// The next free BGP community, which nobody else gets.
std::uint16_t take_community(GlobalConfig& config) {
    return config.next_bgp_community++;
}

struct ExchangeAccounts {
    AccountRef exchange, config, state;
};

/// Account list of creation and update, both of which may take a community.
Expected<ledger::GlobalState> read_exchange_accounts(Invocation& in, ExchangeAccounts& accounts) {
    TRY_OK(in.read(accounts.exchange, accounts.config, accounts.state));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(accounts.state));
    TRY_OK(in.authorize(state, kAuthority));
    return state;
}

}  // namespace

Outcome process(Invocation& in, const ix::CreateExchange& args) {
    ExchangeAccounts accounts;
    TRY(auto state, read_exchange_accounts(in, accounts));
    TRY_OK(check_code(args.code));
    const ledger::Address address = in.addresses().exchange(next_index(state));
    TRY_OK(expect_new(in, accounts.exchange, address, "exchange"));
    TRY(auto config, in.global_config(accounts.config));

    Exchange exchange;
    exchange.owner = in.payer().key();
    exchange.index = ++state.account_index;
    exchange.bump = address.bump;
    exchange.lat = args.lat;
    exchange.lng = args.lng;
    exchange.bgp_community = take_community(config);
    exchange.code = args.code;
    exchange.name = args.name;
    TRY_OK(in.create(accounts.exchange, exchange));
    TRY_OK(in.write(accounts.config, config));
    return in.write(accounts.state, state);
}

Outcome process(Invocation& in, const ix::UpdateExchange& args) {
    ExchangeAccounts accounts;
    TRY_OK(read_exchange_accounts(in, accounts));
    TRY(auto exchange, in.load<Exchange>(accounts.exchange, "exchange"));
    if (args.code) {
        TRY_OK(check_code(*args.code));
        exchange.code = *args.code;
    }
    set_if(exchange.name, args.name);
    set_if(exchange.lat, args.lat);
    set_if(exchange.lng, args.lng);
    if (args.bgp_community) {
        TRY(auto config, in.global_config(accounts.config));
        exchange.bgp_community = take_community(config);
        TRY_OK(in.write(accounts.config, config));
    }
    return in.write(accounts.exchange, exchange);
}

Outcome process(Invocation& in, const ix::SuspendExchange&) {
    return update_entity<Exchange>(in, kAuthority, [](Exchange& exchange) {
        return change_status(exchange.status, PlaceStatus::Activated, PlaceStatus::Suspended);
    });
}

Outcome process(Invocation& in, const ix::ResumeExchange&) {
    return update_entity<Exchange>(in, kAuthority, [](Exchange& exchange) {
        return change_status(exchange.status, PlaceStatus::Suspended, PlaceStatus::Activated);
    });
}

Outcome process(Invocation& in, const ix::DeleteExchange&) {
    return delete_entity<Exchange>(in, kAuthority, expect_unreferenced<Exchange>);
}

Outcome process(Invocation& in, const ix::SetDeviceExchange& args) {
    AccountRef exchange_account, device_account, state_account;
    TRY_OK(in.read(exchange_account, device_account, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.authorize(state, kAuthority));
    TRY(auto exchange, in.load<Exchange>(exchange_account, "exchange"));
    TRY(auto device, in.load<Device>(device_account, "device"));

    if (args.index != 1 && args.index != 2) return reject(ProgramError::InvalidIndex);
    PublicKey& slot = args.index == 1 ? exchange.device1_pk : exchange.device2_pk;
    if (args.option == ix::SetDeviceExchange::kSet) {
        if (!slot.is_zero()) return reject(ProgramError::DeviceAlreadySet);
        slot = device_account.key();
        TRY_OK(acquire(device.reference_count));
    } else if (args.option == ix::SetDeviceExchange::kRemove) {
        if (slot.is_zero()) return reject(ProgramError::DeviceNotSet);
        if (slot != device_account.key()) return reject(ProgramError::InvalidDevicePubkey);
        slot = {};
        release(device.reference_count);
    } else {
        return reject(ProgramError::InvalidArgument, "neither set nor remove");
    }
    TRY_OK(in.write(exchange_account, exchange));
    return in.write(device_account, device);
}

}  // namespace dz::program
