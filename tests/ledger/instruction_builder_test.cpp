#include "ledger/instruction_builder.hpp"

#include <catch2/catch.hpp>

#include "tests/ledger/fixtures.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

PublicKey key(std::uint8_t fill) {
    PublicKey out;
    out.bytes.fill(fill);
    return out;
}

const PublicKey kProgram = key(9);
const PublicKey kPayer = key(1);
const PublicKey kDevice = key(2);
const PublicKey kPass = key(3);
const PublicKey kOwner = key(4);

/// One instruction of the public network: its data and its account list.
struct Expected {
    explicit Expected(const char* folder, const char* name)
        : fixture(load_fixture(std::filesystem::path(fixtures_folder()) / folder /
                               (std::string(name) + ".bin"))) {
        for (const auto& account : fixture.expected["accounts"]) {
            accounts.push_back({PublicKey::parse(account["pubkey"].get<std::string>()).value(),
                                account["is_signer"].get<bool>(), account["is_writable"].get<bool>()});
        }
    }
    InstructionBuilder builder() const {
        const auto program = PublicKey::parse(fixture.expected["program_id"].get<std::string>());
        return InstructionBuilder(Addresses(program.value()), accounts.at(accounts.size() - 2).key);
    }
    template <class Args>
    Args args(Dialect dialect = Dialect::Today) const {
        return std::get<Args>(decode_instruction(fixture.data, dialect).value());
    }
    const PublicKey& at(std::size_t position) const { return accounts.at(position).key; }
    void check(const TransactionInstruction& built) const {
        CHECK(built.data == fixture.data);
        REQUIRE(built.accounts.size() == accounts.size());
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            CAPTURE(i);
            CHECK(built.accounts[i].key.to_string() == accounts[i].key.to_string());
            CHECK(built.accounts[i].signer == accounts[i].signer);
            CHECK(built.accounts[i].writable == accounts[i].writable);
        }
    }

    Fixture fixture;
    std::vector<AccountMeta> accounts;
};

constexpr const char* kToday = "serviceability";
constexpr const char* kReservations = "serviceability-reservations/synthesized";

}  // namespace

TEST_CASE("builder: SetGlobalConfig has the account list of the network", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected expected(kToday, "ix_set_global_config");
    expected.check(expected.builder().make(expected.args<ix::SetGlobalConfig>()));
}

TEST_CASE("builder: CreateDevice has the account list of the network", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected expected(kToday, "ix_create_device");
    const auto builder = expected.builder();
    u128 index = 1;
    while (builder.addresses().device(index).key != expected.at(0) && index < 1000) ++index;
    expected.check(builder.make(expected.args<ix::CreateDevice>(), {.index = index,
                                                                    .contributor = expected.at(1),
                                                                    .location = expected.at(2),
                                                                    .exchange = expected.at(3)}));
}

TEST_CASE("builder: DeleteDevice has the account list of the network", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected expected(kToday, "ix_delete_device");
    expected.check(expected.builder().make(expected.args<ix::DeleteDevice>(),
                                           {.device = expected.at(0),
                                            .contributor = expected.at(1),
                                            .location = expected.at(3),
                                            .exchange = expected.at(4),
                                            .device_owner = expected.at(9),
                                            .resource_owners = {expected.at(7), expected.at(8)}}));
}

TEST_CASE("builder: CreateLink has the account list of the network", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected expected(kToday, "ix_create_link");
    const auto builder = expected.builder();
    u128 index = 1;
    while (builder.addresses().link(index).key != expected.at(0) && index < 1000) ++index;
    expected.check(builder.make(
        expected.args<ix::CreateLink>(),
        {.index = index, .contributor = expected.at(1), .side_a = expected.at(2), .side_z = expected.at(3)}));
}

TEST_CASE("builder: CreateUser has the account list of the network", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected expected(kToday, "ix_create_user");
    expected.check(expected.builder().make(
        expected.args<ix::CreateUser>(),
        {.device = expected.at(1), .access_pass = expected.at(2), .tenant = expected.at(8)}));
}

TEST_CASE("builder: CreateSubscribeUser has the account list of the network", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected expected(kToday, "ix_create_subscribe_user");
    expected.check(
        expected.builder().make(expected.args<ix::CreateSubscribeUser>(), {.device = expected.at(1),
                                                                           .multicast_group = expected.at(2),
                                                                           .access_pass = expected.at(3),
                                                                           .feed = expected.at(9)}));
}

TEST_CASE("builder: topology instructions have the account lists of the network", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected clear(kToday, "ix_clear_topology");
    const std::vector links = {clear.at(2), clear.at(3)};
    clear.check(clear.builder().make(clear.args<ix::ClearTopology>(), links).value());

    const Expected assign(kToday, "ix_assign_topology_node_segments");
    const std::vector devices = {assign.at(3)};
    assign.check(assign.builder().make(assign.args<ix::AssignTopologyNodeSegments>(), devices).value());
}

