#include "fetcher/accept.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <variant>

namespace dz::fetcher {

namespace {

using ledger::Scope;
using ledger::Snapshot;

/// Catalogues smaller than this may shrink as they like: a test network is soon rebuilt.
constexpr std::size_t kSmallCatalogue = 20;

template <class... T>
std::size_t count_all(const Snapshot& snapshot, std::type_identity<std::variant<T...>> /*kinds*/) {
    return (snapshot.all<T>().size() + ...);
}

template <class... T>
bool same_tables(const Snapshot& a, const Snapshot& b, std::type_identity<std::variant<T...>> /*kinds*/) {
    return ((a.all<T>() == b.all<T>()) && ...);
}

constexpr std::type_identity<ledger::Account> kEveryKind;

/// A user of ours that is there in `known` and not in `answer`.
const ledger::Entry<ledger::User>* missing_user(const Snapshot& known, const Snapshot& answer,
                                                Ipv4 client_ip) {
    for (const auto* user : known.users_of(client_ip)) {
        if (!answer.user(user->key)) return user;
    }
    return nullptr;
}

Judgement refuse(std::string reason, const Doubt& doubt) {
    return {.verdict = Verdict::Refuse, .reason = std::move(reason), .doubt = doubt};
}

/// Something is missing: believed when it was so often enough, or again in a newer slot.
Judgement wonder(std::string reason, Slot slot, Doubt doubt, const TrustRules& rules) {
    if (doubt.times == 0) doubt.first = slot;
    ++doubt.times;
    if (doubt.times >= rules.confirmations || slot > doubt.first) return {};
    return {.verdict = Verdict::Wonder, .reason = std::move(reason), .doubt = doubt};
}

}  // namespace

Judgement accept(const Known& known, const Answer& answer, std::optional<Ipv4> client_ip, const Doubt& doubt,
                 const TrustRules& rules, TimePoint now) {
    const Snapshot& next = *answer.snapshot;
    if (!next.global_config()) {
        return refuse("the ledger's answer has no global configuration: wrong program id, or an empty ledger",
                      doubt);
    }
    if (!known.snapshot) return {};

    const Slot slot = next.slot();
    const bool says_slot = slot.value != 0;
    if (says_slot && slot < known.slot) {
        Doubt older = doubt;
        if (!older.older_since) older.older_since = now;
        if (now - *older.older_since < rules.refuse_older_for) {
            return {.verdict = Verdict::Wonder,
                    .reason =
                        fmt::format("the answer is of slot {}, older than {}", slot.value, known.slot.value),
                    .doubt = older};
        }
    }
    Doubt so_far = doubt;
    so_far.older_since.reset();

    if (client_ip) {
        if (const auto* user = missing_user(*known.snapshot, next, *client_ip)) {
            if (std::ranges::find(answer.undecodable, user->key) != answer.undecodable.end()) {
                return refuse(
                    fmt::format("user {} cannot be decoded: a newer release of this program may be needed",
                                user->key.to_string()),
                    so_far);
            }
            return wonder(fmt::format("user {} is missing from the answer", user->key.to_string()), slot,
                          so_far, rules);
        }
    }
    if (next.scope() == Scope::Catalogue) {
        const std::size_t had = count_all(*known.snapshot, kEveryKind);
        const std::size_t has = count_all(next, kEveryKind);
        if (had >= kSmallCatalogue && has < had / 2) {
            return wonder(fmt::format("the catalogue has shrunk from {} accounts to {}", had, has), slot,
                          so_far, rules);
        }
    }
    return {};
}

bool same_accounts(const Snapshot& a, const Snapshot& b) {
    return a.scope() == b.scope() && same_tables(a, b, kEveryKind);
}

}  // namespace dz::fetcher
