#include "ledger/keypair.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "base/files.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dz;
using namespace dz::ledger;

namespace {

Keypair known() {
    std::array<std::uint8_t, Keypair::kSeedSize> seed{};
    return Keypair::from_seed(seed);
}

std::string text_of(const PublicKey& key) {
    return key.to_string();
}

}  // namespace

TEST_CASE("keypair: a seed has a known public key", "[ledger]") {
    // RFC 8032, section 7.1, test 1.
    const auto seed = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value();
    const Keypair keypair =
        Keypair::from_seed(std::span<const std::uint8_t>(seed).first<Keypair::kSeedSize>());
    CHECK(to_hex(keypair.public_key().bytes) ==
          "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    CHECK(to_hex(keypair.sign({}).bytes) ==
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
          "d25bf5f0595bbe24655141438e7a100b");
}

TEST_CASE("keypair: a signature holds for its message and key only", "[ledger]") {
    const Keypair keypair = Keypair::generate();
    const Signature signature = keypair.sign(as_bytes("message"));
    CHECK(verify(keypair.public_key(), as_bytes("message"), signature));
    CHECK_FALSE(verify(keypair.public_key(), as_bytes("other"), signature));
    CHECK_FALSE(verify(Keypair::generate().public_key(), as_bytes("message"), signature));
}

TEST_CASE("keypair: it prints as hidden", "[ledger]") {
    CHECK(fmt::format("{}", known()) == "(hidden)");
}

TEST_CASE("keypair: a key that was moved away signs nothing any more", "[ledger]") {
    Keypair first = known();
    const Keypair second = std::move(first);
    const Signature late = first.sign(as_bytes("message"));  // NOLINT(bugprone-use-after-move)
    CHECK_FALSE(verify(second.public_key(), as_bytes("message"), late));
    CHECK(verify(second.public_key(), as_bytes("message"), second.sign(as_bytes("message"))));
}

TEST_CASE("key file: what is written is read back, and only the owner may read it", "[ledger]") {
    const test::TemporaryDirectory folder;
    const auto path = folder / "id.json";
    REQUIRE(write_keypair(path, known()));
    struct ::stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    const auto read = read_keypair(path);
    REQUIRE(read);
    CHECK(text_of(read->public_key()) == text_of(known().public_key()));
}

TEST_CASE("key file: an existing file is replaced only when asked", "[ledger]") {
    const test::TemporaryDirectory folder;
    const auto path = folder / "id.json";
    const Keypair other = Keypair::generate();
    REQUIRE(write_keypair(path, known()));
    CHECK(write_keypair(path, other).error().code == Errc::Exists);
    CHECK(text_of(read_keypair(path)->public_key()) == text_of(known().public_key()));
    REQUIRE(write_keypair(path, other, true));
    CHECK(text_of(read_keypair(path)->public_key()) == text_of(other.public_key()));
}

TEST_CASE("key file: white space and a final newline are fine", "[ledger]") {
    std::string text = known().to_json();
    CHECK(parse_keypair(text + "\n"));
    text.insert(1, " \n\t");
    CHECK(parse_keypair("  " + text));
}

TEST_CASE("key file: what is wrong is said without showing the key", "[ledger]") {
    const auto message = [](std::string_view text) { return parse_keypair(text).error().text; };
    CHECK(message("") == "not a JSON array of 64 numbers");
    CHECK(message("{}") == "not a JSON array of 64 numbers");
    CHECK(message("[1,2,3]") == "3 numbers instead of 64");
    CHECK(message("[]") == "element 0 is not a number 0..255");
    CHECK(message("[256") == "element 0 is not a number 0..255");
    CHECK(message("[-1") == "element 0 is not a number 0..255");
    CHECK(message("[1.5") == "1 numbers instead of 64");
    CHECK(message("[99999999999999999999") == "element 0 is not a number 0..255");
    std::string text = known().to_json();
    text.insert(text.size() - 1, ",1");
    CHECK(message(text) == "more than 64 numbers");
    CHECK(message(known().to_json() + "x") == "more than 64 numbers");
}

TEST_CASE("key file: halves that do not belong together are refused", "[ledger]") {
    std::string text = known().to_json();
    REQUIRE(text.starts_with("[0,"));
    text.replace(0, 3, "[1,");
    CHECK(parse_keypair(text).error().text == "the public half does not belong to the secret half");
}

TEST_CASE("key file: a missing file is named together with the remedy", "[ledger]") {
    const auto read = read_keypair("/nonexistent/id.json");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::NotFound);
    CHECK(read.error().text.find("/nonexistent/id.json") != std::string::npos);
    CHECK(read.error().text.find("keygen") != std::string::npos);
}
