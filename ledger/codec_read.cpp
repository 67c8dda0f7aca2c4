#include "ledger/codec_read.hpp"

#include <algorithm>
#include <cstring>

namespace dz::ledger::codec {
namespace {

/// Length of the UTF-8 sequence at the start of `text`, 0 when it is not valid.
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = at(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) return 0;
    }
    // Overlong forms, surrogates, and beyond U+10FFFF: all show in the second byte.
    if (first == 0xe0 && at(1) < 0xa0) return 0;
    if (first == 0xed && at(1) > 0x9f) return 0;
    if (first == 0xf0 && at(1) < 0x90) return 0;
    if (first == 0xf4 && at(1) > 0x8f) return 0;
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

Outcome ValueReader::read(PublicKey& out) {
    if (in_.remaining() < PublicKey::kSize) return Outcome::Cut;
    std::memcpy(out.bytes.data(), in_.take(PublicKey::kSize)->data(), PublicKey::kSize);
    return Outcome::Ok;
}

Outcome ValueReader::read(bool& out) {
    std::uint8_t raw = 0;
    if (const Outcome outcome = read(raw); outcome != Outcome::Ok) return outcome;
    if (raw > 1) return Outcome::Bad;
    out = raw == 1;
    return Outcome::Ok;
}

Outcome ValueReader::read(Prefix& out) {
    if (in_.remaining() < 5) return Outcome::Cut;
    const Ipv4 address{*in_.be32()};
    const std::uint8_t length = *in_.u8();
    if (length > 32) return Outcome::Bad;
    out = {address, length};
    return Outcome::Ok;
}

Outcome ValueReader::read(std::string& out) {
    std::uint32_t size = 0;
    if (const Outcome outcome = read(size); outcome != Outcome::Ok) return outcome;
    if (in_.remaining() < size) return Outcome::Cut;
    const std::string_view text = as_text(*in_.take(size));
    if (!is_utf8(text)) return Outcome::Bad;
    out.assign(text);
    return Outcome::Ok;
}

Outcome ValueReader::read(AccessPassType& out) {
    std::uint8_t number = 0;
    if (const Outcome outcome = read(number); outcome != Outcome::Ok) return outcome;
    switch (number) {
        case 0:
            out = access::Prepaid{};
            return Outcome::Ok;
        case 1:
            return alternative<access::SolanaValidator>(out);
        case 2:
            return alternative<access::SolanaRpc>(out);
        case 3:
            return alternative<access::Others>(out);
        case 4:
            return alternative<access::EdgeSeat>(out);
        default:
            out = access::Unknown{number};
            return Outcome::Lost;
    }
}

Outcome ValueReader::read(Billing& out) {
    Billing billing;
    if (const Outcome outcome = read(billing.kind); outcome != Outcome::Ok) return outcome;
    if (billing.kind != 0) return Outcome::Lost;
    if (const Outcome outcome = read(billing.rate); outcome != Outcome::Ok) return outcome;
    const Outcome outcome = read(billing.last_deduction_dz_epoch);
    if (outcome == Outcome::Ok) out = billing;
    return outcome;
}

Outcome ValueReader::read(Resource& out) {
    Resource resource;
    if (const Outcome outcome = read(resource.kind); outcome != Outcome::Ok) return outcome;
    if (resource.kind > ResourceKind::AdminGroupBits) return Outcome::Lost;
    if (resource.per_device()) {
        if (const Outcome outcome = read(resource.device); outcome != Outcome::Ok) return outcome;
        if (const Outcome outcome = read(resource.index); outcome != Outcome::Ok) return outcome;
    }
    out = resource;
    return Outcome::Ok;
}

}  // namespace dz::ledger::codec
