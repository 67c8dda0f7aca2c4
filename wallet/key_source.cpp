#include "wallet/key_source.hpp"

namespace dz::wallet {

namespace {

std::unexpected<Error> nothing_to_derive_from() {
    return fail(Fault::NoKeySource, "a new address is needed, and there is no key to derive it from");
}

/// One function for each kind of source.
template <class... Functions>
struct Cases : Functions... {
    using Functions::operator()...;
};

KeyBytes bytes_of(const ExtendedPublicKey& key) {
    return {.type = KeyType::Ecdsa, .bytes = Bytes(key.key().begin(), key.key().end())};
}

KeyBytes bytes_of(const ledger::PublicKey& key) {
    return {.type = KeyType::EdDsa, .bytes = Bytes(key.bytes.begin(), key.bytes.end())};
}

}  // namespace

KeySource::KeySource(ExtendedPrivateKey key) : key_(std::move(key)) {
    fingerprint_ = hash160(std::get<ExtendedPrivateKey>(key_).to_public().key());
}

KeySource::KeySource(ExtendedPublicKey key) : key_(std::move(key)) {
    fingerprint_ = hash160(std::get<ExtendedPublicKey>(key_).key());
}

KeySource::KeySource(EdPrivateKey key) : key_(std::move(key)) {
    fingerprint_ = hash160(std::get<EdPrivateKey>(key_).public_key().bytes);
}

KeySource::KeySource(EdPublicKey key) : key_(key) {
    fingerprint_ = hash160(key.key.bytes);
}

bool KeySource::watch_only() const {
    return std::holds_alternative<ExtendedPublicKey>(key_) || std::holds_alternative<EdPublicKey>(key_);
}

Result<KeyBytes> KeySource::derive(std::span<const ChildNumber> path) const {
    const Cases cases{[](std::monostate) -> Result<KeyBytes> { return nothing_to_derive_from(); },
                      [path](const ExtendedPrivateKey& key) -> Result<KeyBytes> {
                          TRY(const ExtendedPrivateKey child, key.derive(path));
                          return bytes_of(child.to_public());
                      },
                      [path](const ExtendedPublicKey& key) -> Result<KeyBytes> {
                          TRY(const ExtendedPublicKey child, key.derive(path));
                          return bytes_of(child);
                      },
                      [path](const EdPrivateKey& key) -> Result<KeyBytes> {
                          TRY(const EdPrivateKey child, key.derive(path));
                          return bytes_of(child.public_key());
                      },
                      [](const EdPublicKey&) -> Result<KeyBytes> {
                          return fail(Fault::InvalidParameter,
                                      "nothing can be derived from a public ed25519 key");
                      }};
    return std::visit(cases, key_);
}

Result<ledger::Keypair> KeySource::signer(std::span<const ChildNumber> path) const {
    if (!can_derive()) return nothing_to_derive_from();
    if (watch_only()) return fail(Fault::WatchOnly, "signing needs the private key");
    const auto* const key = std::get_if<EdPrivateKey>(&key_);
    if (key == nullptr) return fail(Fault::InvalidParameter, "only ed25519 keys sign for Solana addresses");
    TRY(const EdPrivateKey child, key->derive(path));
    return child.keypair();
}

}  // namespace dz::wallet
