// links: dz::ledger
// ledger_account_fuzz.cpp: any bytes are an account or an error, and an account has a stable form: what is
// read back from its encoding encodes to the same bytes.
#include <cstdint>

#include "ledger/accounts.hpp"

using namespace dz;
using namespace dz::ledger;

namespace {

/// An access pass of an unknown kind hides its other fields, so it has no form to write.
bool has_form(const Account& account) {
    const auto* pass = std::get_if<AccessPass>(&account);
    return pass == nullptr || !std::holds_alternative<access::Unknown>(pass->accesspass_type);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    DecodeNotes notes;
    const auto account = decode_account({data, size}, &notes);
    if (!account) return 0;
    DZ_ASSERT(notes.ignored_bytes <= size);
    static_cast<void>(print(*account));
    if (!has_form(*account)) return 0;
    const Bytes bytes = encode(*account);
    const auto again = decode_account(bytes, &notes);
    DZ_ASSERT(again);
    DZ_ASSERT(!notes.cut_inside_field);
    DZ_ASSERT(encode(*again) == bytes);
    return 0;
}
