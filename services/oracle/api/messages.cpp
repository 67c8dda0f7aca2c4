#include "services/oracle/api/messages.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/encoding.hpp"

namespace dz::oracle::api {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kCheckBytes = 4;
/// A request is one flat object.
constexpr std::size_t kMaxDepth = 4;

constexpr std::array kPhases = {std::pair{Phase::Waiting, std::string_view("waiting")},
                                std::pair{Phase::Paid, std::string_view("paid")},
                                std::pair{Phase::Ready, std::string_view("ready")},
                                std::pair{Phase::Closing, std::string_view("closing")},
                                std::pair{Phase::Settled, std::string_view("settled")},
                                std::pair{Phase::Expired, std::string_view("expired")},
                                std::pair{Phase::Cancelled, std::string_view("cancelled")},
                                std::pair{Phase::Lost, std::string_view("lost")}};

Result<Phase> parse_phase(std::string_view text) {
    const auto at = std::ranges::find(kPhases, text, [](const auto& pair) { return pair.second; });
    if (at == kPhases.end()) return fail(Errc::BadValue, fmt::format("phase: \"{}\" is none", text));
    return at->first;
}

Result<Bytes> key_bytes(std::string_view text) {
    auto bytes = from_base58(text);
    if (!bytes || bytes->size() != kKeyBytes)
        return fail(Errc::BadValue, fmt::format("\"{}\" is not a key (base58 of 32 bytes)", text));
    return bytes;
}

Result<std::string> key(const json::Value& object, std::string_view name) {
    TRY(std::string text, json::string(object, name));
    if (const auto bytes = key_bytes(text); !bytes) return wrap(bytes.error(), name);
    return text;
}

Result<Ipv4> address(const json::Value& object, std::string_view name) {
    TRY(const std::string text, json::string(object, name));
    auto parsed = parse_ipv4(text);
    if (!parsed) return wrap(parsed.error(), name);
    return parsed;
}

Result<> refuse_unknown(const json::Value& object, std::span<const std::string_view> known) {
    for (const auto& [name, ignored] : object.items()) {
        if (std::ranges::find(known, name) == known.end())
            return fail(Errc::BadValue,
                        fmt::format("unknown member \"{}\"; known are {}", name, fmt::join(known, ", ")));
    }
    return {};
}

}  // namespace

std::string_view to_string(Phase phase) {
    return std::ranges::find(kPhases, phase, [](const auto& pair) { return pair.first; })->second;
}

Result<std::string> check_value(std::string_view address) {
    TRY(const Bytes bytes, key_bytes(address));
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), bytes.data(), bytes.size());
    return to_hex(ByteView(hash).first(kCheckBytes));
}

Result<ReservationRequest> parse_request(std::string_view body) {
    static constexpr std::array<std::string_view, 4> kMembers = {"device", "client_ip", "user_payer",
                                                                 "refund_to"};
    if (body.size() > kMaxRequestBytes)
        return fail(Errc::LimitExceeded, fmt::format("more than {} bytes", kMaxRequestBytes));
    TRY(const json::Value value, json::parse(body, kMaxDepth));
    if (!value.is_object()) return fail(Errc::BadValue, "not an object");
    TRY_OK(refuse_unknown(value, kMembers));
    ReservationRequest request;
    TRY(request.device, key(value, "device"));
    TRY(request.client_ip, address(value, "client_ip"));
    TRY(request.user_payer, key(value, "user_payer"));
    if (!value.contains("refund_to")) {
        request.refund_to = request.user_payer;
    } else {
        TRY(request.refund_to, key(value, "refund_to"));
    }
    return request;
}

json::Ordered to_json(const ReservationRequest& request) {
    return {{"device", request.device},
            {"client_ip", request.client_ip.to_string()},
            {"user_payer", request.user_payer},
            {"refund_to", request.refund_to}};
}

json::Ordered to_json(const ReservationView& view) {
    return {{"id", view.id},
            {"state", to_string(view.phase)},
            {"device", view.device},
            {"client_ip", view.client_ip.to_string()},
            {"user_payer", view.user_payer},
            {"refund_to", view.refund_to},
            {"deposit_address", view.deposit_address},
            {"deposit_check", view.deposit_check},
            {"price_lamports", view.price},
            {"received_lamports", view.received},
            {"refunded_lamports", view.refunded},
            {"expires_slot", view.expires_slot},
            {"expires_at", view.expires_at}};
}

Result<ReservationView> reservation_from_json(const json::Value& value) {
    ReservationView view;
    TRY(view.id, json::string(value, "id"));
    TRY(const std::string phase, json::string(value, "state"));
    TRY(view.phase, parse_phase(phase));
    TRY(view.device, key(value, "device"));
    TRY(view.client_ip, address(value, "client_ip"));
    TRY(view.user_payer, key(value, "user_payer"));
    TRY(view.refund_to, key(value, "refund_to"));
    TRY(view.deposit_address, key(value, "deposit_address"));
    TRY(view.deposit_check, json::string(value, "deposit_check"));
    TRY(const std::string expected, check_value(view.deposit_address));
    if (view.deposit_check != expected)
        return fail(Errc::BadValue,
                    fmt::format("deposit_address: {} was damaged on its way (check value {}, not {})",
                                view.deposit_address, expected, view.deposit_check));
    TRY(view.price, json::natural(value, "price_lamports"));
    TRY(view.received, json::natural(value, "received_lamports"));
    TRY(view.refunded, json::natural(value, "refunded_lamports"));
    TRY(view.expires_slot, json::natural(value, "expires_slot"));
    TRY(view.expires_at, json::string(value, "expires_at"));
    return view;
}

json::Ordered to_json(const SettlementView& view) {
    return {{"transaction", view.transaction},
            {"authority", view.authority},
            {"last_valid_block_height", view.last_valid_block_height}};
}

Result<SettlementView> settlement_from_json(const json::Value& value) {
    SettlementView view;
    TRY(view.transaction, json::string(value, "transaction"));
    TRY(view.authority, key(value, "authority"));
    TRY(view.last_valid_block_height, json::natural(value, "last_valid_block_height"));
    return view;
}

json::Ordered to_json(const Problem& problem) {
    return {{"error", {{"code", problem.code}, {"message", problem.message}}}};
}

Result<Problem> problem_from_json(const json::Value& value) {
    TRY(const json::Value* const error, json::object(value, "error"));
    Problem problem;
    TRY(problem.code, json::string(*error, "code"));
    TRY(problem.message, json::string(*error, "message"));
    return problem;
}

}  // namespace dz::oracle::api
