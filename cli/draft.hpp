// cli/draft.hpp: what a writing command is about to send, worked out before anything is sent.
//
// A command fills a draft; carrying it out, or printing it for --dry-run, is the same for all of them.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/filter.hpp"
#include "cli/lookup.hpp"
#include "ledger/enum_text.hpp"
#include "ledger/instruction_builder.hpp"

namespace dz::cli {

/// Whether a command needs the network to exist. Only `init` does not.
enum class Founded { No, Yes };

struct WriteOptions {
    bool dry_run = false;
    bool wait = false;
    OutputStyle style;
    Founded founded = Founded::Yes;
};

class Draft {
  public:
    /// Reads the signer, its permission account and the global state.
    /// Errors: NotFound when the network does not exist and `founded` is Yes.
    static Task<Result<Draft>> begin(Context& context, Founded founded);

    Context& context() const { return *context_; }
    const ledger::PublicKey& payer() const { return build_.payer(); }
    const ledger::Addresses& addresses() const { return build_.addresses(); }
    const ledger::InstructionBuilder& build() const { return build_; }
    const ledger::GlobalState& state() const { return state_; }
    /// Of the next account that is numbered.
    u128 next_index() const { return state_.account_index + 1; }

    /// The account of this kind with this address or code. Errors: NotFound with where to look.
    template <class T>
    Task<Result<ledger::Entry<T>>> find(std::string name) const {
        CO_TRY(const Catalogue all, co_await read_kinds(*context_, {T::kType}));
        const auto* const entry = cli::find(all->template all<T>(), name);
        if (entry == nullptr) co_return not_found(kind_name(T::kType), name);
        co_return *entry;
    }
    /// The same of an address that another account names.
    template <class T>
    Task<Result<T>> get(ledger::PublicKey key) const {
        CO_TRY(const auto account, co_await read_account<T>(*context_, key));
        if (account) co_return *account;
        co_return not_found(kind_name(T::kType), key.to_string());
    }
    template <class T>
    Task<Result<ledger::PublicKey>> key_of(std::string name) const {
        CO_TRY(const ledger::Entry<T> entry, co_await find<T>(std::move(name)));
        co_return entry.key;
    }
    /// The same for several.
    template <class T>
    Task<Result<std::vector<ledger::PublicKey>>> keys_of(std::vector<std::string> names) const {
        CO_TRY(const Catalogue all, co_await read_kinds(*context_, {T::kType}));
        std::vector<ledger::PublicKey> keys;
        for (const std::string& name : names) {
            const auto* const entry = cli::find(all->template all<T>(), name);
            if (entry == nullptr) co_return not_found(kind_name(T::kType), name);
            keys.push_back(entry->key);
        }
        co_return keys;
    }

    /// Adds one transaction. They are sent in this order, each after the one before has succeeded.
    void send(ledger::TransactionInstruction instruction) { instructions_.push_back(std::move(instruction)); }
    /// Names the account that all this is about: it is printed, and --wait reads it.
    template <class T>
    void concerns(const ledger::PublicKey& account) {
        account_ = account;
        status_ = [](ByteView data) -> std::string {
            if constexpr (requires(T value) { ledger::to_text(value.status); }) {
                const auto decoded = ledger::decode<T>(data);
                if (decoded) return std::string(ledger::to_text(decoded->status));
            }
            return "unknown";
        };
    }
    /// What the user should know when it has worked.
    void note(std::string text) { notes_.push_back(std::move(text)); }

    const std::vector<ledger::TransactionInstruction>& instructions() const { return instructions_; }
    const std::optional<ledger::PublicKey>& account() const { return account_; }
    const std::vector<std::string>& notes() const { return notes_; }
    std::string status(ByteView data) const { return status_ ? status_(data) : "unknown"; }

  private:
    Draft(Context& context, ledger::InstructionBuilder build, ledger::GlobalState state);

    Context* context_;
    ledger::InstructionBuilder build_;
    ledger::GlobalState state_;
    std::vector<ledger::TransactionInstruction> instructions_;
    std::optional<ledger::PublicKey> account_;
    std::string (*status_)(ByteView) = nullptr;
    std::vector<std::string> notes_;
};

/// Fills a draft and prints or sends it. Prints one "Signature: ..." line for each transaction.
Task<Result<>> carry_out(std::function<Task<Result<>>(Draft&)> fill, WriteOptions options, Context& context,
                         std::ostream& out);

}  // namespace dz::cli
