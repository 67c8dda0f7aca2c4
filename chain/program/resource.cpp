// The instructions that work on an allocator directly.
#include "chain/program/processors.hpp"
#include "chain/program/resources.hpp"

namespace dz::program {

using ledger::BuiltinError;
using ledger::Device;
using ledger::ProgramError;
using ledger::Resource;

namespace {

constexpr auto kAuthority = {PermissionFlag::ResourceAdmin};

struct ResourceAccounts {
    AccountRef resource, associated, state;
};

/// "associated" is the device of a per-device allocator and the zero key for the others.
Outcome check_resource_accounts(Invocation& in, const ResourceAccounts& accounts, const Resource& resource) {
    TRY(const auto state, in.global_state(accounts.state));
    TRY_OK(in.authorize(state, kAuthority));
    TRY_OK(in.expect_key(accounts.resource, in.addresses().resource(resource), "resource"));
    return in.expect_key(accounts.associated, resource.per_device() ? resource.device : PublicKey{},
                         "associated account");
}

}  // namespace

Outcome process(Invocation& in, const ix::AllocateResource& args) {
    ResourceAccounts accounts;
    TRY_OK(in.read(accounts.resource, accounts.associated, accounts.state));
    TRY_OK(in.read_payer());
    TRY_OK(check_resource_accounts(in, accounts, args.resource));
    TRY(auto allocator,
        open_allocator(in, accounts.resource, in.addresses().resource(args.resource), "resource"));
    if (args.requested) return allocator.take(*args.requested);
    if (allocator.hands_out_addresses()) {
        TRY_OK(allocator.take_addresses(1));
    } else {
        TRY_OK(allocator.take_id());
    }
    return {};
}

Outcome process(Invocation& in, const ix::CreateResource& args) {
    ResourceAccounts accounts;
    AccountRef config_account;
    TRY_OK(in.read(accounts.resource, accounts.associated, accounts.state, config_account));
    TRY_OK(in.read_payer());
    TRY_OK(check_resource_accounts(in, accounts, args.resource));
    TRY(const auto config, in.global_config(config_account));
    if (!accounts.resource.is_empty()) return panic("the allocator exists already");
    Device device;
    if (args.resource.per_device()) {
        TRY(device, in.load<Device>(accounts.associated, "device"));
    }
    TRY(const ResourceRange range, range_of(args.resource, config, &device));
    return create_resource(in, accounts.resource, args.resource, range);
}

Outcome process(Invocation& in, const ix::DeallocateResource& args) {
    ResourceAccounts accounts;
    TRY_OK(in.read(accounts.resource, accounts.associated, accounts.state));
    TRY_OK(in.read_payer());
    TRY_OK(check_resource_accounts(in, accounts, args.resource));
    TRY(auto allocator,
        open_allocator(in, accounts.resource, in.addresses().resource(args.resource), "resource"));
    allocator.give_back(args.value);
    return {};
}

Outcome process(Invocation& in, const ix::CloseResource&) {
    AccountRef resource, owner, state_account;
    TRY_OK(in.read(resource, owner, state_account));
    TRY_OK(in.read_payer());
    TRY(const auto state, in.global_state(state_account));
    TRY_OK(in.expect_ours(resource, "resource"));
    TRY_OK(in.authorize(state, kAuthority));
    if (ledger::account_type(resource.data()) != ledger::AccountType::ResourceExtension) {
        return reject(ProgramError::InvalidAccountType);
    }
    return in.close(resource, owner);
}

}  // namespace dz::program
