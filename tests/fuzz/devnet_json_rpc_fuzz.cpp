// links: dz::devnet
// Any body gets an answer that is JSON, or none at all.
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/json.hpp"
#include "base/run.hpp"
#include "chain/devnet/json_rpc.hpp"
#include "ledger/environment.hpp"

namespace {

using namespace dz;

std::unique_ptr<devnet::Ledger> open_ledger(EventLoop& loop, Clock& clock) {
    devnet::LedgerOptions options;
    std::string name = std::filesystem::temp_directory_path() / "dz-fuzz-XXXXXX";
    DZ_ASSERT(::mkdtemp(name.data()) != nullptr);
    options.directory = name;
    options.program = ledger::find_environment("local").value()->serviceability;
    auto ledger = devnet::Ledger::open(loop, clock, options).value();
    std::filesystem::remove_all(name);  // the open files live on
    return ledger;
}

/// A ledger that nobody runs: transactions only queue.
struct Front {
    EventLoop loop{1};
    FakeClock clock{loop};
    std::unique_ptr<devnet::Ledger> ledger = open_ledger(loop, clock);
    devnet::RpcMethods methods{*ledger};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Front& front = *new Front;  // outlives the exit handlers of its libraries
    std::string body(as_text({data, size}));
    const std::string answer = run(front.loop, devnet::answer_json_rpc(front.methods, std::move(body)));
    if (!answer.empty()) DZ_ASSERT(json::parse(answer).has_value());
    return 0;
}
