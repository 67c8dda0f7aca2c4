#include "fetcher/last_good.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace dz::fetcher {

namespace {

constexpr std::size_t kMaxAccounts = 10'000;

Result<ledger::KeyedAccount> decode_account(const json::Value& entry) {
    TRY(const auto key, json::string(entry, "key"));
    TRY(const auto data, json::string(entry, "data"));
    ledger::KeyedAccount account;
    TRY(account.key, ledger::PublicKey::parse(key));
    TRY(account.account.data, from_base64(data));
    return account;
}

}  // namespace

std::string encode(const LastGood& last_good) {
    const auto nanoseconds = last_good.read_at.time_since_epoch();
    json::Ordered out;
    out["program"] = last_good.program.to_string();
    out["client_ip"] = last_good.client_ip.to_string();
    out["slot"] = last_good.slot.value;
    out["read_at"] = std::chrono::duration_cast<std::chrono::seconds>(nanoseconds).count();
    out["accounts"] = json::Ordered::array();
    for (const auto& [key, account] : last_good.accounts) {
        out["accounts"].push_back({{"key", key.to_string()}, {"data", to_base64(account.data)}});
    }
    return json::dump(out);
}

Result<LastGood> decode_last_good(std::string_view text) {
    if (text.size() > kMaxLastGoodBytes) return fail(Errc::LimitExceeded, "more than 4 MiB");
    TRY(const auto root, json::parse(text, 8));
    TRY(const auto program, json::string(root, "program"));
    TRY(const auto client_ip, json::string(root, "client_ip"));
    TRY(const auto slot, json::natural(root, "slot"));
    TRY(const auto read_at, json::natural(root, "read_at"));
    TRY(const auto accounts, json::array(root, "accounts"));
    if (accounts->size() > kMaxAccounts) return fail(Errc::LimitExceeded, "more than 10,000 accounts");
    if (read_at > 1ULL << 33U) return fail(Errc::BadValue, "a time far in the future");

    LastGood last_good;
    TRY(last_good.program, ledger::PublicKey::parse(program));
    TRY(last_good.client_ip, parse_ipv4(client_ip));
    last_good.slot = {slot};
    last_good.read_at = WallTime{std::chrono::seconds(read_at)};
    for (const auto& entry : *accounts) {
        TRY(auto account, decode_account(entry));
        last_good.accounts.push_back(std::move(account));
    }
    return last_good;
}

}  // namespace dz::fetcher
