// doctor/firewall.hpp: would this host's netfilter rules let a packet pass?
//
//     TRY(const Ruleset rules, parse_ruleset(output_of("nft -j list ruleset")));
//     const Judgement judged = judge(rules, {.hook = Hook::Input, .in = "eth0", .protocol = 47});
//
// Pure. Only what decides about our packets is understood: verdicts, jumps, and matches of protocol, ports,
// interfaces, addresses and connection state. Any other match may or may not hold, so a rule with one never
// makes a verdict certain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace dz::doctor {

inline constexpr std::uint8_t kTcp = 6, kUdp = 17, kGre = 47, kPim = 103;

enum class Hook { Input, Output };

struct Packet {
    Hook hook{};
    std::string device{};  ///< comes in by, or goes out by; empty: not known
    Ipv4 source{};         ///< unspecified: not known
    Ipv4 destination{};
    std::uint8_t protocol = 0;                            ///< IANA number
    std::uint16_t source_port = 0, destination_port = 0;  ///< 0: none, or not known
    bool established = false;                             ///< answers to what this host sent
};

struct Rule {
    std::vector<json::Value> statements;
    std::string text;  ///< for people: the JSON on one line
};

struct Chain {
    std::string family, table, name;
    std::optional<Hook> hook;  ///< unset: only jumped to, or of no interest
    int priority = 0;
    bool drops = false;  ///< policy
    std::vector<Rule> rules;
};

struct Ruleset {
    std::vector<Chain> chains;
};

/// The answer of `nft -j list ruleset`. Other families than ip and inet are left out.
/// Errors: BadValue, LimitExceeded (more than `kMaxRules`).
Result<Ruleset> parse_ruleset(std::string_view json);
inline constexpr std::size_t kMaxRules = 20'000;

enum class Pass { Yes, Unsure, No };

struct Judgement {
    Pass pass = Pass::Yes;
    std::string
        by;  ///< "chain inet filter input, policy drop": what decided; empty where nothing stands in the way
    std::string chain;  ///< "inet filter input": of the hook, where an accepting rule would help
};

/// A packet must pass every chain of its hook. The first that drops it decides.
Judgement judge(const Ruleset& rules, const Packet& packet);

}  // namespace dz::doctor
