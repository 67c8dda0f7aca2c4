#include "wallet/hash.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <memory>

namespace dz::wallet {

namespace {

constexpr int kRounds = 2048;

struct FreeDigest {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};

/// Looked up once: OpenSSL 3 takes longer to find an algorithm by name than to run it on a key.
const EVP_MD* ripemd160_algorithm() {
    static const std::unique_ptr<EVP_MD, FreeDigest> digest(EVP_MD_fetch(nullptr, "RIPEMD160", nullptr));
    DZ_ASSERT(digest != nullptr);
    return digest.get();
}

}  // namespace

void wipe(std::span<std::uint8_t> bytes) {
    sodium_memzero(bytes.data(), bytes.size());
}

void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
}

Hash32 sha256(ByteView data) {
    Hash32 out;
    crypto_hash_sha256(out.data(), data.data(), data.size());
    return out;
}

Hash32 double_sha256(ByteView data) {
    return sha256(sha256(data));
}

Hash20 ripemd160(ByteView data) {
    Hash20 out;
    DZ_ASSERT(EVP_Digest(data.data(), data.size(), out.data(), nullptr, ripemd160_algorithm(), nullptr) == 1);
    return out;
}

Hash20 hash160(ByteView data) {
    return ripemd160(sha256(data));
}

Secret<64> hmac_sha512(ByteView key, ByteView data) {
    Secret<64> out;
    crypto_auth_hmacsha512_state state;
    crypto_auth_hmacsha512_init(&state, key.data(), key.size());
    crypto_auth_hmacsha512_update(&state, data.data(), data.size());
    crypto_auth_hmacsha512_final(&state, out.mutable_view().data());
    sodium_memzero(&state, sizeof state);
    return out;
}

Secret<64> stretch(ByteView password, ByteView salt) {
    Secret<64> out;
    const int done = PKCS5_PBKDF2_HMAC(as_text(password).data(), static_cast<int>(password.size()),
                                       salt.data(), static_cast<int>(salt.size()), kRounds, EVP_sha512(),
                                       static_cast<int>(out.view().size()), out.mutable_view().data());
    DZ_ASSERT(done == 1);
    return out;
}

}  // namespace dz::wallet
