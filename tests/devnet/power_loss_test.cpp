// The power goes at every write and sync of a node's life, and nothing that was told as stored is lost.
#include <catch2/catch.hpp>

#include "chain/devnet/replay.hpp"
#include "tests/devnet/node.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/volatile_disk.hpp"

using namespace dz;
using namespace dz::devnet;
using namespace dz::test;

namespace {

/// A ledger's life as blocks: what the workload commits, one after the other.
struct Life {
    BlockFileHeader header;
    std::vector<Block> blocks;
};

Life live(int slots) {
    const TemporaryDirectory directory(memory_directory());
    {
        Node<FakeClock> node(ledger_options(directory.path()));
        const ledger::Keypair alice = fixed_key(1);
        REQUIRE(node.fund(alice.public_key(), 1'000'000'000) == "ok");
        for (int i = 1; i < slots; ++i) {
            node.clock.advance(400ms);
            const auto to = fixed_key(static_cast<std::uint8_t>(2 + i % 3)).public_key();
            REQUIRE(node.send(alice, {ledger::system_transfer(alice.public_key(), to,
                                                              Lamports{1'000'000})}) == "ok");
        }
    }
    const auto store = Store::open(directory.path()).value();
    Life life{file_header(*store).value(), {}};
    for (std::uint64_t last = 0;;) {
        const auto block = store->block_after(last).value();
        if (!block) return life;
        last = block->head.slot;
        life.blocks.push_back(*block);
    }
}

/// After one loss in so many the node also goes on to the end: that costs as much as all the rest.
constexpr std::size_t kGoesOnAfter = 7;

struct Workload {
    Workload(const Life& told, const std::filesystem::path& place) : life(told), directory(place) {}

    /// Small enough that the log is folded into the main file several times.
    StoreOptions options() const { return {.vfs = disk.vfs(), .checkpoint_pages = 12}; }

    /// Opens, commits what is missing, and closes in the middle: the last open of two. Ends where the power
    /// does. What was confirmed is counted.
    void work() {
        for (const std::size_t until : {life.blocks.size() / 2, life.blocks.size()}) {
            auto store = Store::open(directory, options());
            if (!store) return;
            auto replay = Replay::open(**store, life.header, {workers, silent});
            if (!replay) return;
            for (std::size_t i = 0; i < until; ++i) {
                if (!replay->apply(life.blocks[i])) return;
                confirmed = std::max(confirmed, i + 1);
            }
        }
    }

    /// Every confirmed block is there, no other than the next one is, and the accounts are what they made.
    void check() {
        auto store = Store::open(directory, options());
        if (!store) FAIL(store.error().text);
        const auto intact = (*store)->check_state();
        if (!intact) FAIL(intact.error().text);
        std::size_t found = 0;
        for (std::uint64_t last = 0;; ++found) {
            const auto block = (*store)->block_after(last).value();
            if (!block) break;
            REQUIRE(found < life.blocks.size());
            REQUIRE(*block == life.blocks[found]);
            last = block->head.slot;
        }
        CHECK(found >= confirmed);
        CHECK(found <= confirmed + 1);
        if (found > 0) CHECK((*store)->state() == life.blocks[found - 1].head.state);
    }

    const Life& life;
    std::filesystem::path directory;
    VolatileDisk disk;
    std::size_t confirmed = 0;
    Workers workers{1};
    reservations::Journal silent{Log::none()};
};

}  // namespace

TEST_CASE("power loss: at every write and sync, what was confirmed stays and nothing is half there",
          "[devnet]") {
    const Life life = live(5);
    const TemporaryDirectory directory(memory_directory());
    std::size_t boundaries = 0;
    {
        Workload whole(life, directory.path());
        whole.work();
        REQUIRE(whole.confirmed == life.blocks.size());
        boundaries = whole.disk.operations();
    }
    REQUIRE(boundaries > 100);
    using Loss = VolatileDisk::Loss;
    for (std::size_t at = 0; at < boundaries; ++at) {
        for (const Loss loss : {Loss::Everything, Loss::Nothing, Loss::AnyPart}) {
            INFO("operation " << at << " of " << boundaries << ", loss " << static_cast<int>(loss));
            Workload cut(life, directory.path());
            cut.disk.lose_power_at(at);
            cut.work();
            REQUIRE(cut.disk.is_off());
            cut.disk.power_on(loss, static_cast<std::uint32_t>(at));
            cut.check();
            if (at % kGoesOnAfter != 0) continue;
            cut.work();
            REQUIRE(cut.confirmed == life.blocks.size());
            cut.check();
        }
    }
}
