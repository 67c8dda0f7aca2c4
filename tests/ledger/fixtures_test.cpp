// Every account of the public network that we have a copy of, field by field.
#include <catch2/catch.hpp>
#include <cctype>
#include <string>

#include "ledger/accounts.hpp"
#include "ledger/instructions.hpp"
#include "tests/ledger/fixtures.hpp"
#include "tests/ledger/flatten.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

using Fields = std::map<std::string, std::string>;

/// Where the fixtures call a field otherwise than the network's accounts do, or derive it.
std::string our_name(std::string name, const Fields& fields) {
    if (fields.contains(name)) return name;
    static const Fields kNames = {
        {"bumpseed", "bump"},
        {"reservationauthoritypk", "feedauthoritypk"},
        {"multicastuserscount", "multicastsubscriberscount"},
        {"maxmulticastusers", "maxmulticastsubscribers"},
        {"billingdiscriminant", "billingkind"},
    };
    if (const auto found = kNames.find(name); found != kNames.end()) return found->second;
    // "Interface0Name" is an element of "Interfaces"; the same for groups and feed seats.
    for (const std::string_view singular : {"newinterface", "interface", "edgeseatfeedseat", "group"}) {
        const bool element = name.starts_with(singular) && name.size() > singular.size() &&
                             std::isdigit(static_cast<unsigned char>(name[singular.size()])) != 0;
        if (element) return std::string(singular) + 's' + name.substr(singular.size());
    }
    return name;
}

void add_derived(Fields& fields, const Account& account, const DecodeNotes& notes) {
    fields["accounttype"] = std::to_string(static_cast<int>(account_type(account)));
    for (std::size_t i = 0; i < notes.legacy_interface_variants.size(); ++i) {
        fields[fmt::format("interfaces{}version", i)] = std::to_string(notes.legacy_interface_variants[i]);
    }
    if (const auto* resource = std::get_if<ResourceExtension>(&account)) {
        fields["totalcapacity"] = std::to_string(resource->capacity());
        fields["allocatedcount"] = std::to_string(resource->allocated_count());
        fields["availablecount"] = std::to_string(resource->capacity() - resource->allocated_count());
    }
}

bool starts_with(ByteView data, ByteView prefix) {
    return data.size() >= prefix.size() && std::ranges::equal(data.first(prefix.size()), prefix);
}

/// The size of a sized interface is not a value but bookkeeping; writing the account checks it.
bool is_bookkeeping(const std::string& name) {
    return name.starts_with("newinterface") && name.ends_with("size");
}

}  // namespace

TEST_CASE("fixtures: every field of every account decodes to the expected value", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    std::size_t accounts = 0;
    for (const Fixture& fixture : load_fixtures()) {
        if (is_instruction(fixture) || is_arguments(fixture)) continue;
        CAPTURE(fixture.name);
        ++accounts;
        DecodeNotes notes;
        const auto account = decode_account(fixture.data, &notes);
        REQUIRE(account);
        CHECK_FALSE(notes.cut_inside_field);
        CHECK_FALSE(notes.bad_field);
        CHECK_FALSE(notes.interface_lists_differ);
        CHECK(notes.ignored_bytes == 0);

        Fields fields = std::visit([](const auto& kind) { return flatten(kind); }, *account);
        add_derived(fields, *account, notes);
        for (const auto& [name, value] : expected_fields(fixture)) {
            if (is_bookkeeping(name)) continue;
            CAPTURE(name);
            REQUIRE(fields.contains(our_name(name, fields)));
            CHECK(fields[our_name(name, fields)] == value);
        }
    }
    CHECK(accounts >= 29);
}

TEST_CASE("fixtures: accounts are written as the program writes them", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    for (const Fixture& fixture : load_fixtures()) {
        if (is_instruction(fixture) || is_arguments(fixture)) continue;
        // Rewritten on purpose: older and newer forms of interfaces become today's.
        if (fixture.name.find("device") != std::string::npos && fixture.name != "serviceability/device")
            continue;
        CAPTURE(fixture.name);
        const auto account = decode_account(fixture.data);
        REQUIRE(account);
        // An account of an older version gains the fields that came later, at its end.
        CHECK(starts_with(encode(*account), fixture.data));
        const auto again = decode_account(encode(*account));
        CHECK(again == *account);
    }
}

TEST_CASE("fixtures: today's accounts keep every byte", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const std::filesystem::path folder = std::filesystem::path(fixtures_folder()) / "serviceability";
    for (const char* name :
         {"global_state", "global_config", "program_config", "location", "exchange", "contributor", "device",
          "user", "multicast_group", "feed", "access_pass", "access_pass_validator", "access_pass_edge_seat",
          "resource_extension_ip", "resource_extension_id"}) {
        CAPTURE(name);
        const Fixture fixture = load_fixture(folder / (std::string(name) + ".bin"));
        CHECK(encode(decode_account(fixture.data).value()) == fixture.data);
    }
}

TEST_CASE("fixtures: argument blocks decode", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const auto folder = std::filesystem::path(fixtures_folder()) / "serviceability";
    const auto decode_block = [&]<class Args>(const char* name, std::type_identity<Args>) {
        const Fixture fixture = load_fixture(folder / (std::string(name) + ".bin"));
        Bytes data = {Args::kNumber};
        data.insert(data.end(), fixture.data.begin(), fixture.data.end());
        const auto instruction = decode_instruction(data);
        REQUIRE(instruction);
        CHECK(flatten(std::get<Args>(*instruction)) == expected_fields(fixture));
        CHECK(encode_instruction(*instruction) == data);
    };
    decode_block("user_create_args", std::type_identity<ix::CreateUser>{});
    decode_block("user_delete_args", std::type_identity<ix::DeleteUser>{});
}

TEST_CASE("fixtures: instruction data survives decoding and encoding", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    std::size_t instructions = 0;
    for (const Fixture& fixture : load_fixtures()) {
        if (!is_instruction(fixture)) continue;
        CAPTURE(fixture.name);
        ++instructions;
        const Dialect dialect = fixture.name.ends_with("_r1")   ? Dialect::Seats
                                : fixture.name.ends_with("_r2") ? Dialect::Blocks
                                                                : Dialect::Today;
        const auto instruction = decode_instruction(fixture.data, dialect);
        REQUIRE(instruction);
        CHECK(number_of(*instruction) == fixture.expected["variant"]);
        CHECK(encode_instruction(*instruction) == fixture.data);
    }
    CHECK(instructions >= 12);
}
