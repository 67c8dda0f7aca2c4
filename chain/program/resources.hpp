// chain/program/resources.hpp: the program's allocator accounts: which range each one hands out, and the
// values that a user or an interface holds.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "chain/program/allocator.hpp"
#include "chain/program/invocation.hpp"

namespace dz::program {

using ResourceRange = std::variant<ledger::IpRange, ledger::IdRange>;

/// The range of an allocator (ledger-processors.md 4). `device` is read for prefix blocks only.
/// Errors: 65 for a prefix block whose device has no such prefix.
Expected<ResourceRange> range_of(const ledger::Resource& resource, const ledger::GlobalConfig& config,
                                 const ledger::Device* device);

/// The allocator in `account`, ready to take from and give back to. Aborts when it stands at another address,
/// is not the program's or may not be written.
Expected<Allocator> open_allocator(Invocation& in, const AccountRef& account, const PublicKey& address,
                                   std::string_view what);

/// Makes an allocator at `account`, or empties the one there. A prefix block takes its first address itself.
Outcome create_resource(Invocation& in, const AccountRef& account, const ledger::Resource& resource,
                        const ResourceRange& range);

/// The allocator accounts of a user's instruction.
struct UserResources {
    AccountRef tunnel_block;
    std::optional<AccountRef> publisher_block;
    AccountRef tunnel_ids;
    std::vector<AccountRef> prefixes;
};
Outcome read_user_resources(Invocation& in, bool with_publisher_block, std::size_t prefix_count,
                            UserResources& resources);

/// The opened allocators of one user. Their addresses are checked against the user's device.
class UserAllocators {
  public:
    static Expected<UserAllocators> open(Invocation& in, const UserResources& resources,
                                         const PublicKey& device);

    /// Tunnel network, tunnel id and DZ address that the user does not have yet (ledger-processors.md 9.2).
    Outcome take_missing(ledger::User& user);
    /// The next address for a publisher. Error 65 without a publisher block.
    Expected<Ipv4> take_publisher_address();
    /// Gives back all three, whatever of them is allocated.
    void give_back(const ledger::User& user);
    void give_back_dz_ip(const ledger::User& user);

    // For changes of single values.
    Allocator tunnel_block;
    Allocator tunnel_ids;
    std::optional<Allocator> publisher_block;
    std::vector<Allocator> prefixes;

  private:
    UserAllocators(Allocator block, Allocator ids) : tunnel_block(block), tunnel_ids(ids) {}
    Expected<Ipv4> take_prefix_address();
};

}  // namespace dz::program
