#include "ledger/keypair.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/files.hpp"

namespace dz::ledger {
namespace {

constexpr std::size_t kFileBytes = 4096;
constexpr std::string_view kRemedy = "make one with `doublezero keygen`, or point --keypair to another file";

/// Wipes a secret when it goes out of scope.
class Wiped {
  public:
    explicit Wiped(std::span<std::uint8_t> bytes) : bytes_(bytes) {}
    ~Wiped() { sodium_memzero(bytes_.data(), bytes_.size()); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;

  private:
    std::span<std::uint8_t> bytes_;
};

void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
}

class ArrayText {
  public:
    explicit ArrayText(std::string_view text) : rest_(text) {}

    bool take(char wanted) {
        skip_space();
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool byte(std::uint8_t& out) {
        skip_space();
        unsigned value = 256;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error != std::errc{} || value > 255) return false;
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        out = static_cast<std::uint8_t>(value);
        return true;
    }
    bool at_end() {
        skip_space();
        return rest_.empty();
    }

  private:
    void skip_space() {
        while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos) {
            rest_.remove_prefix(1);
        }
    }
    std::string_view rest_;
};

Result<> parse_numbers(std::string_view json, std::span<std::uint8_t, 64> out) {
    ArrayText text(json);
    if (!text.take('[')) return fail(Errc::BadValue, "not a JSON array of 64 numbers");
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (i > 0 && !text.take(',')) return fail(Errc::BadValue, fmt::format("{} numbers instead of 64", i));
        if (!text.byte(out[i]))
            return fail(Errc::BadValue, fmt::format("element {} is not a number 0..255", i));
    }
    if (!text.take(']') || !text.at_end()) return fail(Errc::BadValue, "more than 64 numbers");
    return {};
}

}  // namespace

Keypair Keypair::generate() {
    std::array<std::uint8_t, kSeedSize> seed;
    const Wiped wiped(seed);
    DZ_ASSERT(sodium_init() >= 0);
    randombytes_buf(seed.data(), seed.size());
    return from_seed(seed);
}

Keypair Keypair::from_seed(std::span<const std::uint8_t, kSeedSize> seed) {
    Keypair keypair;
    crypto_sign_ed25519_seed_keypair(keypair.public_key_.bytes.data(), keypair.secret_.data(), seed.data());
    return keypair;
}

Keypair::Keypair(Keypair&& other) noexcept : secret_(other.secret_), public_key_(other.public_key_) {
    sodium_memzero(other.secret_.data(), other.secret_.size());
}

Keypair& Keypair::operator=(Keypair&& other) noexcept {
    if (this == &other) return *this;
    secret_ = other.secret_;
    public_key_ = other.public_key_;
    sodium_memzero(other.secret_.data(), other.secret_.size());
    return *this;
}

Keypair::~Keypair() {
    sodium_memzero(secret_.data(), secret_.size());
}

Signature Keypair::sign(ByteView message) const {
    Signature signature;
    crypto_sign_ed25519_detached(signature.bytes.data(), nullptr, message.data(), message.size(),
                                 secret_.data());
    return signature;
}

std::string Keypair::to_json() const {
    // Reserved at its full length, so that growing leaves no copies of the secret behind.
    std::string text;
    text.reserve(2 + secret_.size() * 4);
    text += '[';
    for (std::size_t i = 0; i < secret_.size(); ++i) {
        if (i > 0) text += ',';
        std::array<char, 3> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), secret_[i]).ptr;
        text.append(digits.data(), end);
        sodium_memzero(digits.data(), digits.size());
    }
    text += ']';
    return text;
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
    return crypto_sign_ed25519_verify_detached(signature.bytes.data(), message.data(), message.size(),
                                               key.bytes.data()) == 0;
}

Result<Keypair> parse_keypair(std::string_view json) {
    std::array<std::uint8_t, 64> numbers{};
    const Wiped wiped(numbers);
    TRY_OK(parse_numbers(json, numbers));
    Keypair keypair =
        Keypair::from_seed(std::span<const std::uint8_t, 64>(numbers).first<Keypair::kSeedSize>());
    const auto stored = std::span(numbers).last<PublicKey::kSize>();
    if (!std::ranges::equal(stored, keypair.public_key().bytes)) {
        return fail(Errc::BadValue, "the public half does not belong to the secret half");
    }
    return keypair;
}

Result<> require_private(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
    std::error_code ignored;  // Reading the file tells what is wrong with it.
    const fs::file_status status = fs::status(path, ignored);
    if (status.type() != fs::file_type::regular || (status.permissions() & kOthers) == fs::perms::none)
        return {};
    return fail(Errc::Permission, fmt::format("{} may be read by others than its owner (mode {:04o})",
                                              path.string(), static_cast<unsigned>(status.permissions())));
}

Result<Keypair> read_keypair(const std::filesystem::path& path) {
    auto text = files::read(path, kFileBytes);
    if (!text) {
        Error error = std::move(text).error();
        error.text = fmt::format("cannot read the key file {}: {}; {}", path.string(), error.text, kRemedy);
        return std::unexpected(std::move(error));
    }
    auto keypair = parse_keypair(*text);
    wipe(*text);
    if (keypair) return keypair;
    Error error = std::move(keypair).error();
    error.text = fmt::format("{} is not a key file: {}; {}", path.string(), error.text, kRemedy);
    return std::unexpected(std::move(error));
}

Result<> write_keypair(const std::filesystem::path& path, const Keypair& keypair, bool replace) {
    constexpr ::mode_t kOwnerOnly = 0600;
    std::string text = keypair.to_json();
    auto written = replace ? files::write_atomic(path, text, kOwnerOnly)
                           : files::create_exclusive(path, text, kOwnerOnly);
    wipe(text);
    return written;
}

}  // namespace dz::ledger
