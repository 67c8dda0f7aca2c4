// chain/program/text_rules.hpp: which codes and names the program accepts, and the form it stores them in.
#pragma once

#include <string>
#include <string_view>

#include "chain/program/fault.hpp"
#include "ledger/types.hpp"

namespace dz::program {

/// Letters and digits of any script, ':', '_' and '-'; empty is accepted. Error 19.
Outcome check_code(std::string_view code);

/// As Unicode does, code point by code point; invalid UTF-8 is kept.
std::string to_lower(std::string_view text);

/// "et1/2.30" -> "Ethernet1/2.30": EthernetN[/N], SwitchN/N/N, LoopbackN, Port-channelN, VlanN, each with an
/// optional sub-interface, in any case, or by the shorthands et, sw, lo, po, vl. Error 12.
Expected<std::string> normalize_interface_name(std::string_view name);
/// Of a normalized name.
ledger::InterfaceType interface_type(std::string_view name);
/// Names are compared without regard to ASCII case.
bool same_interface_name(std::string_view a, std::string_view b);

/// "UNICAST-DEFAULT": upper case; first a letter, then letters, digits and '-'. Errors 39 (more than 32
/// bytes), 87.
Expected<std::string> normalize_topology_name(std::string_view name);

}  // namespace dz::program
