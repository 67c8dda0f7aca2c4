#include "doctor/firewall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace dz::doctor {

namespace {

/// Whether a match holds.
enum class Holds { No, Maybe, Yes };

constexpr int kMaxJumps = 16;  // as many as the kernel allows (NFT_JUMP_STACK_SIZE)

Holds both(Holds a, Holds b) {
    return std::min(a, b);
}
Holds not_(Holds a) {
    return a == Holds::Maybe ? a : a == Holds::Yes ? Holds::No : Holds::Yes;
}
Holds certain(bool holds) {
    return holds ? Holds::Yes : Holds::No;
}

std::optional<std::uint64_t> protocol_number(const json::Value& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (!value.is_string()) return std::nullopt;
    constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> kNames{{{"icmp", 1},
                                                                                {"igmp", 2},
                                                                                {"tcp", kTcp},
                                                                                {"udp", kUdp},
                                                                                {"gre", kGre},
                                                                                {"esp", 50},
                                                                                {"ah", 51},
                                                                                {"icmpv6", 58},
                                                                                {"pim", kPim}}};
    const auto text = value.get<std::string>();
    const auto* const at =
        std::ranges::find(kNames, std::string_view(text), &std::pair<std::string_view, std::uint64_t>::first);
    return at == kNames.end() ? std::nullopt : std::optional(at->second);
}

Holds protocol_is(const json::Value& value, const Packet& packet) {
    const auto number = protocol_number(value);
    return number ? certain(*number == packet.protocol) : Holds::Maybe;
}

Holds port_is(const json::Value& value, std::uint16_t port) {
    if (port == 0 || !value.is_number_unsigned()) return Holds::Maybe;
    return certain(value.get<std::uint64_t>() == port);
}

/// A name, perhaps with an asterisk at its end.
Holds name_is(const json::Value& value, std::string_view name) {
    if (!value.is_string()) return Holds::Maybe;
    const auto text = value.get<std::string>();
    if (text.ends_with('*')) return certain(name.starts_with(text.substr(0, text.size() - 1)));
    return certain(name == text);
}

Holds address_is(const json::Value& value, Ipv4 address) {
    if (address.is_unspecified()) return Holds::Maybe;
    if (value.is_string()) {
        const auto other = parse_ipv4(value.get<std::string>());
        return other ? certain(*other == address) : Holds::Maybe;
    }
    const auto prefix = json::object(value, "prefix");
    if (!prefix) return Holds::Maybe;
    const auto base = json::string(**prefix, "addr");
    const auto length = json::natural(**prefix, "len");
    if (!base || !length || *length > 32) return Holds::Maybe;
    const auto parsed = parse_ipv4(*base);
    if (!parsed) return Holds::Maybe;
    return certain(Prefix{*parsed, static_cast<std::uint8_t>(*length)}.contains(address));
}

Holds state_is(const json::Value& value, const Packet& packet) {
    if (!value.is_string()) return Holds::Maybe;
    const auto text = value.get<std::string>();
    if (text == "established") return certain(packet.established);
    if (text == "new") return certain(!packet.established);
    if (text == "related" || text == "invalid" || text == "untracked") return Holds::No;
    return Holds::Maybe;
}

/// What the left side of a match reads of the packet, compared with one element of the right side.
Holds element_holds(const json::Value& left, const json::Value& right, const Packet& packet) {
    if (const auto meta = json::object(left, "meta")) {
        const auto key = json::string_or(**meta, "key", "");
        if (key == "l4proto") return protocol_is(right, packet);
        if (key == "nfproto") return right.is_string() ? certain(right == "ipv4") : Holds::Maybe;
        if (key == "protocol") return right.is_string() ? certain(right == "ip") : Holds::Maybe;
        const bool in = key == "iifname" || key == "iif", out = key == "oifname" || key == "oif";
        if (in || out) {
            const bool has = in == (packet.hook == Hook::Input);
            if (has && packet.device.empty()) return Holds::Maybe;
            return name_is(right, has ? std::string_view(packet.device) : std::string_view());
        }
        return Holds::Maybe;
    }
    if (const auto ct = json::object(left, "ct"))
        return json::string_or(**ct, "key", "") == "state" ? state_is(right, packet) : Holds::Maybe;
    const auto payload = json::object(left, "payload");
    if (!payload) return Holds::Maybe;
    const auto protocol = json::string_or(**payload, "protocol", ""),
               field = json::string_or(**payload, "field", "");
    if (protocol == "ip6") return Holds::No;
    if (protocol == "ip") {
        if (field == "protocol") return protocol_is(right, packet);
        if (field == "saddr") return address_is(right, packet.source);
        if (field == "daddr") return address_is(right, packet.destination);
        return Holds::Maybe;
    }
    if (protocol == "tcp" || protocol == "udp" || protocol == "th") {
        if ((protocol == "tcp" && packet.protocol != kTcp) || (protocol == "udp" && packet.protocol != kUdp))
            return Holds::No;
        if (field == "dport") return port_is(right, packet.destination_port);
        if (field == "sport") return port_is(right, packet.source_port);
    }
    return Holds::Maybe;
}

/// The right side may be one value, a list, a set or a range.
Holds value_holds(const json::Value& left, const json::Value& right, const Packet& packet) {
    if (right.is_object() && right.contains("range") && right["range"].is_array() &&
        right["range"].size() == 2) {
        const auto &low = right["range"][0], &high = right["range"][1];
        if (!low.is_number_unsigned() || !high.is_number_unsigned()) return Holds::Maybe;
        const auto payload = json::object(left, "payload");
        if (!payload) return Holds::Maybe;
        const std::uint16_t port =
            json::string_or(**payload, "field", "") == "dport" ? packet.destination_port : packet.source_port;
        // The protocol is compared by the way, with a port that fits.
        const Holds protocol = element_holds(left, json::Value(port), packet);
        return both(protocol, certain(port >= low.get<std::uint64_t>() && port <= high.get<std::uint64_t>()));
    }
    return element_holds(left, right, packet);
}

Holds match_holds(const json::Value& match, const Packet& packet) {
    const auto left = json::object(match, "left");
    const auto right = json::at(match, "right");
    const auto op = json::string_or(match, "op", "==");
    if (!left || !right || !op) return Holds::Maybe;
    const json::Value* values = *right;
    if (values->is_object() && values->contains("set")) values = &(*values)["set"];
    Holds any = Holds::No;
    if (values->is_array()) {
        for (const json::Value& one : *values) any = std::max(any, value_holds(**left, one, packet));
    } else {
        any = value_holds(**left, *values, packet);
    }
    if (*op == "==" || *op == "in") return any;
    if (*op == "!=") return not_(any);
    return Holds::Maybe;
}

enum class Verdict { None, Accept, Drop, Return };

struct Walk {
    const Ruleset& rules;
    const Packet& packet;
    /// A rule before may have let it through already.
    bool perhaps_accepted = false;
    bool perhaps_dropped = false;
    std::string by{};

