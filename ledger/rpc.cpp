#include "ledger/rpc.hpp"

namespace dz::ledger {

std::string_view to_string(Commitment commitment) {
    switch (commitment) {
        case Commitment::Processed:
            return "processed";
        case Commitment::Confirmed:
            return "confirmed";
        case Commitment::Finalized:
            return "finalized";
    }
    return "";
}

std::optional<Commitment> parse_commitment(std::string_view text) {
    for (const auto commitment : {Commitment::Processed, Commitment::Confirmed, Commitment::Finalized}) {
        if (text == to_string(commitment)) return commitment;
    }
    return std::nullopt;
}

bool is_retryable(const Error& error) {
    return error.code == Errc::Unavailable || error.code == Errc::Timeout || error.code == Errc::Truncated;
}

bool is_behind(const Error& error) {
    return error.code == Errc::Unavailable && error.detail == kMinContextSlotNotReached;
}

}  // namespace dz::ledger
