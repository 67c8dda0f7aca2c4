#include "cli/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "ledger/enum_text.hpp"

namespace dz::cli {

std::string credits(Lamports lamports) {
    constexpr std::uint64_t kPerCredit = 1'000'000'000;
    std::string text = fmt::format("{}", lamports.value / kPerCredit);
    if (const std::uint64_t rest = lamports.value % kPerCredit; rest != 0) {
        std::string digits = fmt::format("{:09}", rest);
        digits.erase(digits.find_last_not_of('0') + 1);
        text += "." + digits;
    }
    return text + " Credits";
}

std::string_view user_type_text(ledger::UserType type) {
    using enum ledger::UserType;
    switch (type) {
        case Ibrl:
            return "IBRL";
        case IbrlWithAllocatedIp:
            return "IBRLWithAllocatedIP";
        case EdgeFiltering:
            return "EdgeFiltering";
        case Multicast:
            return "Multicast";
    }
    return "Unknown";
}

std::string rtt_text(std::uint64_t nanoseconds) {
    if (nanoseconds == 0) return "-";
    return fmt::format("{:.2f} ms", static_cast<double>(nanoseconds) / 1e6);
}

namespace {

template <class... Cases>
struct Overload : Cases... {
    using Cases::operator()...;
};

}  // namespace

std::string pass_summary(const ledger::AccessPass& pass) {
    const std::string epochs = pass.last_access_epoch == ledger::AccessPass::kUnlimitedEpoch
                                   ? "MAX"
                                   : fmt::format("expires epoch {}", pass.last_access_epoch);
    return std::visit(
        Overload{
            [&](const ledger::access::Prepaid&) { return fmt::format("Prepaid: ({})", epochs); },
            [](const ledger::access::SolanaValidator& v) {
                return fmt::format("SolanaValidator: ({})", v.key.to_string());
            },
            [](const ledger::access::SolanaRpc& v) {
                return fmt::format("SolanaRPC: ({})", v.key.to_string());
            },
            [](const ledger::access::Others& v) {
                return fmt::format("Others: {} ({})", v.type_name, v.value);
            },
            [](const ledger::access::EdgeSeat& v) {
                return fmt::format("EdgeSeat: ({} feed(s))", v.feed_seats.size());
            },
            [](const ledger::access::Unknown& v) { return fmt::format("Unknown: ({})", v.number); },
        },
        pass.accesspass_type);
}

std::string pass_type_text(const ledger::AccessPassType& type) {
    return std::visit(
        Overload{
            [](const ledger::access::Prepaid&) { return std::string("prepaid"); },
            [](const ledger::access::SolanaValidator& v) {
                return fmt::format("solana_validator: {}", v.key.to_string());
            },
            [](const ledger::access::SolanaRpc& v) {
                return fmt::format("solana_rpc: {}", v.key.to_string());
            },
            [](const ledger::access::Others& v) {
                return fmt::format("others: {} ({})", v.type_name, v.value);
            },
            [](const ledger::access::EdgeSeat& v) {
                return fmt::format("edge_seat: {} feed(s)", v.feed_seats.size());
            },
            [](const ledger::access::Unknown& v) { return fmt::format("unknown: {}", v.number); },
        },
        type);
}

std::string bandwidth_text(std::uint64_t bits_per_second) {
    constexpr std::uint64_t kKilo = 1'000;
    constexpr std::uint64_t kMega = 1'000'000;
    constexpr std::uint64_t kGiga = 1'000'000'000;
    if (bits_per_second >= kGiga) return fmt::format("{}Gbps", bits_per_second / kGiga);
    if (bits_per_second < kKilo) return fmt::format("{}bps", bits_per_second);
    const std::uint64_t unit = bits_per_second >= kMega ? kMega : kKilo;
    const std::string_view name = unit == kMega ? "Mbps" : "Kbps";
    if (bits_per_second % unit == 0) return fmt::format("{}{}", bits_per_second / unit, name);
    return fmt::format("{:.2f}{}", static_cast<double>(bits_per_second) / static_cast<double>(unit), name);
}

std::string join(const std::vector<Prefix>& prefixes) {
    std::string out;
    for (const Prefix& prefix : prefixes) out += (out.empty() ? "" : ",") + prefix.to_string();
    return out;
}

std::string join(const std::vector<std::string>& texts, std::string_view separator) {
    return fmt::format("{}", fmt::join(texts, separator));
}

std::string first_and_more(const std::vector<std::string>& codes) {
    constexpr std::size_t kLongest = 10;
    constexpr std::size_t kEnd = 4;
    std::string text = codes.front();
    if (text.size() > kLongest) text = text.substr(0, kEnd) + ".." + text.substr(text.size() - kEnd);
    return codes.size() > 1 ? fmt::format("{}+{}", text, codes.size() - 1) : text;
}

std::string utc_text(std::int64_t unix_seconds) {
    constexpr std::int64_t kYear10000 = 253'402'300'800;
    if (unix_seconds < 0 || unix_seconds >= kYear10000) return "invalid timestamp";
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

void print_json(std::ostream& out, const json::Ordered& value, OutputStyle style) {
    out << (style.json ? json::dump_pretty(value) : json::dump(value)) << "\n";
}

}  // namespace dz::cli
