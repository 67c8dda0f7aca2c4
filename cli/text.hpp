// cli/text.hpp: how values of the ledger read in tables and in JSON (cli.md 7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/json.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "ledger/accounts.hpp"

namespace dz::cli {

/// "0.985 Credits", "1 Credits": shortest decimal form.
std::string credits(Lamports lamports);
/// "IBRL", "IBRLWithAllocatedIP", "EdgeFiltering", "Multicast", "Unknown": in all outputs.
std::string_view user_type_text(ledger::UserType type);
/// "5.50 ms", or "-" for 0.
std::string rtt_text(std::uint64_t nanoseconds);
/// "Prepaid: (MAX)", "SolanaValidator: (KEY)": the pass column of user lists.
std::string pass_summary(const ledger::AccessPass& pass);
/// "prepaid", "solana_validator: KEY", "edge_seat: 2 feed(s)": the type column of pass lists.
std::string pass_type_text(const ledger::AccessPassType& type);
/// "10Gbps" (whole ones, cut off), "1.50Mbps", "7Kbps", "0bps".
std::string bandwidth_text(std::uint64_t bits_per_second);
/// "10.0.0.0/29,10.0.1.0/29"
std::string join(const std::vector<Prefix>& prefixes);
std::string join(const std::vector<std::string>& texts, std::string_view separator);
/// "alpha+2": the first code, a long one as "abcd..wxyz", and how many more there are. Not for an empty list.
std::string first_and_more(const std::vector<std::string>& codes);
/// "2026-03-04 05:06:07 UTC"; "invalid timestamp" outside the years 1970 to 9999.
std::string utc_text(std::int64_t unix_seconds);

/// Prints JSON in the wanted style, with a newline.
void print_json(std::ostream& out, const json::Ordered& value, OutputStyle style);

}  // namespace dz::cli
