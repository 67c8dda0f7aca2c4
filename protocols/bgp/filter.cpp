#include "protocols/bgp/filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>
#include <utility>

#include "base/json.hpp"

namespace dz::bgp {
namespace {

bool is_ipv6(const std::string& text) {
    boost::system::error_code error;
    if (text.find('/') == std::string::npos) {
        boost::asio::ip::make_address_v6(text, error);
    } else {
        boost::asio::ip::make_network_v6(text, error);
    }
    return !error;
}

Result<Prefix> parse_entry(const std::string& text) {
    if (text.find('/') != std::string::npos) return parse_prefix(text);
    TRY(const Ipv4 address, parse_ipv4(text));
    return host_prefix(address);
}

/// The IPv4 prefixes of one list.
Result<std::vector<Prefix>> read_list(const json::Value& document, std::string_view key) {
    TRY(const auto* list, json::array(document, key));
    if (list->size() > kMaxFilterEntries) {
        return fail(Errc::LimitExceeded,
                    fmt::format("\"{}\" has {} entries, more than {}", key, list->size(), kMaxFilterEntries));
    }
    std::vector<Prefix> prefixes;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto* text = (*list)[i].get_ptr<const std::string*>();
        if (text == nullptr) {
            return fail(Errc::BadValue, fmt::format("\"{}\": entry {} is not a text", key, i + 1));
        }
        const std::string& literal = *text;
        if (is_ipv6(literal)) continue;
        auto prefix = parse_entry(literal);
        if (!prefix) return wrap(std::move(prefix).error(), fmt::format("\"{}\"", key));
        prefixes.push_back(prefix->network());
    }
    return prefixes;
}

}  // namespace

Result<RouteFilter> RouteFilter::of(std::vector<Entry> entries) {
    std::ranges::sort(entries);
    const auto repeated = std::ranges::unique(entries);
    entries.erase(repeated.begin(), repeated.end());
    const auto both = std::ranges::adjacent_find(entries, {}, &Entry::prefix);
    if (both != entries.end()) {
        return fail(Errc::BadValue, fmt::format("{} is both excluded and included", both->prefix));
    }
    RouteFilter filter;
    for (const Entry& entry : entries) filter.lengths_ |= std::uint64_t{1} << entry.prefix.length;
    if (!entries.empty()) filter.entries_ = std::make_shared<const std::vector<Entry>>(std::move(entries));
    return filter;
}

Result<RouteFilter> RouteFilter::parse(std::string_view text) {
    TRY(const auto document, json::parse(text, 4));
    std::vector<Entry> entries;
    TRY(const auto excluded, read_list(document, "exclude"));
    std::vector<Prefix> included;
    if (document.contains("include")) {
        TRY(included, read_list(document, "include"));
    }
    entries.reserve(excluded.size() + included.size());
    for (const Prefix& prefix : excluded) entries.push_back({prefix, true});
    for (const Prefix& prefix : included) entries.push_back({prefix, false});
    return of(std::move(entries));
}

RouteFilter RouteFilter::excluding(std::vector<Prefix> prefixes) {
    for (Prefix& prefix : prefixes) prefix = prefix.network();
    std::vector<Entry> entries;
    entries.reserve(prefixes.size());
    for (const Prefix& prefix : prefixes) entries.push_back({prefix, true});
    return of(std::move(entries)).value_or(RouteFilter());
}

bool RouteFilter::excludes(const Prefix& route) const {
    if (!entries_) return false;
    for (int length = route.length; length >= 0; --length) {
        if ((lengths_ >> static_cast<unsigned>(length) & 1U) == 0) continue;
        const Prefix around = Prefix{route.address, static_cast<std::uint8_t>(length)}.network();
        const auto found = std::ranges::lower_bound(*entries_, around, {}, &Entry::prefix);
        if (found != entries_->end() && found->prefix == around) return found->exclude;
    }
    return false;
}

bool operator==(const RouteFilter& a, const RouteFilter& b) {
    if (a.entries_ == b.entries_) return true;
    return a.entries_ && b.entries_ && *a.entries_ == *b.entries_;
}

}  // namespace dz::bgp
