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

/// What the tunnels of `client_ip` rest on, is there in `known` and not in `answer`.
struct Missing {
    std::string_view kind;
    ledger::PublicKey key;
    std::string text() const { return fmt::format("{} {}", kind, key.to_string()); }
};

std::optional<Missing> missing_of_ours(const Snapshot& known, const Snapshot& answer, Ipv4 client_ip) {
    for (const auto* user : known.users_of(client_ip)) {
        // A user keeps its address for life: one without it was cut short on the way.
        const auto* now = answer.user(user->key);
        if (now == nullptr || now->client_ip != client_ip) return Missing{"user", user->key};
    }
    for (const auto* user : answer.users_of(client_ip)) {
        const auto& device = user->value.device_pk;
        if (known.device(device) != nullptr && answer.device(device) == nullptr)
            return Missing{"device", device};
    }
    return std::nullopt;
}

Judgement refuse(std::string reason, const Doubt& doubt) {
    return {.verdict = Verdict::Refuse, .reason = std::move(reason), .doubt = doubt};
}

/// Something is missing: believed when it was so often enough, or again in a newer slot.
Judgement wonder(std::string reason, Slot slot, Doubt doubt, const TrustRules& rules) {
    if (doubt.times == 0) doubt.first = slot;
    ++doubt.times;
    if (doubt.times >= rules.confirmations || slot > doubt.first)
        return {.verdict = Verdict::Accept, .reason = {}, .doubt = {}, .confirmed = true};
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

    const auto missing =
        client_ip ? missing_of_ours(*known.snapshot, next, *client_ip) : std::optional<Missing>();
    if (missing && std::ranges::find(answer.undecodable, missing->key) != answer.undecodable.end()) {
        return refuse(missing->text() + " cannot be decoded: a newer release of this program may be needed",
                      so_far);
    }
    if (missing) return wonder(missing->text() + " is missing from the answer", slot, so_far, rules);
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

Judgement accept_push(const Known& known, const Answer& answer, const ledger::PublicKey& changed,
                      std::optional<Ipv4> client_ip, const Doubt& doubt, const TrustRules& rules,
                      TimePoint now) {
    auto judgement = accept(known, answer, client_ip, {}, rules, now);
    switch (judgement.verdict) {
        case Verdict::Refuse:
            judgement.doubt = doubt;
            break;
        case Verdict::Wonder:
            if (doubt.times > 0) judgement.doubt = doubt;
            break;
        case Verdict::Accept:
            // What is doubted was not asked about, unless it is this very account that is there after all.
            if (!answer.snapshot->user(changed)) judgement.doubt = doubt;
            break;
    }
    judgement.doubt.older_since = doubt.older_since;
    return judgement;
}

std::vector<TunnelEnd> tunnel_ends(const Snapshot* snapshot, Ipv4 client_ip) {
    std::vector<TunnelEnd> out;
    if (snapshot == nullptr) return out;
    for (const auto* user : snapshot->users_of(client_ip)) {
        const auto* device = snapshot->device(user->value.device_pk);
        if (device == nullptr) continue;
        const Ipv4 own = user->value.tunnel_endpoint;
        out.push_back({user->key, own.is_unspecified() ? device->public_ip : own, user->value.tunnel_net});
    }
    return out;
}

std::vector<TunnelEnd> new_tunnel_ends(const Snapshot* known, const Snapshot& next, Ipv4 client_ip) {
    auto ends = tunnel_ends(&next, client_ip);
    const auto before = tunnel_ends(known, client_ip);
    std::erase_if(ends, [&](const TunnelEnd& end) { return std::ranges::find(before, end) != before.end(); });
    return ends;
}

bool same_accounts(const Snapshot& a, const Snapshot& b) {
    return a.scope() == b.scope() && same_tables(a, b, kEveryKind);
}

}  // namespace dz::fetcher