    // NOLINTNEXTLINE(misc-no-recursion): chains call chains, at most `kMaxJumps` deep.
    Verdict chain(const Chain& chain, int depth) {
        for (const Rule& rule : chain.rules) {
            const Verdict verdict = this->rule(chain, rule, depth);
            if (verdict != Verdict::None) return verdict;
        }
        return Verdict::None;
    }

  private:
    /// A verdict that is only possible is noted and does not end the walk.
    Verdict settle(Verdict verdict, Holds holds, const Chain& chain, const Rule& rule) {
        if (holds == Holds::Yes) {
            if (verdict == Verdict::Drop)
                by = fmt::format("chain {} {} {}, rule {}", chain.family, chain.table, chain.name, rule.text);
            return verdict;
        }
        perhaps_accepted |= verdict == Verdict::Accept || verdict == Verdict::Return;
        perhaps_dropped |= verdict == Verdict::Drop;
        return Verdict::None;
    }

    // NOLINTNEXTLINE(misc-no-recursion): as above.
    Verdict rule(const Chain& chain, const Rule& rule, int depth) {
        Holds holds = Holds::Yes;
        for (const json::Value& statement : rule.statements) {
            if (!statement.is_object() || statement.empty()) continue;
            const std::string kind = statement.begin().key();
            const json::Value& body = statement.begin().value();
            if (kind == "match")
                holds = both(holds, match_holds(body, packet));
            else if (kind == "xt" || kind == "vmap" || kind == "limit" || kind == "quota")
                holds = both(holds, Holds::Maybe);
            if (holds == Holds::No) return Verdict::None;
            if (kind == "accept") return settle(Verdict::Accept, holds, chain, rule);
            if (kind == "drop" || kind == "reject") return settle(Verdict::Drop, holds, chain, rule);
            if (kind == "return") return settle(Verdict::Return, holds, chain, rule);
            if (kind == "jump" || kind == "goto") return jump(chain, body, holds, depth, kind == "goto");
            if (kind == "vmap") perhaps_accepted = perhaps_dropped = true;
        }
        return Verdict::None;
    }

