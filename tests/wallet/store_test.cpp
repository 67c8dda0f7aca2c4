#include "wallet/store.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/files.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/wallet/pools.hpp"

using namespace dz;
using namespace dz::wallet;
using namespace dz::wallet::test;

namespace {

const Chain& chain() {
    return *find_chain("dash-testnet").value();
}

struct Folder {
    Folder() { REQUIRE(store.create("mine", sealed)); }

    dz::test::TemporaryDirectory directory;
    WalletStore store{directory / "wallets"};
    SealedWallet sealed =
        seal(abandon(), SecretBytes(std::string_view("correct horse")), {.passes = 1, .memory_bytes = 8192})
            .value();

    ::mode_t mode(const std::filesystem::path& path) const {
        struct stat status{};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        return status.st_mode & 0777U;
    }
};

}  // namespace

TEST_CASE("store: a wallet is kept for its owner only and reads back", "[wallet]") {
    Folder on;
    CHECK(on.store.wallet("mine") == on.sealed);
    CHECK(on.mode(on.store.wallet_path("mine")) == 0600);
    CHECK(on.mode(on.store.wallet_path("mine").parent_path()) == 0700);
    CHECK(on.store.names() == std::vector<std::string>{"mine"});
}

TEST_CASE("store: a wallet is never written over", "[wallet]") {
    Folder on;
    const SealedWallet other =
        seal(abandon(), SecretBytes(std::string_view("another one")), {.passes = 1, .memory_bytes = 8192})
            .value();
    CHECK(on.store.create("mine", other).error().code == Errc::Exists);
    CHECK(on.store.wallet("mine") == on.sealed);
}

TEST_CASE("store: a name cannot lead out of the folder", "[wallet]") {
    Folder on;
    for (const std::string& name : {std::string(), std::string(".."), std::string("a/b"), std::string("A"),
                                    std::string(33, 'a'), std::string("a\0b", 3)}) {
        CAPTURE(name);
        CHECK(on.store.create(name, on.sealed).error().code == Errc::BadValue);
        CHECK(on.store.wallet(name).error().code == Errc::BadValue);
        CHECK(on.store.open_pool(name, chain()).error().code == Errc::BadValue);
    }
}

TEST_CASE("store: what is not there is not found", "[wallet]") {
    Folder on;
    CHECK(on.store.wallet("other").error().code == Errc::NotFound);
    CHECK(on.store.open_pool("other", chain()).error().code == Errc::NotFound);
    const auto unused = on.store.read_pool("mine", chain());
    REQUIRE(unused);
    CHECK_FALSE(unused->has_value());
    CHECK(WalletStore(on.directory / "nowhere").names() == std::vector<std::string>{});
}

TEST_CASE("store: a pool keeps who was given what", "[wallet]") {
    Folder on;
    {
        auto open = on.store.open_pool("mine", chain()).value();
        reserve(open.pool, 77);
        REQUIRE(open.save());
    }
    CHECK(on.mode(on.store.wallet_path("mine").parent_path() / "dash-testnet.json") == 0600);
    auto open = on.store.open_pool("mine", chain()).value();
    CHECK(reserve(open.pool, 78).index == 1);
    CHECK(open.pool.reservations()[0].at == at(77));
}

TEST_CASE("store: a damaged pool is named and left alone", "[wallet]") {
    Folder on;
    const auto path = on.store.wallet_path("mine").parent_path() / "dash-testnet.json";
    REQUIRE(files::write_atomic(path, "{}"));
    const auto open = on.store.open_pool("mine", chain());
    REQUIRE_FALSE(open);
    CHECK(fault_of(open.error()) == Fault::Serialization);
    CHECK(open.error().text.starts_with(path.string()));
    CHECK(files::read(path, 99) == "{}");
}

TEST_CASE("store: processes that hand out at the same time never give one address twice", "[wallet]") {
    Folder on;
    constexpr int kHolders = 8;
    constexpr int kEach = 5;
    std::vector<std::vector<std::string>> got(kHolders);
    {
        std::vector<std::jthread> holders;
        for (int i = 0; i < kHolders; ++i) {
            holders.emplace_back([&on, &mine = got[static_cast<std::size_t>(i)]] {
                for (int j = 0; j < kEach; ++j) {
                    // Each opening has a lock of its own, as another process's would be.
                    auto open = on.store.open_pool("mine", chain());
                    if (!open) return;
                    auto held = open->pool.next_unused_and_reserve(receiving_source());
                    if (held && open->save()) mine.push_back(held->address);
                }
            });
        }
    }
    std::set<std::string> all;
    for (const auto& mine : got) all.insert(mine.begin(), mine.end());
    CHECK(all.size() == kHolders * kEach);
}

TEST_CASE("store: a chain is found by its name", "[wallet]") {
    CHECK(to_string(find_chain("solana").value()->account.path) == "m/44'/501'");
    CHECK(find_chain("gold").error().text ==
          "there is no chain \"gold\"; choose one of solana, solana-deposits, dash, dash-change, platform, "
          "dash-testnet, platform-testnet");
}
