#include "chain/devnet/state_root.hpp"

#include <fmt/format.h>
#include <sodium.h>

namespace dz::devnet {

using ledger::Blockhash;
using ledger::PublicKey;
using program::AccountState;

namespace {

using Vector = std::array<std::uint8_t, StateRoot::kSize>;

/// The key stream of a cipher whose key is the account's hash: as random as the hash, and fast.
Vector expand(const PublicKey& address, const AccountState& state) {
    static_assert(crypto_generichash_BYTES == crypto_stream_chacha20_KEYBYTES);
    std::array<std::uint8_t, crypto_generichash_BYTES> hash{};
    const Bytes head = bytes::Writer()
                           .raw(address.view())
                           .u64(state.lamports)
                           .raw(state.owner.view())
                           .u8(state.executable ? 1 : 0)
                           .u64(state.data.size())
                           .take();
    crypto_generichash_state hasher;
    crypto_generichash_init(&hasher, nullptr, 0, hash.size());
    crypto_generichash_update(&hasher, head.data(), head.size());
    crypto_generichash_update(&hasher, state.data.data(), state.data.size());
    crypto_generichash_final(&hasher, hash.data(), hash.size());
    constexpr std::array<std::uint8_t, crypto_stream_chacha20_NONCEBYTES> kNonce{};
    Vector vector;
    crypto_stream_chacha20(vector.data(), vector.size(), kNonce.data(), hash.data());
    return vector;
}

std::uint16_t number_at(ByteView bytes, std::size_t index) {
    return static_cast<std::uint16_t>(bytes[2 * index] | bytes[2 * index + 1] << 8);
}

}  // namespace

Result<StateRoot> StateRoot::from(ByteView sum) {
    if (sum.size() != kSize)
        return fail(Errc::BadValue, fmt::format("a state sum has {} bytes, not {}", kSize, sum.size()));
    StateRoot root;
    for (std::size_t i = 0; i < root.sum_.size(); ++i) root.sum_[i] = number_at(sum, i);
    return root;
}

void StateRoot::add(const PublicKey& address, const AccountState& state) {
    const Vector vector = expand(address, state);
    for (std::size_t i = 0; i < sum_.size(); ++i)
        sum_[i] = static_cast<std::uint16_t>(sum_[i] + number_at(vector, i));
}

void StateRoot::remove(const PublicKey& address, const AccountState& state) {
    const Vector vector = expand(address, state);
    for (std::size_t i = 0; i < sum_.size(); ++i)
        sum_[i] = static_cast<std::uint16_t>(sum_[i] - number_at(vector, i));
}

Bytes StateRoot::sum() const {
    bytes::Writer out;
    for (const std::uint16_t number : sum_) out.u16(number);
    return out.take();
}

Blockhash StateRoot::hash() const {
    const Bytes all = sum();
    Blockhash hash;
    crypto_generichash(hash.bytes.data(), hash.bytes.size(), all.data(), all.size(), nullptr, 0);
    return hash;
}

}  // namespace dz::devnet
