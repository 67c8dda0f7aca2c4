#include "wallet/wallet_file.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace dz::wallet {

namespace {

constexpr std::string_view kFormat = "doublezero-wallet";
constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kCipher = "argon2id-xsalsa20-poly1305";

/// What opening a stranger's file may cost at most.
constexpr std::uint64_t kMostPasses = 16;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 30U;
constexpr std::uint64_t kLeastMemory = 8192;

using Key = Secret<crypto_secretbox_KEYBYTES>;

static_assert(SealedWallet{}.salt.size() == crypto_pwhash_argon2id_SALTBYTES);
static_assert(SealedWallet{}.nonce.size() == crypto_secretbox_NONCEBYTES);

Result<Key> key_of(const SealedWallet& wallet, const SecretBytes& password) {
    Key key;
    const PasswordCost& cost = wallet.cost;
    const int done = crypto_pwhash_argon2id(
        key.mutable_view().data(), key.view().size(), password.text().data(), password.size(),
        wallet.salt.data(), cost.passes, cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13);
    if (done != 0)
        return fail(Errc::LimitExceeded, fmt::format("no {} MiB of memory to turn the password into a key",
                                                     cost.memory_bytes >> 20U));
    return key;
}

std::unexpected<Error> damaged(std::string_view text) {
    return fail(Fault::Serialization, fmt::format("not a wallet file: {}", text));
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> fixed(const json::Value& root, std::string_view key) {
    TRY(const std::string text, json::string(root, key));
    TRY(const Bytes bytes, from_base64(text));
    std::array<std::uint8_t, N> out{};
    if (bytes.size() != N)
        return fail(Errc::BadValue, fmt::format("{} of {} bytes, not {}", key, bytes.size(), N));
    std::ranges::copy(bytes, out.begin());
    return out;
}

Result<SealedWallet> read(std::string_view text) {
    if (text.size() > kWalletFileBytes) return fail(Errc::LimitExceeded, "it is too long");
    TRY(const json::Value root, json::parse(text, 4));
    if (!root.is_object()) return fail(Errc::BadValue, "not an object");
    TRY(const std::string format, json::string(root, "format"));
    if (format != kFormat) return fail(Errc::BadValue, "another format");
    TRY(const std::uint64_t version, json::natural(root, "version"));
    TRY(const std::string cipher, json::string(root, "cipher"));
    if (version != kVersion || cipher != kCipher)
        return fail(Errc::Unsupported, fmt::format("version {} with {}", version, cipher));
    SealedWallet box;
    TRY(box.cost.passes, json::natural(root, "passes"));
    TRY(const std::uint64_t memory, json::natural(root, "memory_bytes"));
    if (box.cost.passes == 0 || box.cost.passes > kMostPasses || memory < kLeastMemory ||
        memory > kMostMemory)
        return fail(Errc::LimitExceeded, "a password cost out of bounds");
    box.cost.memory_bytes = memory;
    TRY(box.salt, fixed<SealedWallet{}.salt.size()>(root, "salt"));
    TRY(box.nonce, fixed<SealedWallet{}.nonce.size()>(root, "nonce"));
    TRY(const std::string content, json::string(root, "content"));
    TRY(box.content, from_base64(content));
    if (box.content.size() < crypto_secretbox_MACBYTES)
        return fail(Errc::Truncated, "the content is cut off");
    return box;
}

}  // namespace

Result<WalletSecret> WalletSecret::from(Mnemonic mnemonic, SecretBytes passphrase) {
    if (passphrase.size() > kLongestPassphrase)
        return fail(Fault::InvalidParameter, fmt::format("a passphrase of {} characters, at most {}",
                                                         passphrase.size(), kLongestPassphrase));
    TRY(Secret<64> seed, mnemonic.seed(passphrase.text()));
    return WalletSecret(std::move(mnemonic), std::move(passphrase), std::move(seed));
}

Result<ExtendedPrivateKey> WalletSecret::secp256k1(const Path& path) const {
    TRY(const ExtendedPrivateKey master, ExtendedPrivateKey::master(seed_.view()));
    return master.derive(path);
}

Result<EdPrivateKey> WalletSecret::ed25519(const Path& path) const {
    TRY(const EdPrivateKey master, EdPrivateKey::master(seed_.view()));
    return master.derive(path);
}

Result<KeySource> WalletSecret::source(const Path& account, const PoolConfig& pool) const {
    if (pool.type == PoolType::AbsentHardened) {
        TRY(EdPrivateKey key, ed25519(account));
        return KeySource(std::move(key));
    }
    TRY(ExtendedPrivateKey key, secp256k1(account));
    return KeySource(std::move(key));
}

Result<SealedWallet> seal(const WalletSecret& secret, const SecretBytes& password, PasswordCost cost) {
    if (password.size() < kShortestPassword)
        return fail(Fault::InvalidParameter, fmt::format("the password has {} characters; take {} or more",
                                                         password.size(), kShortestPassword));
    SealedWallet out{.cost = cost, .salt = {}, .nonce = {}, .content = {}};
    DZ_ASSERT(sodium_init() >= 0);
    randombytes_buf(out.salt.data(), out.salt.size());
    randombytes_buf(out.nonce.data(), out.nonce.size());
    TRY(const Key key, key_of(out, password));

    const std::string_view words = secret.mnemonic().text();
    SecretBytes plain(words.size() + 1 + secret.passphrase().size());
    auto at = std::ranges::copy(words, plain.mutable_view().begin()).out;
    *at++ = '\n';
    std::ranges::copy(secret.passphrase().view(), at);
    out.content.resize(crypto_secretbox_MACBYTES + plain.size());
    crypto_secretbox_easy(out.content.data(), plain.view().data(), plain.size(), out.nonce.data(),
                          key.view().data());
    return out;
}

Result<WalletSecret> unseal(const SealedWallet& wallet, const SecretBytes& password) {
    // Picks the fast implementation of the password's hash.
    DZ_ASSERT(sodium_init() >= 0);
    TRY(const Key key, key_of(wallet, password));
    SecretBytes plain(wallet.content.size() - crypto_secretbox_MACBYTES);
    if (crypto_secretbox_open_easy(plain.mutable_view().data(), wallet.content.data(), wallet.content.size(),
                                   wallet.nonce.data(), key.view().data()) != 0)
        return dz::fail(Errc::Permission, "the password is wrong, or the wallet file is damaged");
    const std::size_t end = plain.text().find('\n');
    if (end == std::string_view::npos) return damaged("the words do not end");
    TRY(Mnemonic mnemonic, Mnemonic::parse(plain.text().substr(0, end)));
    return WalletSecret::from(std::move(mnemonic), SecretBytes(plain.text().substr(end + 1)));
}

std::string to_text(const SealedWallet& wallet) {
    return json::dump_pretty({{"format", kFormat},
                              {"version", kVersion},
                              {"cipher", kCipher},
                              {"passes", wallet.cost.passes},
                              {"memory_bytes", wallet.cost.memory_bytes},
                              {"salt", to_base64(wallet.salt)},
                              {"nonce", to_base64(wallet.nonce)},
                              {"content", to_base64(wallet.content)}}) +
           "\n";
}

Result<SealedWallet> parse_wallet(std::string_view text) {
    auto wallet = read(text);
    if (!wallet) return damaged(wallet.error().text);
    return wallet;
}

}  // namespace dz::wallet
