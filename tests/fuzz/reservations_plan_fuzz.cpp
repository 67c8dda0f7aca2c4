// links: dz::reservations
// reservations_plan_fuzz.cpp: a plan from the other side of a boundary. What is understood means the same
// when it is written and read again, and a session takes it or says why not.
#include <cstddef>
#include <cstdint>

#include "chain/reservations/session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dz::reservations;
    const auto plan = decode_plan({data, size});
    if (plan) {
        const dz::Bytes again = encode(*plan);
        DZ_ASSERT(again.size() == plan->encoded_size());
        DZ_ASSERT(decode_plan(again) == plan);
    }
    Session session;
    const auto rich = [](const Address& who) { return std::optional(Account{who, kMaxAmount}); };
    const auto begun = session.begin(dz::ByteView(data, size), rich);
    DZ_ASSERT(begun.has_value() == (plan.has_value() || size == 0));
    DZ_ASSERT(!begun || !plan || plan->empty() || session.is_open());
    if (!session.is_open()) return 0;
    for (const Plan::Entry& entry : plan->entries()) DZ_ASSERT(session.release(entry.sender, entry.amount));
    DZ_ASSERT(session.end());
    return 0;
}
