// cli/families.hpp: the families of commands on the ledger's accounts, one file each in commands/.
//
// Each function declares the commands of a family: options, meaning and effect stand together.
#pragma once

#include "cli/command.hpp"

namespace dz::cli {

// For everybody; changes are for administrators.
void add_user(Group& root);
void add_user_changes(Group& user);
void add_device(Group& root);
void add_device_changes(Group& device);
void add_interface(Group& device);
void add_link(Group& root);
void add_link_changes(Group& link);
void add_topology(Group& link);
void add_location(Group& root);
void add_exchange(Group& root);
void add_contributor(Group& root);
void add_tenant(Group& root);
void add_multicast(Group& root);
void add_multicast_roles(Group& multicast);
void add_feed(Group& root);
void add_access_pass(Group& root);
void add_access_pass_changes(Group& pass);
void add_reservation(Group& root);
void add_oracle_reservations(Group& reservation);

// For administrators.
void add_init(Group& root);
void add_global_config(Group& root);
void add_permission(Group& root);
void add_resource(Group& root);

// Not part of this build.
void add_absent(Group& root);
void add_absent_device(Group& device);
void add_absent_link(Group& link);

}  // namespace dz::cli