    // NOLINTNEXTLINE(misc-no-recursion): as above.
    Verdict jump(const Chain& from, const json::Value& body, Holds holds, int depth, bool for_good) {
        const auto target = json::string_or(body, "target", "");
        const auto to = std::ranges::find_if(rules.chains, [&](const Chain& chain) {
            return chain.family == from.family && chain.table == from.table && target &&
                   chain.name == *target;
        });
        if (to == rules.chains.end() || depth >= kMaxJumps || holds == Holds::Maybe) {
            perhaps_accepted = perhaps_dropped = true;
            return Verdict::None;
        }
        const Verdict verdict = chain(*to, depth + 1);
        if (verdict == Verdict::Accept || verdict == Verdict::Drop) return verdict;
        return for_good ? Verdict::Return : Verdict::None;
    }
};

Judgement judge_chain(const Ruleset& rules, const Chain& chain, const Packet& packet) {
    Walk walk{.rules = rules, .packet = packet};
    Verdict verdict = walk.chain(chain, 0);
    const std::string name = fmt::format("{} {} {}", chain.family, chain.table, chain.name);
    if (verdict == Verdict::None || verdict == Verdict::Return) {
        verdict = chain.drops ? Verdict::Drop : Verdict::Accept;
        if (chain.drops) walk.by = fmt::format("chain {}, policy drop", name);
    }
    if (verdict == Verdict::Drop) return {walk.perhaps_accepted ? Pass::Unsure : Pass::No, walk.by, name};
    return {walk.perhaps_dropped ? Pass::Unsure : Pass::Yes, walk.perhaps_dropped ? "chain " + name : "",
            name};
}

bool of_interest(std::string_view family) {
    return family == "ip" || family == "inet";
}

Result<Chain> chain_of(const json::Value& value) {
    Chain chain;
    TRY(chain.family, json::string(value, "family"));
    TRY(chain.table, json::string(value, "table"));
    TRY(chain.name, json::string(value, "name"));
    TRY(const auto hook, json::string_or(value, "hook", ""));
    if (hook == "input") chain.hook = Hook::Input;
    if (hook == "output") chain.hook = Hook::Output;
    // A chain of another type translates addresses or marks packets; its policy is always accept.
    TRY(const auto priority, json::integer_or(value, "prio", 0));
    chain.priority = static_cast<int>(std::clamp<std::int64_t>(priority, -1000, 1000));
    TRY(const auto policy, json::string_or(value, "policy", "accept"));
    chain.drops = policy == "drop";
    return chain;
}

Result<> add_rule(Ruleset& rules, const json::Value& value) {
    TRY(const auto family, json::string(value, "family"));
    TRY(const auto table, json::string(value, "table"));
    TRY(const auto name, json::string(value, "chain"));
    const auto chain = std::ranges::find_if(rules.chains, [&](const Chain& one) {
        return one.family == family && one.table == table && one.name == name;
    });
    if (chain == rules.chains.end()) return {};
    TRY(const auto* const statements, json::array(value, "expr"));
    Rule rule;
    for (const json::Value& statement : *statements) rule.statements.push_back(statement);
    rule.text = json::dump(json::Ordered(*statements));
    chain->rules.push_back(std::move(rule));
    return {};
}

}  // namespace

Result<Ruleset> parse_ruleset(std::string_view text) {
    TRY(const json::Value root, json::parse(text));
    TRY(const auto* const objects, json::array(root, "nftables"));
    if (objects->size() > kMaxRules)
        return fail(Errc::LimitExceeded, fmt::format("{} objects in the ruleset, at most {} are read",
                                                     objects->size(), kMaxRules));
    Ruleset rules;
    for (const json::Value& object : *objects) {
        const auto chain = json::object(object, "chain");
        if (!chain) continue;
        TRY(Chain made, chain_of(**chain));
        if (of_interest(made.family)) rules.chains.push_back(std::move(made));
    }
    for (const json::Value& object : *objects) {
        if (const auto rule = json::object(object, "rule")) TRY_OK(add_rule(rules, **rule));
    }
    std::ranges::sort(rules.chains, {}, [](const Chain& one) {
        return std::tie(one.priority, one.family, one.table, one.name);
    });
    return rules;
}

Judgement judge(const Ruleset& rules, const Packet& packet) {
    Judgement worst;
    for (const Chain& chain : rules.chains) {
        if (chain.hook != packet.hook) continue;
        Judgement judged = judge_chain(rules, chain, packet);
        if (judged.pass == Pass::No) return judged;
        if (judged.pass > worst.pass) worst = std::move(judged);
    }
    return worst;
}

}  // namespace dz::doctor
