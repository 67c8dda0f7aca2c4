#include "tests/program/world.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <catch2/catch.hpp>

#include "chain/devnet/genesis.hpp"
#include "ledger/environment.hpp"
#include "ledger/limits.hpp"

namespace dz::test {

using ledger::UserType;

namespace {

PublicKey local_program() {
    return ledger::find_environment("local").value()->serviceability;
}

std::string outcome_text(const std::optional<ledger::TransactionError>& error) {
    if (!error) return "ok";
    if (!error->custom) return error->name;
    // The one number that only the system program has.
    if (*error->custom == program::system_error::kAccountAlreadyInUse) return "0 AccountAlreadyInUse";
    return fmt::format("{} {}", *error->custom, name_of(static_cast<ledger::ProgramError>(*error->custom)));
}

}  // namespace

World::World(ledger::Dialect dialect, std::shared_ptr<Witness> witness)
    : deployment_(local_program(), dialect), witness_(std::move(witness)) {
    for (auto& [key, state] : devnet::genesis_accounts(deployment_.program())) accounts_[key] = state;
    if (witness_) now = witness_->wait(0);
}

void World::wait_slots(std::uint64_t slots) {
    if (witness_) {
        now = witness_->wait(slots);
    } else {
        now.slot += slots;
    }
}

void World::begin_epoch() {
    if (witness_) {
        now = witness_->wait(witness_->slots_per_epoch() - now.slot % witness_->slots_per_epoch());
    } else {
        ++now.epoch;
    }
}

const Keypair& World::key(const std::string& name) {
    if (const auto found = keys_.find(name); found != keys_.end()) return *found->second;
    std::array<std::uint8_t, Keypair::kSeedSize> seed{};
    crypto_generichash(seed.data(), seed.size(), as_bytes(name).data(), name.size(), nullptr, 0);
    const Keypair& made =
        *keys_.emplace(name, std::make_shared<const Keypair>(Keypair::from_seed(seed))).first->second;
    const AccountState funded{kStartBalance, ledger::kSystemProgram, {}, false};
    accounts_[made.public_key()] = std::make_shared<const AccountState>(funded);
    if (witness_) witness_->placed(made.public_key(), funded, name);
    return made;
}

std::string World::send(const std::string& payer, const std::vector<TransactionInstruction>& instructions) {
    const Keypair& signer = key(payer);
    // Every transaction has a slot of its own, so that no two are the same.
    if (witness_) wait_slots(1);
    ledger::Blockhash hash;
    hash.bytes[0] = static_cast<std::uint8_t>(++sent_);
    if (witness_) hash = witness_->blockhash();
    auto message = ledger::compile(signer.public_key(), instructions, hash);
    REQUIRE(message);
    const auto signed_transaction = ledger::sign(*std::move(message), signer);
    REQUIRE(signed_transaction);
    const auto transaction = ledger::decode_transaction(ledger::encode(*signed_transaction));
    REQUIRE(transaction);
    REQUIRE(ledger::verify(*transaction));
    const auto before = accounts_;
    const auto error = land(*transaction);
    if (witness_) {
        witness_->executed(
            {payer, instructions, *transaction, error, outcome_text(error), before, accounts_});
    }
    return outcome_text(error);
}

std::optional<ledger::TransactionError> World::land(const ledger::Transaction& transaction) {
    const auto find = [this](const PublicKey& address) {
        const auto found = accounts_.find(address);
        return found == accounts_.end() ? nullptr : found->second;
    };
    auto execution = devnet::execute(transaction, find, now, deployment_);
    log_ = std::move(execution.log);
    for (const auto& [address, state] : execution.writes) {
        if (state->lamports == 0) {
            accounts_.erase(address);
        } else {
            accounts_[address] = state;
        }
    }
    return execution.error;
}

std::uint64_t World::balance(const PublicKey& address) const {
    const auto found = accounts_.find(address);
    return found == accounts_.end() ? 0 : found->second->lamports;
}

void World::put(const PublicKey& address, AccountState state) {
    if (witness_) witness_->placed(address, state, {});
    accounts_[address] = std::make_shared<const AccountState>(std::move(state));
}

u128 World::total_lamports() const {
    u128 sum = 0;
    for (const auto& [address, state] : accounts_) sum += state->lamports;
    return sum;
}

u128 World::next_index() const {
    return state().account_index + 1;
}

Network::Network(ledger::Dialect dialect, std::shared_ptr<Witness> witness)
    : World(dialect, std::move(witness)) {
    const auto foundation = as("foundation");
    REQUIRE(send("foundation", foundation.make(ix::InitGlobalState{})) == "ok");
    const ix::SetGlobalConfig config{Asn{65000},
                                     Asn{65342},
                                     Prefix{ip(172, 16, 0, 0), 16},
                                     Prefix{ip(169, 254, 0, 0), 16},
                                     Prefix{ip(233, 84, 178, 0), 24},
                                     std::nullopt,
                                     Prefix{ip(148, 51, 120, 0), 21}};
    REQUIRE(send("foundation", foundation.make(config)) == "ok");
    location = addresses().location(next_index());
    REQUIRE(send("foundation", foundation.make(ix::CreateLocation{"ewr", "New York", "US", 40.7, -74.0, 0},
                                               next_index())) == "ok");
    exchange = addresses().exchange(next_index());
    REQUIRE(send("foundation", foundation.make(ix::CreateExchange{"xewr", "New York", 40.7, -74.0, 0},
                                               next_index())) == "ok");
    contributor = addresses().contributor(next_index());
    REQUIRE(send("foundation",
                 foundation.make(ix::CreateContributor{"co01"}, next_index(), pk("contributor"))) == "ok");
    device = add_device("ny5-dz01", 0, {kPrefix});
    // The QA list exempts from limits: nobody here is on it unless a test says so.
    REQUIRE(send("foundation", foundation.make(ix::RemoveQaAllowlist{pk("foundation")})) == "ok");
}

PublicKey Network::add_device(const std::string& code, std::uint8_t net, std::vector<Prefix> prefixes) {
    ix::CreateDevice args;
    args.code = code;
    args.public_ip = ip(9, 128, net, 8);
    args.resource_count = static_cast<std::uint8_t>(1 + prefixes.size());
    args.dz_prefixes = std::move(prefixes);
    args.metrics_publisher = pk("publisher");
    args.mgmt_vrf = "mgmt";
    const PublicKey made = addresses().device(next_index());
    const auto builder = as("contributor");
    REQUIRE(send("contributor", builder.make(args, {next_index(), contributor, location, exchange})) == "ok");
    ix::UpdateDevice unlock;
    unlock.max_users = 10;
    REQUIRE(send("contributor", builder.make(unlock, {made, contributor, {}, {}})) == "ok");
    return made;
}

void Network::change_device(const ix::UpdateDevice& args) {
    REQUIRE(send("foundation", as("foundation").make(args, {device, contributor, {}, {}})) == "ok");
}

ix::SetAccessPass Network::unlimited() {
    ix::SetAccessPass args;
    args.last_access_epoch = ledger::AccessPass::kUnlimitedEpoch;
    return args;
}

std::string Network::set_pass(const std::string& user_payer, Ipv4 client_ip, ix::SetAccessPass args) {
    args.client_ip = client_ip;
    return send("foundation",
                as("foundation").make(args, ledger::SetAccessPassAccounts{pk(user_payer), {}, {}}));
}

TransactionInstruction Network::user_creation(const std::string& payer, Ipv4 client_ip, UserType type,
                                              std::optional<PublicKey> pass_account) {
    ix::CreateUser args;
    args.user_type = type;
    args.cyoa_type = ledger::Cyoa::GreOverDia;
    args.client_ip = client_ip;
    args.dz_prefix_count = static_cast<std::uint8_t>(get_device().dz_prefixes.size());
    return as(payer).make(args, {device, pass_account.value_or(pass(payer, client_ip)), {}});
}

std::string Network::create_user(const std::string& payer, Ipv4 client_ip, UserType type,
                                 std::optional<PublicKey> pass_account) {
    return send(payer, user_creation(payer, client_ip, type, pass_account));
}

std::string Network::delete_user(const std::string& payer, Ipv4 client_ip, UserType type,
                                 const std::string& owner) {
    const std::string& owned_by = owner.empty() ? payer : owner;
    ix::DeleteUser args;
    args.dz_prefix_count = static_cast<std::uint8_t>(get_device().dz_prefixes.size());
    args.multicast_publisher_count = 1;
    const PublicKey account = user(client_ip, type);
    const PublicKey exact = pass(owned_by, client_ip);
    const PublicKey used = exists(exact) ? exact : pass(owned_by, Ipv4{});
    return send(payer, as(payer).make(args, {account, device, used, pk(owned_by), {}}));
}

PublicKey Network::add_group(const std::string& code) {
    const PublicKey group = addresses().multicast_group(next_index());
    const ix::CreateMulticastGroup args{code, 1'000'000, pk("foundation"), true};
    REQUIRE(send("foundation", as("foundation").make(args, next_index())) == "ok");
    return group;
}

std::string Network::allow(const std::string& user_payer, Ipv4 client_ip, const PublicKey& group,
                           bool publisher, bool subscriber) {
    std::vector<TransactionInstruction> instructions;
    const ledger::AllowlistAccounts accounts{group, pass(user_payer, client_ip), std::nullopt};
    const auto builder = as("foundation");
    if (publisher) {
        instructions.push_back(
            builder.make(ix::AddMulticastGroupPubAllowlist{client_ip, pk(user_payer)}, accounts));
    }
    if (subscriber) {
        instructions.push_back(
            builder.make(ix::AddMulticastGroupSubAllowlist{client_ip, pk(user_payer)}, accounts));
    }
    return send("foundation", instructions);
}

TransactionInstruction Network::subscribed_user_creation(const std::string& payer, Ipv4 client_ip,
                                                         const PublicKey& group, bool publisher,
                                                         bool subscriber, const std::string& owner) {
    ix::CreateSubscribeUser args;
    args.user_type = UserType::Multicast;
    args.cyoa_type = ledger::Cyoa::GreOverDia;
    args.client_ip = client_ip;
    args.publisher = publisher;
    args.subscriber = subscriber;
    args.dz_prefix_count = 1;
    if (!owner.empty()) args.owner = pk(owner);
    const PublicKey used = pass(owner.empty() ? payer : owner, client_ip);
    return as(payer).make(args, {device, group, used, {}});
}

std::string Network::set_roles(const std::string& payer, Ipv4 client_ip, const PublicKey& group,
                               bool publisher, bool subscriber, const std::string& owner) {
    const ix::UpdateMulticastGroupRoles args{client_ip, publisher, subscriber, true};
    const PublicKey used = pass(owner.empty() ? payer : owner, client_ip);
    return send(payer, as(payer).make(args, {group, used, user(client_ip, UserType::Multicast)}));
}

}  // namespace dz::test
