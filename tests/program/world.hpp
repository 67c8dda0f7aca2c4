// tests/program/world.hpp: a ledger of a few accounts in memory, on which tests run real transactions: built,
// signed, encoded, decoded, verified and executed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chain/devnet/executor.hpp"
#include "ledger/accounts.hpp"
#include "ledger/instruction_builder.hpp"
#include "ledger/keypair.hpp"

namespace dz::test {

namespace ix = ledger::ix;
using ledger::Keypair;
using ledger::PublicKey;
using ledger::TransactionInstruction;
using program::AccountState;

inline constexpr std::uint64_t kCredit = 1'000'000'000;
inline constexpr std::uint64_t kStartBalance = 1000 * kCredit;

/// Sees everything that happens in a world, and gives it its time: for the numbered scenarios, whose
/// transactions go to a running node too (scenario.hpp).
class Witness {
  public:
    /// A transaction that was executed.
    struct Step {
        std::string payer;
        std::vector<TransactionInstruction> instructions;
        ledger::Transaction transaction;
        std::optional<ledger::TransactionError> error;
        std::string outcome;
        std::map<PublicKey, program::AccountPointer> before, after;
    };

    virtual ~Witness() = default;
    /// `slots` slots later; the time that the next transaction sees.
    virtual program::Now wait(std::uint64_t slots) = 0;
    virtual std::uint64_t slots_per_epoch() const = 0;
    virtual ledger::Blockhash blockhash() = 0;
    /// An account got there without a transaction. Keys have names.
    virtual void placed(const PublicKey& key, const AccountState& state, const std::string& name) = 0;
    virtual void executed(const Step& step) = 0;
};

class World {
  public:
    explicit World(ledger::Dialect dialect = ledger::Dialect::Seats, std::shared_ptr<Witness> witness = {});

    /// What the last transaction saw, and without a witness the next one too.
    program::Now now{100, 5, 1'700'000'000};
    void wait_slots(std::uint64_t slots);
    void begin_epoch();

    /// The key of this name, with 1000 credits when it is first used.
    const Keypair& key(const std::string& name);
    PublicKey pk(const std::string& name) { return key(name).public_key(); }
    ledger::InstructionBuilder as(const std::string& name) { return {deployment_.addresses, pk(name)}; }
    /// The same, with the permission account of that key appended.
    ledger::InstructionBuilder with_permission(const std::string& name) {
        return {deployment_.addresses, pk(name), deployment_.addresses.permission(pk(name))};
    }
    const ledger::Addresses& addresses() const { return deployment_.addresses; }

    /// Runs instructions in one transaction that `payer` signs. "ok", "20 MaxUsersExceeded",
    /// "InvalidArgument", "ProgramFailedToComplete".
    std::string send(const std::string& payer, const std::vector<TransactionInstruction>& instructions);
    std::string send(const std::string& payer, const TransactionInstruction& instruction) {
        return send(payer, std::vector{instruction});
    }
    /// The same for a transaction that was made elsewhere; its signatures must be good. Why it failed.
    std::optional<ledger::TransactionError> land(const ledger::Transaction& transaction);
    const std::vector<std::string>& log() const { return log_; }

    bool exists(const PublicKey& key) const { return accounts_.contains(key); }
    const AccountState& account(const PublicKey& key) const { return *accounts_.at(key); }
    std::uint64_t balance(const PublicKey& key) const;
    /// Puts an account there as if an older program had written it.
    void put(const PublicKey& key, AccountState state);
    /// The decoded account; the test fails when there is none.
    template <class T>
    T get(const PublicKey& key) const {
        return ledger::decode<T>(account(key).data).value();
    }
    template <class T>
    void set(const PublicKey& key, const T& value) {
        AccountState state = account(key);
        state.data = ledger::encode(value);
        put(key, std::move(state));
    }
    const std::map<PublicKey, program::AccountPointer>& accounts() const { return accounts_; }
    /// Every lamport there is. Fees are burnt, nothing else changes the sum.
    u128 total_lamports() const;

    u128 next_index() const;
    ledger::GlobalState state() const { return get<ledger::GlobalState>(addresses().global_state()); }

  private:
    program::Deployment deployment_;
    std::map<PublicKey, program::AccountPointer> accounts_;
    std::map<std::string, std::shared_ptr<const Keypair>> keys_;
    std::vector<std::string> log_;
    std::uint64_t sent_ = 0;
    std::shared_ptr<Witness> witness_;
};

/// A world with the demonstration's numbering plan, one exchange, one contributor and one activated device of
/// 10 users. "foundation" may do everything, "contributor" owns the device, "publisher" reports for it.
class Network : public World {
  public:
    explicit Network(ledger::Dialect dialect = ledger::Dialect::Seats, std::shared_ptr<Witness> witness = {});
    explicit Network(std::shared_ptr<Witness> witness)
        : Network(ledger::Dialect::Seats, std::move(witness)) {}

    PublicKey location, exchange, contributor, device;
    static inline const Ipv4 kDeviceIp{0x09800008};         // 9.128.0.8
    static constexpr std::uint32_t kDzPrefix = 0x09800088;  // 9.128.0.136
    static inline const Prefix kPrefix{Ipv4{kDzPrefix}, 29};

    ledger::Device get_device() const { return get<ledger::Device>(device); }
    void change_device(const ix::UpdateDevice& args);

    /// A device of "contributor" with these prefixes, from 9.128.`net`.0/24.
    PublicKey add_device(const std::string& code, std::uint8_t net, std::vector<Prefix> prefixes);

    // Users. `payer` pays and owns.
    std::string set_pass(const std::string& user_payer, Ipv4 client_ip, ix::SetAccessPass args = unlimited());
    static ix::SetAccessPass unlimited();
    PublicKey pass(const std::string& user_payer, Ipv4 client_ip) {
        return addresses().access_pass(client_ip, pk(user_payer)).key;
    }
    PublicKey user(Ipv4 client_ip, ledger::UserType type = ledger::UserType::Ibrl) const {
        return addresses().user(client_ip, type).key;
    }
    TransactionInstruction user_creation(const std::string& payer, Ipv4 client_ip, ledger::UserType type,
                                         std::optional<PublicKey> pass = std::nullopt);
    std::string create_user(const std::string& payer, Ipv4 client_ip,
                            ledger::UserType type = ledger::UserType::Ibrl,
                            std::optional<PublicKey> pass = std::nullopt);
    std::string delete_user(const std::string& payer, Ipv4 client_ip,
                            ledger::UserType type = ledger::UserType::Ibrl, const std::string& owner = {});
    ledger::User get_user(Ipv4 client_ip, ledger::UserType type = ledger::UserType::Ibrl) const {
        return get<ledger::User>(user(client_ip, type));
    }

    // Multicast
    PublicKey add_group(const std::string& code);
    std::string allow(const std::string& user_payer, Ipv4 client_ip, const PublicKey& group, bool publisher,
                      bool subscriber);
    TransactionInstruction subscribed_user_creation(const std::string& payer, Ipv4 client_ip,
                                                    const PublicKey& group, bool publisher, bool subscriber,
                                                    const std::string& owner = {});
    std::string set_roles(const std::string& payer, Ipv4 client_ip, const PublicKey& group, bool publisher,
                          bool subscriber, const std::string& owner = {});
};

inline Ipv4 ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return Ipv4{(a << 24) | (b << 16) | (c << 8) | d};
}

}  // namespace dz::test
