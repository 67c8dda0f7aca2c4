// links: dz::ledger
// ledger_rpc_answer_fuzz.cpp: any body of a server is a value or an error, for every method.
#include <cstdint>

#include "ledger/rpc_answer.hpp"

using namespace dz;
using namespace dz::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = as_text({data, size});
    static_cast<void>(rpc_answer::http_error(500, body));
    static_cast<void>(rpc_answer::program_accounts(body));
    const auto result = rpc_answer::result(body);
    if (!result) return 0;
    static_cast<void>(rpc_answer::account(*result));
    static_cast<void>(rpc_answer::multiple_accounts(*result, 1));
    static_cast<void>(rpc_answer::latest_blockhash(*result));
    static_cast<void>(rpc_answer::signature(*result));
    static_cast<void>(rpc_answer::simulation(*result));
    static_cast<void>(rpc_answer::signature_statuses(*result, 1));
    static_cast<void>(rpc_answer::transaction(*result));
    static_cast<void>(rpc_answer::signatures(*result));
    static_cast<void>(rpc_answer::balance(*result));
    static_cast<void>(rpc_answer::epoch_info(*result));
    static_cast<void>(rpc_answer::number(*result));
    static_cast<void>(rpc_answer::optional_time(*result));
    static_cast<void>(rpc_answer::version(*result));
    return 0;
}
