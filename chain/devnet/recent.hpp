// chain/devnet/recent.hpp: transactions decided in the last slots, by signature: answers duplicates and
// statuses.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "chain/devnet/accounts.hpp"
#include "ledger/program_error.hpp"
#include "ledger/public_key.hpp"

namespace dz::devnet {

using ledger::Signature;

/// Signatures and hashes are random already: any of their bytes are a hash.
struct LeadingBytes {
    template <class Key>
    std::size_t operator()(const Key& key) const noexcept {
        std::size_t value = 0;
        std::memcpy(&value, key.bytes.data(), sizeof value);
        return value;
    }
};

/// What became of a transaction, and where.
struct Decided {
    std::uint64_t slot = 0;
    Version version = 0;  ///< from this one on its outcome is seen
    std::optional<ledger::TransactionError> error;
};

class Recent {
  public:
    /// In order of slots. A signature is decided once.
    void add(const Signature& signature, const Decided& decided) {
        const auto [place, added] = by_signature_.try_emplace(signature, decided);
        if (added) order_.push_back(&*place);
    }
    /// Null when unknown.
    const Decided* find(const Signature& signature) const {
        const auto found = by_signature_.find(signature);
        return found == by_signature_.end() ? nullptr : &found->second;
    }
    /// Drops what was decided before `slot`.
    void forget_before(std::uint64_t slot) {
        for (; !order_.empty() && order_.front()->second.slot < slot; order_.pop_front()) {
            by_signature_.erase(by_signature_.find(order_.front()->first));
        }
    }
    std::size_t size() const { return by_signature_.size(); }

  private:
    using BySignature = std::unordered_map<Signature, Decided, LeadingBytes>;
    BySignature by_signature_;
    /// Elements of `by_signature_`, which stay where they are.
    std::deque<const BySignature::value_type*> order_;
};

}  // namespace dz::devnet
