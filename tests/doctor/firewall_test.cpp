// Verdicts of netfilter rules, as `nft -j list ruleset` prints them.
#include "doctor/firewall.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace dz::doctor {
namespace {

constexpr auto kAccept = R"({"accept":null})";
constexpr auto kDrop = R"({"drop":null})";

std::string match(std::string_view left, std::string_view right, std::string_view op = "==") {
    return fmt::format(R"({{"match":{{"op":"{}","left":{},"right":{}}}}})", op, left, right);
}
const std::string kL4 = R"({"meta":{"key":"l4proto"}})";
const std::string kIif = R"({"meta":{"key":"iifname"}})";
const std::string kOif = R"({"meta":{"key":"oifname"}})";
const std::string kState = R"({"ct":{"key":"state"}})";

std::string field(std::string_view protocol, std::string_view name) {
    return fmt::format(R"({{"payload":{{"protocol":"{}","field":"{}"}}}})", protocol, name);
}

/// A table `inet filter` with an input chain of this policy, and what else is given.
class Table {
  public:
    explicit Table(std::string_view policy, std::string_view hook = "input") {
        objects_ = fmt::format(
            R"({{"metainfo":{{"version":"1.0.6"}}}},{{"table":{{"family":"inet","name":"filter"}}}},)"
            R"({{"chain":{{"family":"inet","table":"filter","name":"{0}","type":"filter","hook":"{0}","prio":0,"policy":"{1}"}}}})",
            hook, policy);
    }
    Table& chain(std::string_view name) {
        objects_ += fmt::format(R"(,{{"chain":{{"family":"inet","table":"filter","name":"{}"}}}})", name);
        return *this;
    }
    Table& rule(std::vector<std::string> statements, std::string_view chain = "input") {
        objects_ +=
            fmt::format(R"(,{{"rule":{{"family":"inet","table":"filter","chain":"{}","expr":[{}]}}}})", chain,
                        fmt::join(statements, ","));
        return *this;
    }
    std::string text() const { return fmt::format(R"({{"nftables":[{}]}})", objects_); }
    Ruleset rules() const { return parse_ruleset(text()).value(); }

