// Transactions of several signers who sign one after the other.
#include <catch2/catch.hpp>

#include "ledger/transaction.hpp"
#include "tests/ledger/samples.hpp"

using namespace dz;
using namespace dz::ledger;
using namespace dz::test;

namespace {

Keypair keypair(std::uint8_t fill) {
    std::array<std::uint8_t, Keypair::kSeedSize> seed;
    seed.fill(fill);
    return Keypair::from_seed(seed);
}

Message message_of(const Keypair& payer, const Keypair& other) {
    const std::vector<TransactionInstruction> instructions = {
        {sample_key(9), {signer(other.public_key()), writable(sample_key(2))}, {1, 2, 3}}};
    return compile(payer.public_key(), instructions, Blockhash{sample_key(4).bytes}).value();
}

}  // namespace

TEST_CASE("cosign: signatures of two come together in either order", "[ledger]") {
    const Keypair payer = keypair(1), other = keypair(2);
    const Keypair* const both[] = {&other, &payer};
    const Transaction expected = sign(message_of(payer, other), both).value();
    for (const bool payer_first : {false, true}) {
        Transaction transaction = sign_partly(message_of(payer, other), payer_first ? payer : other).value();
        CHECK_FALSE(verify(transaction));
        REQUIRE(cosign(transaction, payer_first ? other : payer));
        CHECK(verify(transaction));
        CHECK(transaction == expected);
    }
}

TEST_CASE("cosign: who is no signer is told so", "[ledger]") {
    const Keypair payer = keypair(1), other = keypair(2), stranger = keypair(3);
    Transaction transaction = sign_partly(message_of(payer, other), payer).value();
    const auto refused = cosign(transaction, stranger);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == stranger.public_key().to_string() + " is no signer of this transaction");
    CHECK_FALSE(sign_partly(message_of(payer, other), stranger));
}
