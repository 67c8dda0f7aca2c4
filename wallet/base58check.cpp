#include "wallet/base58check.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "wallet/hash.hpp"

namespace dz::wallet {

namespace {

constexpr std::size_t kChecksumBytes = 4;
/// A DIP-14 key has 155.
constexpr std::size_t kMostCharacters = 200;

}  // namespace

std::string to_base58check(ByteView payload) {
    const Hash32 checksum = double_sha256(payload);
    // Reserved at its full length: the payload may be a secret, and growing would leave copies behind.
    Bytes all;
    all.reserve(payload.size() + kChecksumBytes);
    all.assign(payload.begin(), payload.end());
    all.insert(all.end(), checksum.begin(), checksum.begin() + kChecksumBytes);
    std::string text = to_base58(all);
    wipe(all);
    return text;
}

Result<Bytes> from_base58check(std::string_view text) {
    auto all = from_base58_long(text, kMostCharacters);
    if (!all) return fail(Fault::Base58, all.error().text);
    if (all->size() < kChecksumBytes) return fail(Fault::Base58, "too short for a checksum");
    const ByteView view(*all);
    const ByteView payload = view.first(view.size() - kChecksumBytes);
    const Hash32 checksum = double_sha256(payload);
    if (!std::ranges::equal(view.last(kChecksumBytes), ByteView(checksum).first(kChecksumBytes))) {
        wipe(*all);
        return fail(Fault::Base58, "the checksum does not fit; a character is wrong or missing");
    }
    all->resize(payload.size());
    return *std::move(all);
}

}  // namespace dz::wallet
