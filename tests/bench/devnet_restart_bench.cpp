// links: dz::devnet
// devnet_restart_bench.cpp: a node that starts again on a ledger of 100,000 users: the time until it answers
// for an account, the memory it then holds, and the size of its file. In this process, with the file in the
// page cache.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <string>

#include "chain/devnet/genesis.hpp"
#include "chain/devnet/ledger.hpp"
#include "ledger/accounts_user.hpp"
#include "ledger/environment.hpp"
#include "tests/ledger/samples.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using namespace dz;
using namespace dz::devnet;

constexpr std::uint32_t kUsers = 100'000;
constexpr std::uint32_t kUsersAnEntry = 100;
constexpr std::size_t kTransactionBytes = 700;
constexpr std::size_t kAccounts = 8;  ///< of a transaction
constexpr double kMebibyte = 1 << 20;

template <class Key>
Key numbered(std::uint32_t number, std::uint8_t kind) {
    Key key;
    key.bytes.fill(kind);
    // The leading bytes are the hash of a signature and the order of a key: spread, as real ones are.
    const std::uint32_t spread = number * 2'654'435'761U;
    for (std::size_t i = 0; i < 4; ++i) key.bytes[i] = static_cast<std::uint8_t>(spread >> (8 * i));
    return key;
}

LedgerOptions options_in(const std::filesystem::path& directory) {
    LedgerOptions options;
    options.directory = directory;
    options.program = ledger::find_environment("local").value()->serviceability;
    return options;
}

/// As many users as `kUsers`, each with the transaction that created it.
void fill(const LedgerOptions& options) {
    const auto store = Store::open(options.directory).value();
    DZ_ASSERT(
        begin(*store, {options.program, genesis_hash(options.program, 0), 0, {1, 0, 400}, 432'000, {}}));
    ledger::User user = test::sample_user();
    for (std::uint32_t number = 0; number < kUsers;) {
        Entry entry;
        entry.slot = 1 + number / kUsersAnEntry;
        for (std::uint32_t i = 0; i < kUsersAnEntry; ++i, ++number) {
            const auto address = numbered<PublicKey>(number, 1);
            user.client_ip = Ipv4{number};
            entry.writes.emplace_back(address, std::make_shared<AccountState>(AccountState{
                                                   2'000'000, options.program, encode(user), false}));
            entry.records.push_back(
                {numbered<Signature>(number, 2),
                 entry.slot,
                 0,
                 {},
                 5000,
                 40'000,
                 {std::vector<std::uint64_t>(kAccounts), std::vector<std::uint64_t>(kAccounts)},
                 std::vector<std::string>(4, std::string(80, 'x')),
                 Bytes(kTransactionBytes),
                 {address, numbered<PublicKey>(number, 3)}});
        }
        DZ_ASSERT(store->commit(entry));
    }
}

double resident_mib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word != "RssAnon:") continue;
        double kibibytes = 0;
        status >> kibibytes;
        return kibibytes / 1024;
    }
    return 0;
}

double file_mib(const std::filesystem::path& directory) {
    double bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory))
        bytes += static_cast<double>(file.file_size());
    return bytes / kMebibyte;
}

void restart(benchmark::State& state) {
    const test::TemporaryDirectory directory;
    const LedgerOptions options = options_in(directory.path());
    fill(options);
    double memory = 0;
    for (auto _ : state) {
        ::malloc_trim(0);
        const double before = resident_mib();
        EventLoop loop{1};
        SystemClock clock(loop);
        const auto opened = Ledger::open(loop, clock, options).value();
        const auto account =
            opened->account(numbered<PublicKey>(kUsers / 2, 1), opened->view(Commitment::Finalized));
        DZ_ASSERT(account != nullptr);
        memory = resident_mib() - before;
    }
    state.counters["ledger.mib_per_100k_users"] = memory;
    state.counters["ledger.file_mib_per_100k_users"] = file_mib(directory.path());
}
BENCHMARK(restart)->Name("ledger.restart_100k_s")->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