TEST_CASE("builder: reservations have the account lists of March 2026", "[ledger][fixtures]") {
    if (!fixtures_folder()) DZ_SKIP("DZ_FIXTURES is not set");
    const Expected seat(kReservations, "ix_reserve_connection_r1");
    seat.check(seat.builder().make(seat.args<ix::ReserveSeat>(Dialect::Seats), seat.at(1)));
    const Expected block(kReservations, "ix_reserve_connection_r2");
    block.check(block.builder().make(block.args<ix::ReserveBlock>(Dialect::Blocks), block.at(1)));
    const Expected close(kReservations, "ix_close_reservation_r1");
    close.check(
        close.builder().make(close.args<ix::CloseReservation>(Dialect::Seats), close.at(0), close.at(1)));
}

TEST_CASE("builder: every list ends with the payer and the system program", "[ledger]") {
    const InstructionBuilder builder{Addresses(kProgram), kPayer};
    const auto built = builder.make(ix::SetUserBgpStatus{BgpStatus::Up, 12'345'678}, {kOwner, kDevice});
    CHECK(built.program == kProgram);
    CHECK(to_hex(built.data) == "6a014e61bc0000000000");
    CHECK(built.accounts == std::vector<AccountMeta>{writable(kOwner), read_only(kDevice), signer(kPayer),
                                                     writable(kSystemProgram)});
}

TEST_CASE("builder: a permission account is appended, but not where accounts are counted", "[ledger]") {
    const PublicKey permission = key(7);
    const InstructionBuilder builder{Addresses(kProgram), kPayer, permission};
    CHECK(builder.make(ix::DeleteLocation{}, kDevice).accounts.back() == read_only(permission));
    CHECK(builder.make(ix::CreateUser{}, {.device = kDevice, .access_pass = kPass, .tenant = {}})
              .accounts.back() == writable(kSystemProgram));
    CHECK(builder
              .make(ix::DeleteUser{},
                    {.user = kOwner, .device = kDevice, .access_pass = kPass, .owner = kOwner, .tenant = {}})
              .accounts.back() == writable(kSystemProgram));
}

TEST_CASE("builder: DeleteUser passes publisher block, prefixes and tenant only when they matter",
          "[ledger]") {
    const InstructionBuilder builder{Addresses(kProgram), kPayer};
    const Addresses& a = builder.addresses();
    const auto plain = builder.make(
        ix::DeleteUser{1, 0},
        {.user = key(5), .device = kDevice, .access_pass = kPass, .owner = kOwner, .tenant = {}});
    CHECK(plain.accounts ==
          std::vector<AccountMeta>{writable(key(5)), writable(kPass), writable(a.global_state()),
                                   writable(kDevice), writable(a.user_tunnel_block()),
                                   writable(a.tunnel_ids(kDevice)), writable(a.dz_prefix_block(kDevice, 0)),
                                   writable(kOwner), signer(kPayer), writable(kSystemProgram)});
    const auto full = builder.make(
        ix::DeleteUser{2, 1},
        {.user = key(5), .device = kDevice, .access_pass = kPass, .owner = kOwner, .tenant = key(6)});
    REQUIRE(full.accounts.size() == 13);
    CHECK(full.accounts[5] == writable(a.multicast_publisher_block()));
    CHECK(full.accounts[8] == writable(a.dz_prefix_block(kDevice, 1)));
    CHECK(full.accounts[9] == writable(key(6)));
}

TEST_CASE("builder: SetAccessPass reaches seven accounts exactly when tenants change", "[ledger]") {
    const InstructionBuilder builder{Addresses(kProgram), kPayer};
    CHECK(builder.make(ix::SetAccessPass{}, {.user_payer = kOwner, .tenant_remove = {}, .tenant_add = {}})
              .accounts.size() == 5);
    CHECK(builder
              .make(ix::SetAccessPass{},
                    {.user_payer = kOwner, .tenant_remove = PublicKey{}, .tenant_add = key(6)})
              .accounts.size() == 7);
}

TEST_CASE("builder: UpdateDevice lists allocators by its resource count", "[ledger]") {
    const InstructionBuilder builder{Addresses(kProgram), kPayer};
    const Addresses& a = builder.addresses();
    ix::UpdateDevice args;
    args.max_users = 10;
    const UpdateDeviceAccounts accounts{
        .device = kDevice, .contributor = kOwner, .location_old = {}, .location_new = {}};
    CHECK(builder.make(args, accounts).accounts.size() == 5);
    args.resource_count = 3;
    const auto with_resources = builder.make(args, accounts).accounts;
    REQUIRE(with_resources.size() == 9);
    CHECK(with_resources[3] == writable(a.global_config()));
    CHECK(with_resources[4] == writable(a.tunnel_ids(kDevice)));
    CHECK(with_resources[6] == writable(a.dz_prefix_block(kDevice, 1)));
}

TEST_CASE("builder: a tenant code that is too long for an address is an error", "[ledger]") {
    const InstructionBuilder builder{Addresses(kProgram), kPayer};
    ix::CreateTenant args;
    args.code = std::string(33, 'x');
    CHECK(builder.make(args).error().code == Errc::LimitExceeded);
}
