#include "ledger/transaction.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

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

Blockhash blockhash() {
    Blockhash hash;
    hash.bytes.fill(0x42);
    return hash;
}

const PublicKey kProgram = sample_key(9);

Transaction sample_transaction() {
    const Keypair payer = keypair(1);
    const std::vector<TransactionInstruction> instructions = {
        {kProgram,
         {writable(sample_key(2)), read_only(sample_key(3)), signer(payer.public_key())},
         {1, 2, 3}},
    };
    return sign(compile(payer.public_key(), instructions, blockhash()).value(), payer).value();
}

}  // namespace

TEST_CASE("transaction: accounts stand in the order of their flags, the fee payer first", "[ledger]") {
    const PublicKey payer = sample_key(200);
    const std::vector<TransactionInstruction> instructions = {
        {kProgram,
         {read_only(sample_key(1)),
          writable(sample_key(2)),
          {sample_key(3), true, false},
          {sample_key(4), true, true}},
         {}},
    };
    const auto message = compile(payer, instructions, blockhash());
    REQUIRE(message);
    CHECK(message->keys ==
          std::vector{payer, sample_key(4), sample_key(3), sample_key(2), sample_key(1), kProgram});
    CHECK(message->required_signatures == 3);
    CHECK(message->readonly_signed == 1);
    CHECK(message->readonly_unsigned == 2);
    CHECK(message->fee_payer() == payer);
    const std::vector<bool> writable = {true, true, false, true, false, false};
    for (std::size_t i = 0; i < writable.size(); ++i) CHECK(message->is_writable(i) == writable[i]);
}

TEST_CASE("transaction: an account that occurs several times has its strongest flags", "[ledger]") {
    const PublicKey payer = sample_key(1);
    const std::vector<TransactionInstruction> instructions = {
        {kProgram, {read_only(sample_key(2)), read_only(payer)}, {}},
        {kProgram, {writable(sample_key(2))}, {}},
    };
    const auto message = compile(payer, instructions, blockhash());
    REQUIRE(message);
    CHECK(message->keys == std::vector{payer, sample_key(2), kProgram});
    CHECK(message->is_writable(1));
    CHECK(expand(*message, message->instructions[0]).accounts ==
          std::vector{writable(sample_key(2)), signer(payer)});
}

TEST_CASE("transaction: a known message has known bytes", "[ledger]") {
    Message message;
    message.required_signatures = 1;
    message.readonly_unsigned = 1;
    message.keys = {sample_key(1), sample_key(2)};
    message.recent_blockhash = blockhash();
    message.instructions = {{1, {0}, {0xaa, 0xbb}}};
    CHECK(to_hex(encode(message)) ==
          "010001"
          "02" +
              to_hex(sample_key(1).bytes) + to_hex(sample_key(2).bytes) + to_hex(blockhash().bytes) +
              "01"
              "01"
              "01"
              "00"
              "02"
              "aabb");
}

TEST_CASE("transaction: what is written is read back and its signature holds", "[ledger]") {
    const Transaction transaction = sample_transaction();
    const auto again = decode_transaction(encode(transaction));
    CHECK(again == transaction);
    CHECK(verify(*again));
}

TEST_CASE("transaction: a changed byte breaks the signature", "[ledger]") {
    Transaction transaction = sample_transaction();
    transaction.message.instructions[0].data[0] ^= 1;
    const auto verified = verify(transaction);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == Errc::Permission);
    CHECK(verified.error().text.find(keypair(1).public_key().to_string()) != std::string::npos);
}

TEST_CASE("transaction: a missing key is named", "[ledger]") {
    const std::vector<TransactionInstruction> instructions = {{kProgram, {signer(sample_key(7))}, {}}};
    const auto message = compile(keypair(1).public_key(), instructions, blockhash());
    const auto signed_by_one = sign(*message, keypair(1));
    REQUIRE_FALSE(signed_by_one);
    CHECK(signed_by_one.error().text.find(sample_key(7).to_string()) != std::string::npos);
}

