// getProgramAccounts by simdjson: the one answer that is too large for a general JSON tree.
#include <fmt/format.h>
#include <simdjson.h>

#include "base/encoding.hpp"
#include "ledger/rpc_answer.hpp"

namespace dz::ledger::rpc_answer {
namespace {

namespace dom = simdjson::dom;

std::unexpected<Error> missing(std::string_view what) {
    return fail(Errc::BadValue, fmt::format("account list: \"{}\" is missing or of another type", what));
}

Result<PublicKey> read_key(dom::object object, std::string_view name) {
    std::string_view text;
    if (object[name].get(text) != simdjson::SUCCESS) return missing(name);
    return PublicKey::parse(text);
}

Result<Bytes> read_data(dom::object account) {
    dom::array data;
    std::string_view text;
    std::string_view encoding;
    if (account["data"].get(data) != simdjson::SUCCESS) return missing("data");
    if (data.at(0).get(text) != simdjson::SUCCESS) return missing("data");
    if (data.at(1).get(encoding) != simdjson::SUCCESS || encoding != "base64") return missing("data");
    return from_base64(text);
}

Result<KeyedAccount> read_account(dom::element element) {
    dom::object entry;
    dom::object account;
    if (element.get(entry) != simdjson::SUCCESS) return missing("value");
    if (entry["account"].get(account) != simdjson::SUCCESS) return missing("account");

    KeyedAccount out;
    TRY(out.key, read_key(entry, "pubkey"));
    TRY(out.account.data, read_data(account));
    TRY(out.account.owner, read_key(account, "owner"));
    if (account["lamports"].get(out.account.lamports.value) != simdjson::SUCCESS) return missing("lamports");
    // Both may be absent or odd, and neither is read by anybody.
    if (account["executable"].get(out.account.executable) != simdjson::SUCCESS)
        out.account.executable = false;
    if (account["rentEpoch"].get(out.account.rent_epoch) != simdjson::SUCCESS) out.account.rent_epoch = 0;
    return out;
}

}  // namespace

Result<At<std::vector<KeyedAccount>>> program_accounts(std::string_view body) {
    dom::parser parser;
    dom::object answer;
    dom::element found;
    // Errors are small: the general parser tells them apart.
    if (parser.parse(body.data(), body.size()).get(answer) != simdjson::SUCCESS ||
        answer["result"].get(found) != simdjson::SUCCESS) {
        auto other = result(body);
        if (!other) return std::unexpected(std::move(other).error());
        return missing("result");
    }

    At<std::vector<KeyedAccount>> out;
    dom::array list;
    if (found.get(list) != simdjson::SUCCESS) {
        dom::object with_context;
        if (found.get(with_context) != simdjson::SUCCESS) return missing("result");
        if (with_context["context"]["slot"].get(out.slot.value) != simdjson::SUCCESS) return missing("slot");
        if (with_context["value"].get(list) != simdjson::SUCCESS) return missing("value");
    }
    out.value.reserve(list.size());
    for (const dom::element element : list) {
        TRY(auto account, read_account(element));
        out.value.push_back(std::move(account));
    }
    return out;
}

}  // namespace dz::ledger::rpc_answer
