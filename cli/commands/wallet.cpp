// wallet.cpp: wallets: words under a password, and addresses that are each given out once.
#include <fmt/format.h>

#include "cli/failure.hpp"
#include "cli/record.hpp"
#include "cli/secret_input.hpp"
#include "cli/wallet.hpp"
#include "wallet/store.hpp"

namespace dz::cli {

namespace {

using wallet::AddressInfo;
using wallet::AddressPool;
using wallet::AddressState;
using wallet::Chain;
using wallet::Mnemonic;
using wallet::SecretBytes;
using wallet::WalletSecret;
using wallet::WalletStore;

constexpr const char* kDefaultWallet = "default";

/// A chain by its name; a copy of a pointer to what lasts.
struct ChainName {
    const Chain* chain = nullptr;
};

}  // namespace

template <>
struct Value<ChainName> {
    static constexpr std::string_view kName = "CHAIN";
    static std::vector<std::string> choices() {
        std::vector<std::string> out;
        for (const Chain& chain : wallet::chains()) out.emplace_back(chain.name);
        return out;
    }
    static Result<ChainName> parse(std::string_view text) {
        TRY(const Chain* const chain, wallet::find_chain(text));
        return ChainName{chain};
    }
};

namespace {

/// MiB of a password's cost.
Result<std::uint64_t> parse_memory(std::string_view text) {
    TRY(const std::uint64_t mib, Value<std::uint64_t>::parse(text));
    if (mib >= 1 && mib <= 1024) return mib;
    return fail(Errc::BadValue, "from 1 to 1024");
}

/// Of every command here.
struct WalletOptions {
    std::string name = kDefaultWallet;
    std::optional<std::string> directory;
};

struct NewOptions {
    WalletOptions wallet;
    std::uint64_t words = 24;
    std::uint64_t password_memory = 256;
    std::optional<std::string> password_file, words_file, passphrase_file;
};

struct AddressOptions {
    WalletOptions wallet;
    ChainName chain{wallet::chains().data()};
    std::optional<std::string> password_file, label;
    std::string address;
    bool peek = false;
};

WalletStore store_of(const WalletOptions& options, const Context& context) {
    return WalletStore(options.directory ? std::filesystem::path(*options.directory)
                                         : context.settings.config_path.parent_path() / "wallets");
}

std::unexpected<Error> wallet_failure(std::string_view what, const WalletOptions& options,
                                      const Error& error) {
    if (error.code == Errc::NotFound)
        return failure(what, fmt::format("there is no wallet \"{}\"", options.name),
                       "doublezero wallet list shows those there are, doublezero wallet new makes one",
                       Errc::NotFound);
    return failure(what, error);
}

// ---- new, restore

/// Seals and writes it. What goes wrong is said as `what`.
Result<> keep(const WalletSecret& secret, const NewOptions& options, const Context& context,
              std::string_view what) {
    const auto password = read_new_password(options.password_file);
    if (!password) return failure(what, password.error());
    const wallet::PasswordCost cost{.memory_bytes = std::size_t{options.password_memory} << 20U};
    const auto sealed = seal(secret, *password, cost);
    if (!sealed)
        return failure(what, sealed.error(),
                       sealed.error().code == Errc::LimitExceeded ? "less with --password-memory" : "");
    const auto written = store_of(options.wallet, context).create(options.wallet.name, *sealed);
    if (written) return {};
    const bool exists = written.error().code == Errc::Exists;
    return failure(what, written.error(),
                   exists ? "choose another name with --wallet; a wallet is never written over" : "");
}

void print_kept(const NewOptions& options, const Context& context, OutputStyle style, std::string_view words,
                std::ostream& out) {
    Record record;
    record.add("wallet", options.wallet.name);
    record.add("file", store_of(options.wallet, context).wallet_path(options.wallet.name).string());
    if (style.machine_readable() && !words.empty()) record.json_only("words", std::string(words));
    print_one(out, style, record);
}

Task<Result<>> create(NewOptions options, OutputStyle style, Context& context, std::ostream& out) {
    constexpr std::string_view kWhat = "no wallet was made";
    auto mnemonic = Mnemonic::generate(options.words);
    if (!mnemonic) co_return failure(kWhat, mnemonic.error());
    const auto secret = WalletSecret::from(*std::move(mnemonic));
    if (!secret) co_return failure(kWhat, secret.error());
    CO_TRY_OK(keep(*secret, options, context, kWhat));
    const std::string_view words = secret->mnemonic().text();
    print_kept(options, context, style, words, out);
    if (!style.machine_readable()) out << "\n" << words << "\n";
    context.err << "Write these words down and keep them apart from this machine: they are shown now and "
                   "never again, "
                   "and whoever has them has everything.\n";
    co_return Result<>{};
}

Task<Result<>> restore(NewOptions options, OutputStyle style, Context& context, std::ostream& out) {
    constexpr std::string_view kWhat = "no wallet was restored";
    const auto typed = read_secret(options.words_file, "Words, on one line: ", "--words-file");
    if (!typed) co_return failure(kWhat, typed.error());
    auto mnemonic = Mnemonic::parse(typed->text());
    if (!mnemonic) co_return failure(kWhat, mnemonic.error());
    SecretBytes passphrase;
    if (options.passphrase_file) {
        auto given = read_secret(options.passphrase_file, "", "--passphrase-file");
        if (!given) co_return failure(kWhat, given.error());
        passphrase = *std::move(given);
    }
    const auto secret = WalletSecret::from(*std::move(mnemonic), std::move(passphrase));
    if (!secret) co_return failure(kWhat, secret.error());
    CO_TRY_OK(keep(*secret, options, context, kWhat));
    print_kept(options, context, style, {}, out);
    co_return Result<>{};
}

// ---- list, stats

Task<Result<>> list(WalletOptions options, OutputStyle style, Context& context, std::ostream& out) {
    const WalletStore store = store_of(options, context);
    const auto names = store.names();
    if (!names) co_return failure("cannot list the wallets", names.error());
    const auto record_of = [](std::string_view name, std::string_view in_use, std::size_t handed_out) {
        Record record;
        record.add("wallet", name);
        record.add("chains", in_use);
        record.add("handed_out", handed_out);
        return record;
    };
    std::vector<Record> records;
    for (const std::string& name : *names) {
        std::string in_use;
        std::size_t handed_out = 0;
        for (const Chain& chain : wallet::chains()) {
            const auto pool = store.read_pool(name, chain);
            if (!pool) co_return failure("cannot list the wallets", pool.error());
            if (!*pool) continue;
            in_use += fmt::format("{}{}", in_use.empty() ? "" : ", ", chain.name);
            handed_out += (*pool)->stats().used_count + (*pool)->stats().reserved_count;
        }
        records.push_back(record_of(name, in_use, handed_out));
    }
    print_list(out, style, record_of("", "", 0), records);
    co_return Result<>{};
}

json::Ordered or_null(const std::optional<std::uint32_t>& value) {
    return value ? json::Ordered(*value) : json::Ordered(nullptr);
}

Record stats_record(std::string_view chain, const wallet::PoolStats& stats) {
    Record record;
    record.add("chain", chain);
    record.add("stored", stats.total_generated);
    record.add("used", stats.used_count);
    record.add("reserved", stats.reserved_count);
    record.add("free", stats.unused_count);
    record.add(
        "highest_used", or_null(stats.highest_used),
        {.title = "highest used", .text = stats.highest_used ? std::to_string(*stats.highest_used) : ""});
    record.add("highest_stored", or_null(stats.highest_generated),
               {.title = "highest stored",
                .text = stats.highest_generated ? std::to_string(*stats.highest_generated) : ""});
    record.add("gap_limit", stats.gap_limit, {.title = "gap limit"});
    return record;
}

Task<Result<>> stats(WalletOptions options, OutputStyle style, Context& context, std::ostream& out) {
    constexpr std::string_view kWhat = "cannot count the wallet's addresses";
    const WalletStore store = store_of(options, context);
    if (const auto found = store.wallet(options.name); !found)
        co_return wallet_failure(kWhat, options, found.error());
    std::vector<Record> records;
    for (const Chain& chain : wallet::chains()) {
        const auto pool = store.read_pool(options.name, chain);
        if (!pool) co_return failure(kWhat, pool.error());
        if (*pool) records.push_back(stats_record(chain.name, (*pool)->stats()));
    }
    print_list(out, style, stats_record("", {}), records);
    co_return Result<>{};
}

// ---- address next, list, release, used

/// Asks for the password and derives the chain's key.
Result<wallet::KeySource> unlock(const WalletStore& store, const AddressOptions& options) {
    TRY(const wallet::SealedWallet sealed, store.wallet(options.wallet.name));
    TRY(const SecretBytes password,
        read_secret(options.password_file,
                    fmt::format("Password of the wallet \"{}\": ", options.wallet.name), "--password-file"));
    TRY(const WalletSecret secret, unseal(sealed, password));
    const wallet::Account& account = options.chain.chain->account;
    return secret.source(account.path, account.pool);
}

/// The next address, kept for the caller unless only looked at.
Result<AddressInfo> hand_out(AddressPool& pool, const wallet::KeySource& source,
                             const AddressOptions& options, wallet::UnixTime now) {
    if (options.peek) return pool.next_unused_with_info(source, false);
    TRY(const wallet::Reservation held, pool.next_unused_and_reserve(source, wallet::Handout{.now = now}));
    if (options.label) pool.set_address_label(held.address, options.label);
    // While the key is at hand: the next ones then need no password.
    if (source.can_derive() && pool.needs_more_addresses())
        TRY_OK(pool.generate_addresses(pool.config().gap_limit, source, true));
    return *pool.info_at_index(held.index);
}

Result<AddressInfo> next_address(const WalletStore& store, const AddressOptions& options,
                                 wallet::UnixTime now, Context& context) {
    const auto attempt = [&](const wallet::KeySource& source) -> Result<AddressInfo> {
        TRY(wallet::OpenPool open, store.open_pool(options.wallet.name, *options.chain.chain));
        TRY(AddressInfo info, hand_out(open.pool, source, options, now));
        if (!options.peek) TRY_OK(open.save());
        // Persistent: the window follows payments, and so does a wallet that looks for them after a restore.
        if (info.index > open.pool.window_ceiling())
            context.err << fmt::format(
                "More than {} addresses in a row are unpaid: a wallet restored from the words elsewhere may "
                "not look as far as this one.\n",
                open.pool.config().gap_limit);
        return info;
    };
    auto info = attempt(wallet::KeySource());
    if (info || wallet::fault_of(info.error()) != wallet::Fault::NoKeySource) return info;
    // Nobody waits for the lock while somebody types a password.
    TRY(const wallet::KeySource source, unlock(store, options));
    return attempt(source);
}

Record address_record(const AddressInfo& info) {
    constexpr std::array<std::string_view, 3> kStates = {"free", "reserved", "used"};
    Record record;
    record.add("address", info.address);
    record.add("index", info.index);
    record.add("path", to_string(info.path));
    record.add("state", kStates[static_cast<std::size_t>(info.state)]);
    record.add("label", info.label.value_or(""));
    return record;
}

wallet::UnixTime seconds_now(const Context& context) {
    return std::chrono::floor<std::chrono::seconds>(context.clock.wall());
}

Task<Result<>> next(AddressOptions options, OutputStyle style, Context& context, std::ostream& out) {
    const auto info = next_address(store_of(options.wallet, context), options, seconds_now(context), context);
    if (!info) co_return wallet_failure("no address was handed out", options.wallet, info.error());
    Record record = address_record(*info);
    if (options.chain.chain->account.pool.address_type == wallet::AddressType::Ed25519)
        record.add("check", wallet::check_value(ledger::PublicKey::parse(info->address).value()));
    print_one(out, style, record);
    co_return Result<>{};
}

Task<Result<>> list_addresses(AddressOptions options, OutputStyle style, Context& context,
                              std::ostream& out) {
    constexpr std::string_view kWhat = "cannot list the addresses";
    const WalletStore store = store_of(options.wallet, context);
    if (const auto found = store.wallet(options.wallet.name); !found)
        co_return wallet_failure(kWhat, options.wallet, found.error());
    const auto pool = store.read_pool(options.wallet.name, *options.chain.chain);
    if (!pool) co_return failure(kWhat, pool.error());
    std::vector<Record> records;
    if (*pool) {
        for (const AddressInfo& info : (*pool)->entries()) {
            if (info.state != AddressState::Available) records.push_back(address_record(info));
        }
    }
    print_list(out, style, address_record({}), records);
    co_return Result<>{};
}

/// Does `change` to the stored pool; `refused` says why it had nothing to do.
Result<> change_pool(const AddressOptions& options, Context& context, std::string_view what,
                     std::string_view refused, const std::function<bool(AddressPool&)>& change) {
    auto open = store_of(options.wallet, context).open_pool(options.wallet.name, *options.chain.chain);
    if (!open) return wallet_failure(what, options.wallet, open.error());
    if (!open->pool.contains_address(options.address))
        return failure(what, fmt::format("{} is not an address of this chain", options.address),
                       "name its chain with --chain", Errc::NotFound);
    if (!change(open->pool)) return failure(what, refused, "", Errc::Rejected);
    if (const auto saved = open->save(); !saved) return failure(what, saved.error());
    return {};
}

Task<Result<>> release(AddressOptions options, OutputStyle, Context& context, std::ostream&) {
    co_return change_pool(options, context, "the address was not taken back", "it is not reserved",
                          [&options](AddressPool& pool) {
                              const AddressInfo* const info = pool.address_info(options.address);
                              return info != nullptr && pool.release_reservation(info->index);
                          });
}

Task<Result<>> mark_used(AddressOptions options, OutputStyle, Context& context, std::ostream&) {
    co_return change_pool(options, context, "the address was not marked", "it is marked as used already",
                          [&options](AddressPool& pool) { return pool.mark_used(options.address); });
}

// ---- Options

template <class O>
void take_wallet(Command<O>& command, WalletOptions& options) {
    command.take("--wallet", options.name, "Which wallet");
    command.take("--wallet-dir", options.directory,
                 "Folder of the wallets; the default is wallets/ beside the configuration file");
}

void take_password(Command<NewOptions>& command) {
    take_wallet(command, command->wallet);
    command.take("--password-file", command->password_file,
                 "File whose first line is the password; else it is asked for");
    command.take("--password-memory", command->password_memory,
                 "MiB that each guess at the password shall cost; less for a small machine", parse_memory);
}

Command<AddressOptions> add_address_command(Group& group, const std::string& name, const std::string& about) {
    auto command = group.command<AddressOptions>(name, about);
    take_wallet(command, command->wallet);
    command.take("--chain", command->chain, "What the address is for");
    return command;
}

}  // namespace

void add_wallet(Group& root) {
    Group wallet =
        root.group("wallet", "Wallets of this machine: words under a password, and their addresses");
    auto made = wallet.command<NewOptions>("new", "Make a wallet and show its words, once");
    take_password(made);
    made.take("--words", made->words, "How many: 12, 15, 18, 21 or 24");
    made.reads(Output::One, create);

    auto restored = wallet.command<NewOptions>("restore", "Make a wallet from words");
    take_password(restored);
    restored.take("--words-file", restored->words_file,
                  "File whose first line is the words; else they are asked for");
    restored.take("--passphrase-file", restored->passphrase_file,
                  "File whose first line is the passphrase that belongs to the words, where there is one");
    restored.reads(Output::One, restore);

    auto listed = wallet.command<WalletOptions>("list", "List the wallets");
    listed.take("--wallet-dir", listed->directory, "Folder of the wallets");
    listed.reads(Output::List, list);

    auto counted = wallet.command<WalletOptions>("stats", "Count a wallet's addresses by chain and state");
    take_wallet(counted, counted.options());
    counted.reads(Output::List, stats);

    Group address = wallet.group("address", "Addresses of a wallet");
    auto given = add_address_command(address, "next", "Hand out an address that nobody was given before");
    given.take("--label", given->label, "Whom or what it is for");
    given.flag("--peek", given->peek, "Show it only: the next call shows the same one");
    given.take("--password-file", given->password_file,
               "File whose first line is the password, which is needed when stored addresses run out");
    given.reads(Output::One, next);
    add_address_command(address, "list", "List the addresses handed out or used")
        .reads(Output::List, list_addresses);
    auto released = add_address_command(address, "release", "Take an address back that nobody will pay to");
    released.need("ADDRESS", released->address, "The address");
    released.reads(Output::One, release);
    auto marked =
        add_address_command(address, "used", "Mark an address as paid, so that it is never handed out again");
    marked.need("ADDRESS", marked->address, "The address");
    marked.reads(Output::One, mark_used);
}

}  // namespace dz::cli
