#include "tests/program/running_node.hpp"

#include "chain/devnet/rpc_front.hpp"
#include "ledger/http_rpc.hpp"
#include "tests/devnet/node.hpp"

namespace dz::test {

using ledger::Commitment;

namespace {

devnet::LedgerOptions options_of(const std::filesystem::path& directory, ledger::Dialect dialect) {
    devnet::LedgerOptions options = ledger_options(directory);
    options.reservations = dialect;
    options.slots_per_epoch = RunningNode::kSlotsPerEpoch;
    return options;
}

}  // namespace

struct RunningNode::Process {
    Process(devnet::LedgerOptions options, Duration time)
        : node(std::move(options), time),
          front(node.loop, *node.ledger),
          server(node.loop, node.clock, Log::none(), front.router(), devnet::RpcFront::limits()),
          client(node.loop),
          rpc({.url = fmt::format("http://127.0.0.1:{}", server.listen_tcp("127.0.0.1:0").value()),
               .attempt_timeout = 10min},
              client, node.clock) {
        boost::asio::co_spawn(node.loop, server.run(), boost::asio::detached);
    }
    ~Process() { server.stop(Duration(0)); }

    template <class T>
    T ask(Task<Result<T>> question) {
        auto answer = node.run(std::move(question));
        if (!answer) FAIL(answer.error().text);
        return *std::move(answer);
    }

    Node<FakeClock> node;
    devnet::RpcFront front;
    http::Server server;
    http::Client client;
    ledger::HttpRpc rpc;
};

RunningNode::RunningNode(ledger::Dialect dialect) : dialect_(dialect) {
    start();
    wait(2 * kSlotsPerEpoch);
}

RunningNode::~RunningNode() = default;

void RunningNode::start() {
    process_ = std::make_unique<Process>(options_of(directory_ / "ledger", dialect_), time_);
}

program::Now RunningNode::wait(std::uint64_t slots) {
    const devnet::Ledger& ledger = *process_->node.ledger;
    const auto passed = slots * ledger.options().slot;
    process_->node.clock.advance(passed);
    time_ += passed;
    const std::uint64_t slot = ledger.slots().slot();
    return {slot, ledger.epoch_of(slot), ledger.slots().unix_time()};
}

ledger::Blockhash RunningNode::blockhash() {
    return process_->ask(process_->rpc.latest_blockhash(Commitment::Processed)).value.blockhash;
}

std::optional<ledger::TransactionError> RunningNode::land(const ledger::Transaction& transaction) {
    const auto signature = process_->ask(process_->rpc.send_transaction(encode(transaction), {}));
    REQUIRE(signature == transaction.id());
    process_->node.wait(signature);
    const auto status = process_->ask(process_->rpc.signature_statuses({signature})).value.at(0);
    REQUIRE(status);
    return status->error;
}

void RunningNode::fund(const PublicKey& key, std::uint64_t lamports) {
    const auto signature = process_->ask(process_->rpc.airdrop(key, Lamports{lamports}));
    REQUIRE(process_->node.wait(signature) == "ok");
}

void RunningNode::put(const PublicKey& key, const AccountState& state) {
    const program::Now now = wait(1);
    const ledger::Blockhash hash = blockhash();
    process_.reset();
    {
        auto store = devnet::Store::open(directory_ / "ledger").value();
        devnet::Entry entry;
        entry.slot = now.slot;
        entry.unix_time = now.unix_time;
        entry.hash = hash;
        entry.epoch = now.epoch;
        entry.reservations = dialect_;
        entry.writes.emplace_back(key, std::make_shared<const AccountState>(state));
        REQUIRE(store->commit(entry));
    }
    // A node that starts never repeats a slot.
    time_ += devnet::LedgerOptions{}.slot;
    start();
}

RunningNode::Accounts RunningNode::accounts(const std::vector<PublicKey>& others) {
    Accounts found;
    const auto add = [&](const PublicKey& key, ledger::AccountInfo account) {
        const program::AccountState state{account.lamports.value, account.owner, std::move(account.data),
                                          account.executable};
        found.emplace(key, std::make_shared<const program::AccountState>(state));
    };
    ledger::HttpRpc& rpc = process_->rpc;
    const PublicKey program = process_->node.ledger->deployment().addresses.program();
    for (auto& [key, account] :
         process_->ask(rpc.program_accounts(program, {}, Commitment::Processed)).value) {
        add(key, std::move(account));
    }
    const auto states = process_->ask(rpc.multiple_accounts(others, Commitment::Processed)).value;
    for (std::size_t i = 0; i < others.size(); ++i) {
        if (states[i]) add(others[i], *states[i]);
    }
    return found;
}

RunningNode::Accounts RunningNode::everything() const {
    Accounts found;
    process_->node.ledger->accounts().visit_all([&](const PublicKey& key, const AccountState& state) {
        found.emplace(key, std::make_shared<const AccountState>(state));
    });
    return found;
}

}  // namespace dz::test