TEST_CASE("transaction: one that does not fit the ledger's packets is refused when it is compiled",
          "[ledger]") {
    const auto compiled = [](std::size_t data) {
        const std::vector<TransactionInstruction> instructions = {{kProgram, {}, Bytes(data)}};
        return compile(keypair(1).public_key(), instructions, blockhash());
    };
    // 1 + 64 signature, 3 header, 1 + 64 keys, 32 hash, 1 count, 1 program, 1 accounts, 2 length.
    constexpr std::size_t kOverhead = 170;
    REQUIRE(compiled(kMaxTransactionBytes - kOverhead));
    CHECK(encode(sign(*compiled(kMaxTransactionBytes - kOverhead), keypair(1)).value()).size() ==
          kMaxTransactionBytes);
    CHECK(compiled(kMaxTransactionBytes - kOverhead + 1).error().code == Errc::LimitExceeded);
    CHECK(compiled(100'000).error().code == Errc::LimitExceeded);
}

TEST_CASE("transaction: every cut of a transaction is an error", "[ledger]") {
    const Bytes data = encode(sample_transaction());
    for (std::size_t size = 0; size < data.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(decode_transaction(ByteView(data).first(size)));
    }
    Bytes longer = data;
    longer.push_back(0);
    CHECK(decode_transaction(longer).error().code == Errc::BadValue);
    CHECK(decode_transaction(Bytes(kMaxTransactionBytes + 1)).error().code == Errc::LimitExceeded);
}

TEST_CASE("transaction: what the ledger would refuse is refused when it is read", "[ledger]") {
    const auto code = [](Message message) {
        const auto decoded = decode_message(encode(message));
        return decoded ? std::string("accepted") : decoded.error().text;
    };
    Message good = sample_transaction().message;
    CHECK(code(good) == "accepted");
    Message bad = good;
    bad.keys[1] = bad.keys[2];
    CHECK(code(bad) == "an account is named twice");
    bad = good;
    bad.instructions[0].accounts[0] = 200;
    CHECK(code(bad) == "instruction names an account that is not there");
    bad = good;
    bad.instructions[0].program = 0;
    CHECK(code(bad) == "the fee payer is called as a program");
    bad = good;
    bad.required_signatures = 0;
    CHECK(code(bad) == "no signer");
    bad = good;
    bad.readonly_signed = 1;
    CHECK(code(bad) == "no writable signer");
    bad = good;
    bad.readonly_unsigned = 4;
    CHECK(code(bad) == "header promises more accounts than there are");
    bad = good;
    bad.required_signatures = 0x81;
    CHECK(decode_message(encode(bad)).error().code == Errc::Unsupported);
}

TEST_CASE("transaction: a message of version 0 has known bytes and is read back", "[ledger]") {
    Message message;
    message.version = MessageVersion::V0;
    message.required_signatures = 1;
    message.readonly_unsigned = 1;
    message.keys = {sample_key(1), sample_key(2)};
    message.recent_blockhash = blockhash();
    message.instructions = {{1, {0, 2, 4}, {0xaa}}};
    message.lookups = {{sample_key(3), {7}, {8, 9}}};
    CHECK(to_hex(encode(message)) ==
          "80010001"
          "02" +
              to_hex(sample_key(1).bytes) + to_hex(sample_key(2).bytes) + to_hex(blockhash().bytes) +
              "01"
              "01"
              "03000204"
              "01aa"
              "01" +
              to_hex(sample_key(3).bytes) +
              "0107"
              "020809");
    CHECK(decode_message(encode(message)) == message);
    const auto transaction = sign(message, keypair(1));
    REQUIRE_FALSE(transaction);  // sample_key(1) is nobody's
    message.keys[0] = keypair(1).public_key();
    const auto whole = sign(message, keypair(1)).value();
    CHECK(decode_transaction(encode(whole)) == whole);
    CHECK(verify(whole));
}

TEST_CASE("transaction: what version 0 forbids is refused when it is read", "[ledger]") {
    const auto text = [](const Message& message) {
        const auto decoded = decode_message(encode(message));
        return decoded ? std::string("accepted") : decoded.error().text;
    };
    Message good = sample_transaction().message;
    good.version = MessageVersion::V0;
    const auto keys = static_cast<std::uint8_t>(good.keys.size());
    good.lookups = {{sample_key(50), {0}, {1}}};
    good.instructions[0].accounts.push_back(static_cast<std::uint8_t>(keys + 1));
    CHECK(text(good) == "accepted");
    Message bad = good;
    bad.instructions[0].accounts.back() = static_cast<std::uint8_t>(keys + 2);
    CHECK(text(bad) == "instruction names an account that is not there");
    bad = good;
    bad.instructions[0].program = keys;
    CHECK(text(bad) == "instruction names an account that is not there");
    bad = good;
    bad.lookups[0] = {sample_key(50), {}, {}};
    CHECK(text(bad) == "a lookup that looks nothing up");
    bad = good;
    bad.lookups[0].writable.assign(256, 0);
    CHECK(decode_message(encode(bad)).error().code == Errc::LimitExceeded);
    Bytes later = encode(good);
    later[0] = 0x81;
    CHECK(decode_message(later).error().text == "message of version 1; legacy and version 0 are understood");
}

TEST_CASE("transaction: the same instructions compile to either version", "[ledger]") {
    const std::vector<TransactionInstruction> instructions = {{kProgram, {writable(sample_key(2))}, {1}}};
    const auto legacy = compile(sample_key(1), instructions, blockhash()).value();
    auto versioned = compile(sample_key(1), instructions, blockhash(), MessageVersion::V0).value();
    CHECK(encode(versioned).size() == encode(legacy).size() + 2);
    CHECK(decode_message(encode(versioned)) == versioned);
    CHECK(expand(versioned, versioned.instructions[0]) == instructions[0]);
    versioned.version = MessageVersion::Legacy;
    CHECK(versioned == legacy);
}

TEST_CASE("transaction: counts have one spelling", "[ledger]") {
    Bytes data = encode(sample_transaction());
    REQUIRE(data[0] == 1);
    data[0] = 0x81;
    data.insert(data.begin() + 1, 0);
    CHECK(decode_transaction(data).error().text == "count is not written in its shortest form");
}

TEST_CASE("transaction: any bytes decode to an error or to a transaction with the same bytes", "[ledger]") {
    rc::prop("for a transaction with one byte changed", [] {
        Transaction transaction = sample_transaction();
        if (*rc::gen::arbitrary<bool>()) {
            transaction.message.version = MessageVersion::V0;
            transaction.message.lookups = {{sample_key(50), {0, 3}, {1}}};
        }
        Bytes data = encode(transaction);
        const auto at = *rc::gen::inRange<std::size_t>(0, data.size());
        data[at] = *rc::gen::arbitrary<std::uint8_t>();
        const auto decoded = decode_transaction(data);
        if (decoded) RC_ASSERT(encode(*decoded) == data);
    });
}

TEST_CASE("compute budget: requests are written and gathered", "[ledger]") {
    const ComputeBudget budget{
        .unit_limit = 1'400'000, .unit_price = 5, .heap_frame = 262'144, .loaded_data = 65'536};
    const auto prelude = encode(budget);
    REQUIRE(prelude.size() == 4);
    CHECK(to_hex(prelude[0].data) == "02c05c1500");
    CHECK(to_hex(prelude[1].data) == "0100000400");
    CHECK(to_hex(prelude[2].data) == "030500000000000000");
    CHECK(to_hex(prelude[3].data) == "0400000100");
    CHECK(compute_budget(compile(sample_key(1), prelude, blockhash()).value()) == budget);
    CHECK(encode(ComputeBudget::generous()).size() == 2);
}

TEST_CASE("compute budget: unknown, cut, repeated and senseless requests are the ledger's errors",
          "[ledger]") {
    const auto gather = [](std::vector<Bytes> requests) {
        std::vector<TransactionInstruction> instructions;
        for (Bytes& data : requests) instructions.push_back({kComputeBudgetProgram, {}, std::move(data)});
        const auto budget = compute_budget(compile(sample_key(1), instructions, blockhash()).value());
        return budget ? std::string("ok") : json::dump(to_json(budget.error()));
    };
    CHECK(gather({{2, 1, 0, 0, 0}}) == "ok");
    CHECK(gather({{2, 1, 0, 0, 0, 77}}) == "ok");
    const std::string malformed = R"({"InstructionError":[0,"InvalidInstructionData"]})";
    CHECK(gather({{0, 1, 0, 0, 0}}) == malformed);
    CHECK(gather({{9, 1, 0, 0, 0}}) == malformed);
    CHECK(gather({{2, 1, 0}}) == malformed);
    CHECK(gather({{}}) == malformed);
    CHECK(gather({{2, 1, 0, 0, 0}, {2, 2, 0, 0, 0}}) == R"({"DuplicateInstruction":1})");
    // 33 KiB, 32 KiB and one byte, 512 KiB.
    CHECK(gather({{1, 0, 0x84, 0, 0}}) == "ok");
    CHECK(gather({{1, 1, 0x80, 0, 0}}) == malformed);
    CHECK(gather({{1, 0, 0, 8, 0}}) == malformed);
    CHECK(gather({{1, 0, 0, 8, 0}, {1, 0, 0x84, 0, 0}}) == R"({"DuplicateInstruction":1})");
    CHECK(gather({{4, 0, 0, 0, 0}}) == R"("InvalidLoadedAccountsDataSizeLimit")");
}

TEST_CASE("system transfer: the amount is read back", "[ledger]") {
    const auto transfer = system_transfer(sample_key(1), sample_key(2), Lamports{1'000'000'000});
    CHECK(to_hex(transfer.data) == "0200000000ca9a3b00000000");
    CHECK(system_transfer_amount(transfer) == Lamports{1'000'000'000});
    TransactionInstruction other = transfer;
    other.program = sample_key(3);
    CHECK_FALSE(system_transfer_amount(other));
    other = transfer;
    other.data.pop_back();
    CHECK_FALSE(system_transfer_amount(other));
}