  private:
    std::string objects_;
};

const Packet kGreIn{.hook = Hook::Input,
                    .device = "eth0",
                    .source = Ipv4(0x09C80001),
                    .destination = Ipv4(0x09800005),
                    .protocol = kGre};
const Packet kBgpAnswer{
    .hook = Hook::Input, .device = "doublezero0", .protocol = kTcp, .source_port = 179, .established = true};

Pass pass(const Table& table, const Packet& packet = kGreIn) {
    return judge(table.rules(), packet).pass;
}

TEST_CASE("firewall: without rules, and by a policy of accept, everything passes", "[doctor]") {
    CHECK(judge(parse_ruleset(R"({"nftables":[]})").value(), kGreIn).pass == Pass::Yes);
    CHECK(pass(Table("accept")) == Pass::Yes);
}

TEST_CASE("firewall: a policy of drop is named with its chain", "[doctor]") {
    const auto judged = judge(Table("drop").rules(), kGreIn);
    CHECK(judged.pass == Pass::No);
    CHECK(judged.by == "chain inet filter input, policy drop");
    CHECK(judged.chain == "inet filter input");
}

TEST_CASE("firewall: chains of the other direction do not matter", "[doctor]") {
    CHECK(pass(Table("drop", "output")) == Pass::Yes);
}

TEST_CASE("firewall: a rule lets through what it matches, by any spelling", "[doctor]") {
    const auto statement =
        GENERATE(match(kL4, "47"), match(kL4, "\"gre\""), match(field("ip", "protocol"), "\"gre\""),
                 match(kIif, "\"eth*\""), match(kIif, "\"eth0\""), match(kL4, R"({"set":["tcp","gre"]})"),
                 match(kL4, "[\"gre\"]"), match(field("ip", "saddr"), "\"9.200.0.1\""),
                 match(field("ip", "saddr"), R"({"prefix":{"addr":"9.200.0.0","len":16}})"),
                 match(kL4, "\"tcp\"", "!="), match(kState, "[\"new\"]", "in"));
    CAPTURE(statement);
    CHECK(pass(Table("drop").rule({statement, kAccept})) == Pass::Yes);
}

TEST_CASE("firewall: a rule for others does not", "[doctor]") {
    const auto statement = GENERATE(
        match(kL4, "6"), match(field("tcp", "dport"), "22"), match(kIif, "\"eth1\""), match(kOif, "\"eth0\""),
        match(field("ip", "saddr"), "\"9.200.0.2\""), match(kL4, "\"gre\"", "!="),
        match(kState, "[\"established\",\"related\"]", "in"), match(field("ip6", "saddr"), "\"::1\""),
        match(field("udp", "dport"), R"({"range":[1,65535]})"));
    CAPTURE(statement);
    CHECK(pass(Table("drop").rule({statement, kAccept})) == Pass::No);
}

TEST_CASE("firewall: answers pass where established connections do", "[doctor]") {
    CHECK(pass(Table("drop").rule({match(kState, "[\"established\",\"related\"]", "in"), kAccept}),
               kBgpAnswer) == Pass::Yes);
    CHECK(pass(Table("drop").rule({match(field("tcp", "sport"), R"({"range":[100,200]})"), kAccept}),
               kBgpAnswer) == Pass::Yes);
}

TEST_CASE("firewall: the first verdict counts", "[doctor]") {
    CHECK(pass(Table("accept")
                   .rule({match(kL4, "47"), R"({"counter":{"packets":0,"bytes":0}})", kDrop})
                   .rule({match(kL4, "47"), kAccept})) == Pass::No);
    CHECK(pass(Table("accept").rule({match(kL4, "47"), R"({"reject":{"type":"icmpx"}})"})) == Pass::No);
}

TEST_CASE("firewall: a rule that matches by something unknown makes nothing certain", "[doctor]") {
    const std::string unknown = R"({"xt":{"type":"match","name":"recent"}})";
    CHECK(pass(Table("drop").rule({unknown, kAccept})) == Pass::Unsure);
    CHECK(pass(Table("accept").rule({unknown, kDrop})) == Pass::Unsure);
    CHECK(pass(Table("accept").rule({match(kL4, "6"), unknown, kDrop})) == Pass::Yes);
}

TEST_CASE("firewall: chains are followed where rules jump, and come back", "[doctor]") {
    Table table("drop");
    table.chain("before")
        .chain("tunnels")
        .rule({R"({"jump":{"target":"before"}})"})
        .rule({R"({"jump":{"target":"tunnels"}})"});
    CHECK(pass(table) == Pass::No);
    table.rule({R"({"return":null})"}, "before").rule({match(kL4, "47"), kAccept}, "tunnels");
    CHECK(pass(table) == Pass::Yes);
}

TEST_CASE("firewall: chains that call each other end", "[doctor]") {
    Table table("accept");
    table.chain("a").rule({R"({"jump":{"target":"a"}})"}).rule({R"({"jump":{"target":"a"}})"}, "a");
    CHECK(pass(table) == Pass::Unsure);
}

TEST_CASE("firewall: every chain of the hook must let it pass", "[doctor]") {
    std::string text = Table("accept").text();
    text.insert(
        text.size() - 2,
        R"(,{"chain":{"family":"ip","table":"late","name":"in","type":"filter","hook":"input","prio":10,"policy":"drop"}})");
    const auto judged = judge(parse_ruleset(text).value(), kGreIn);
    CHECK(judged.pass == Pass::No);
    CHECK(judged.chain == "ip late in");
}

TEST_CASE("firewall: what is no ruleset is refused with its reason", "[doctor]") {
    CHECK_FALSE(parse_ruleset("").has_value());
    CHECK_FALSE(parse_ruleset("[]").has_value());
    CHECK_FALSE(parse_ruleset(R"({"nftables":[{"chain":{"family":"ip"}}]})").has_value());
    CHECK(parse_ruleset(R"({"nftables":[{"chain":{"family":"ip"}}]})").error().text.find("table") !=
          std::string::npos);
}

}  // namespace
}  // namespace dz::doctor
